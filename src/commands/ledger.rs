//! `landfall ledger`

use clap::{Args, Subcommand};

use super::session::Session;
use super::site::{book, environment, named};
use super::trouble::Trouble;
use crate::exit_code::Exit;
use crate::views;

/// Proves the ledger, or rebuilds what was lost of it.
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
    /// Goes on with a target's entries where they were lost, in part or wholly: with what can still be proved of them, a note of what
    /// happened, and what the cloud has. What can't be proved is set aside. Refused where the entries are sound.
    Rebuild(Rebuild),
}

/// Whose entries.
#[derive(Clone, Debug, Args)]
pub struct Rebuild {
    /// Which target: system/environment.
    #[arg(value_name = "TARGET")]
    pub target: String,
}

/// Which part of the ledger.
#[derive(Clone, Debug, Args)]
pub struct Verify {
    /// Which targets: system/environment, or a system for all its environments; everything where none is given.
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
}

/// Does it.
pub async fn run(arguments: &Ledger, session: &mut Session) -> Result<Exit, Trouble> {
    let verify = match &arguments.what {
        What::Verify(verify) => verify,
        What::Rebuild(rebuild) => return super::rebuilding::rebuild(rebuild, session).await,
    };
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
