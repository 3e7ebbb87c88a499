//! `landfall ledger`

use clap::{Args, Subcommand};

use super::session::Session;
use super::site::{book, environment, named};
use super::trouble::Trouble;
use crate::exit_code::Exit;
use crate::views;

/// Proves the ledger.
#[derive(Clone, Debug, Args)]
pub struct Ledger {
    /// What to do.
    #[command(subcommand)]
    pub what: What,
}

/// What is done with the ledger.
#[derive(Clone, Debug, Subcommand)]
pub enum What {
    /// Proves every entry against the one after it, and the last against the head: finds what was altered, removed, moved or put
    /// back.
    Verify(Verify),
}

/// Which part of the ledger.
#[derive(Clone, Debug, Args)]
pub struct Verify {
    /// Which targets: system/environment, or a system for all its environments; everything where none is given.
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
}

/// Verifies.
pub async fn run(arguments: &Ledger, session: &mut Session) -> Result<Exit, Trouble> {
    let What::Verify(verify) = &arguments.what;
    let mut audits = Vec::new();
    for target in named(session, &verify.targets)? {
        let environment = environment(session, &target)?;
        let audit = book(session, &environment).await?.audit().await?;
        audits.push((target.to_string(), audit));
    }
    views::ledger::show(&mut session.output, &audits)?;
    let sound = audits.iter().all(|(_, audit)| audit.faults.is_empty());
    Ok(if sound { Exit::Done } else { Exit::Failed })
}
