//! `landfall status`

use std::time::Duration;

use clap::Args;

use super::session::Session;
use super::site::{book, environment, named};
use super::trouble::Trouble;
use crate::deploy::lease::held;
use crate::exit_code::Exit;
use crate::views;
use crate::views::status::Row;

/// Shows where every target stands: what is deployed, since when, by whom, what is locked and what was interrupted. Reads the
/// ledger only.
#[derive(Clone, Debug, Args)]
pub struct Status {
    /// Which targets: system/environment, or a system for all its environments; everything where none is given.
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
}

/// Shows it. A target that can't be read doesn't keep the others from being shown, but the run has failed then.
pub async fn run(arguments: &Status, session: &mut Session) -> Result<Exit, Trouble> {
    let targets = named(session, &arguments.targets)?;
    let mut rows = Vec::new();
    let mut exit = Exit::Done;
    for target in &targets {
        match row(session, target).await {
            Ok(row) => rows.push(row),
            Err(Trouble::Output(error)) => return Err(Trouble::Output(error)),
            Err(error) => {
                exit = Exit::Failed;
                if let Ok(said) = error.said() {
                    session.output.say(&said.text())?;
                }
            }
        }
    }
    views::status::show(&mut session.output, &rows)?;
    Ok(exit)
}

async fn row(session: &mut Session, target: &crate::model::placement::Target) -> Result<Row, Trouble> {
    let environment = environment(session, target)?;
    let book = book(session, &environment).await?;
    let standing = book.standing().await?;
    let now = session.clock.now();
    let age = standing.deployed.as_ref().map(|deployed| {
        let seconds = now.duration_since(deployed.entry.at).as_secs();
        Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
    });
    let held = held(&book, &*session.machine).await?;
    Ok(Row { target: target.to_string(), standing, age, held })
}
