//! `landfall failover`

use clap::Args;

use super::runbook::{refused, told};
use super::session::Session;
use super::site::{environment, one};
use super::trouble::Trouble;
use crate::clouds;
use crate::exit_code::Exit;
use crate::model::placement::Target;
use crate::model::recovery::Recovery;

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
    let Some(recovery) = &environment.stack.recovery else {
        return Err(Trouble::Refused {
            what: format!("{target} promises nothing for the loss of its region"),
            why: vec!["its environment has no `recovery`".to_owned()],
            remedy: "say in `recovery` which region and environment take over, within what time, and what may be lost"
                .to_owned(),
        });
    };
    if recovery.region != arguments.to {
        let (named, asked) = (&recovery.region, &arguments.to);
        return Err(Trouble::Usage(format!(
            "{target} comes back in {named}, not in {asked}: `recovery.region` says so"
        )));
    }
    stands_there(session, &target, recovery)?;
    match clouds::recovery(&target, &environment.stack) {
        Ok(text) => told(session, &target, &text.unwrap_or_default()),
        Err(findings) => Err(refused(session, &environment, &findings)?),
    }
}

/// Refuses a way that leads to another region than the one of the environment that takes over.
pub fn stands_there(session: &mut Session, target: &Target, recovery: &Recovery) -> Result<(), Trouble> {
    let to = Target { system: target.system.clone(), environment: recovery.environment.clone() };
    let there = environment(session, &to)?.stack.placement.region;
    if there == recovery.region {
        return Ok(());
    }
    Err(Trouble::Refused {
        what: format!("{target} can't come back as {to} in {}", recovery.region),
        why: vec![format!("{to} stands in {there}")],
        remedy: "give `recovery.region` and the `placement` of that environment the same region".to_owned(),
    })
}
