//! `landfall failover`

use clap::Args;

use super::runbook::refused;
use super::session::Session;
use super::site::{environment, one};
use super::trouble::Trouble;
use crate::clouds;
use crate::exit_code::Exit;

/// Shows the way to another region, step by step, with what each costs in time against what is promised. It changes nothing: people go
/// that way, with the commands that it names.
#[derive(Clone, Debug, Args)]
pub struct Failover {
    /// Which target: system/environment.
    #[arg(value_name = "TARGET")]
    pub target: String,
    /// The region that takes over: the one that the environment's `recovery` names.
    #[arg(long, value_name = "REGION", env = "LANDFALL_TO")]
    pub to: String,
    /// Only show it. Nothing else can be asked for yet.
    #[arg(long, required = true, env = "LANDFALL_FAILOVER_PLAN")]
    pub plan: bool,
}

/// Shows it.
pub fn run(arguments: &Failover, session: &mut Session) -> Result<Exit, Trouble> {
    let target = one(session, &arguments.target)?;
    let environment = environment(session, &target)?;
    let text = match clouds::recovery(&target, &environment.stack) {
        Ok(text) => text,
        Err(findings) => return Err(refused(session, &environment, &findings)?),
    };
    let promised = environment.stack.recovery.as_ref().map(|recovery| recovery.region.as_str());
    match text {
        Some(text) if promised == Some(arguments.to.as_str()) => {
            session.output.result(&text)?;
            Ok(Exit::Done)
        }
        Some(_) => Err(Trouble::Usage(format!(
            "{target} comes back in {}, not in {}: `recovery.region` says so",
            promised.unwrap_or_default(),
            arguments.to
        ))),
        None => Err(Trouble::Refused {
            what: format!("{target} promises nothing for the loss of its region"),
            why: vec!["its environment has no `recovery`".to_owned()],
            remedy: "say in `recovery` which region and environment take over, within what time, and what may be lost".to_owned(),
        }),
    }
}
