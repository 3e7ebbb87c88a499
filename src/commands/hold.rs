//! `landfall hold`

use clap::Args;
use serde_json::json;

use super::session::Session;
use super::site::{book, environment, one};
use super::trouble::Trouble;
use crate::deploy::lease::Lease;
use crate::deploy::watch::Unwatched;
use crate::exit_code::Exit;
use crate::ledger::entry::{Held, Lifted, Record};
use crate::views::output::Format;

/// Keeps promotions out of a target, or lets them in again. Applying and rolling back stay possible. A rollback holds its target by
/// itself.
#[derive(Clone, Debug, Args)]
pub struct Hold {
    /// Which target: system/environment.
    #[arg(value_name = "TARGET")]
    pub target: String,
    /// Why: what happened, or, with --lift, what was found. It is recorded.
    #[arg(long, value_name = "TEXT", env = "LANDFALL_WHY")]
    pub why: String,
    /// Let promotions in again.
    #[arg(long, env = "LANDFALL_LIFT")]
    pub lift: bool,
}

/// Holds, or lifts.
pub async fn run(arguments: &Hold, session: &mut Session) -> Result<Exit, Trouble> {
    let target = one(session, &arguments.target)?;
    let environment = environment(session, &target)?;
    let book = book(session, &environment).await?;
    let lease = Lease::acquire(book, &*session.machine, &format!("hold {target}"), false, &Unwatched).await?;
    let written = write(arguments, &lease).await;
    lease.release().await;
    let sequence = written?;
    let held = (!arguments.lift).then_some(&arguments.why);
    if session.output.format == Format::Json {
        let report = json!({ "format_version": 1, "target": target.to_string(), "held": held, "entry": sequence });
        session.output.result(&format!("{report:#}\n"))?;
        return Ok(Exit::Done);
    }
    let said = match (held, sequence) {
        (Some(_), Some(entry)) => format!("{target} is held: it takes no promotion; recorded as entry {entry}.\n"),
        (None, Some(entry)) => format!("{target} takes promotions again; recorded as entry {entry}.\n"),
        (_, None) => format!("Nothing to do: {target} is not held.\n"),
    };
    session.output.result(&said)?;
    Ok(Exit::Done)
}

/// Writes it down; nothing where there is no hold to lift.
async fn write(arguments: &Hold, lease: &Lease) -> Result<Option<u64>, Trouble> {
    let why = arguments.why.clone();
    let record = match (arguments.lift, lease.book().standing().await?.held) {
        (true, None) => return Ok(None),
        (true, Some(_)) => Record::Lifted(Lifted { why }),
        (false, _) => Record::Held(Held { why }),
    };
    Ok(Some(lease.append(&record).await?.sequence))
}
