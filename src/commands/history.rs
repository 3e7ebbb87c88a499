//! `landfall history`

use clap::Args;

use super::session::Session;
use super::site::{book, environment, one};
use super::trouble::Trouble;
use crate::exit_code::Exit;
use crate::views;

/// Shows what happened to a target: every run, who started it, when, and how it ended. Reads the ledger only.
#[derive(Clone, Debug, Args)]
pub struct History {
    /// Which target: system/environment.
    #[arg(value_name = "TARGET")]
    pub target: String,
    /// How many entries, the newest first.
    #[arg(long, value_name = "COUNT", env = "LANDFALL_LIMIT", default_value_t = 20)]
    pub limit: usize,
}

/// Shows it.
pub async fn run(arguments: &History, session: &mut Session) -> Result<Exit, Trouble> {
    let target = one(session, &arguments.target)?;
    let environment = environment(session, &target)?;
    let entries = book(session, &environment).await?.latest(arguments.limit).await?;
    views::history::show(&mut session.output, &target.to_string(), &entries)?;
    Ok(Exit::Done)
}
