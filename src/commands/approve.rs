//! `landfall approve`

use clap::Args;
use serde_json::json;

use super::session::Session;
use super::site::{book, environment, one};
use super::trouble::Trouble;
use crate::deploy::lease::Lease;
use crate::deploy::watch::Unwatched;
use crate::exit_code::Exit;
use crate::ledger::entry::{Approved, Record};
use crate::plan::digest::Digest;
use crate::views::output::Format;

/// Records that a person says yes to a promotion: to the plan with this digest, as `landfall promote` printed it, and to no other.
///
/// The person is who the version control says is at work here (`git config user.email`), else the account that runs this.
#[derive(Clone, Debug, Args)]
pub struct Approve {
    /// Which target: system/environment.
    #[arg(value_name = "TARGET")]
    pub target: String,
    /// The plan's digest: sha256: and 64 digits.
    #[arg(value_name = "DIGEST")]
    pub plan: Digest,
}

/// Approves.
pub async fn run(arguments: &Approve, session: &mut Session) -> Result<Exit, Trouble> {
    let target = one(session, &arguments.target)?;
    let environment = environment(session, &target)?;
    let book = book(session, &environment).await?;
    let command = format!("approve {target}");
    let by = session.repository.author(&session.root).unwrap_or_else(|| session.machine.holder(&command).who);
    let lease = Lease::acquire(book, &*session.machine, &command, false, &Unwatched).await?;
    let approved = Record::Approved(Approved { plan: arguments.plan.clone(), by: by.clone() });
    let written = lease.append(&approved).await;
    lease.release().await;
    let sequence = written?.sequence;
    if session.output.format == Format::Json {
        let report = json!({
            "format_version": 1, "target": target.to_string(), "plan": arguments.plan, "by": by, "entry": sequence,
        });
        session.output.result(&format!("{report:#}\n"))?;
    } else {
        let plan = arguments.plan.short();
        session.output.result(&crate::views::safe(&format!(
            "{by} approves the plan {plan} of {target}; recorded as entry {sequence}.\n"
        )))?;
    }
    Ok(Exit::Done)
}
