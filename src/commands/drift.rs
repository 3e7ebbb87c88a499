//! `landfall drift`

use clap::Args;

use super::drifting::found;
use super::session::Session;
use super::site::{Site, named};
use super::trouble::Trouble;
use crate::exit_code::Exit;
use crate::views;
use crate::views::drift::{Drifted, Found};

/// Shows what the cloud has that its stack has not: every property that was changed by hand, and every resource that is gone.
#[derive(Clone, Debug, Args)]
pub struct Drift {
    /// Which targets: system/environment, or a system for all its environments; everything where none is given.
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
    /// Exit with 2 where something differs.
    #[arg(long, env = "LANDFALL_DETAILED_EXITCODE")]
    pub detailed_exitcode: bool,
}

/// Looks for drift. A target that can't be asked doesn't keep the others from being asked, but the run has failed then.
pub async fn run(arguments: &Drift, session: &mut Session) -> Result<Exit, Trouble> {
    let targets = named(session, &arguments.targets)?;
    let mut all = Vec::new();
    let mut trouble = None;
    for target in &targets {
        let found = match look(session, target).await {
            Ok(found) => found,
            Err(Trouble::Output(error)) => return Err(Trouble::Output(error)),
            Err(error) if targets.len() == 1 => return Err(error),
            Err(error) => {
                if let Ok(said) = error.said() {
                    session.output.say(&said.text())?;
                }
                trouble.get_or_insert(error);
                Found::Unknown
            }
        };
        all.push(Drifted { target: target.to_string(), found });
    }
    views::drift::show(&mut session.output, &all)?;
    let differs = all.iter().any(|one| one.found.differs());
    Ok(match (trouble, differs) {
        (Some(_), _) => Exit::Failed,
        (None, true) if arguments.detailed_exitcode => Exit::Differences,
        (None, _) => Exit::Done,
    })
}

async fn look(session: &mut Session, target: &crate::model::placement::Target) -> Result<Found, Trouble> {
    let site = Site::open(session, target).await?;
    site.cloud.identity().await?;
    let deployed = site.book.standing().await?.deployed.is_some();
    let Some(stack) = site.cloud.describe(&site.stack).await? else {
        return Ok(if deployed { Found::Gone } else { Found::NotDeployed });
    };
    Ok(Found::Compared(found(&site, &stack.id).await?))
}
