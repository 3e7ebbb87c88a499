//! `landfall unlock`

use clap::Args;

use super::running::confirm;
use super::session::Session;
use super::site::{book, environment, one};
use super::trouble::Trouble;
use crate::deploy::lease::{Lease, held};
use crate::deploy::watch::Unwatched;
use crate::exit_code::Exit;
use crate::views;

/// Judges the lock of a target: who holds it, since when, and whether that run is still alive. Breaks it only with --break, and
/// a run that is alive loses it only with --force. Whoever loses a lock can write nothing any more.
#[derive(Clone, Debug, Args)]
pub struct Unlock {
    /// Which target: system/environment.
    #[arg(value_name = "TARGET")]
    pub target: String,
    /// Break the lock, if its holder no longer lives.
    #[arg(long = "break", env = "LANDFALL_BREAK")]
    pub break_lock: bool,
    /// Break it though its holder may live.
    #[arg(long, env = "LANDFALL_FORCE", requires = "break_lock")]
    pub force: bool,
}

/// Judges, and breaks.
pub async fn run(arguments: &Unlock, session: &mut Session) -> Result<Exit, Trouble> {
    let target = one(session, &arguments.target)?;
    let environment = environment(session, &target)?;
    let book = book(session, &environment).await?;
    let holding = held(&book, &*session.machine).await?;
    views::unlock::show(&mut session.output, &target.to_string(), holding.as_ref())?;
    let Some(holding) = holding.filter(|_| arguments.break_lock) else {
        return Ok(Exit::Done);
    };
    if !holding.is_dead() && !arguments.force {
        return Err(Trouble::Refused {
            what: format!("the lock of {target} is not broken: its holder may be at work"),
            why: vec![format!("last sign of life {} s ago", holding.age.as_secs())],
            remedy: "stop that run first, or break the lock all the same with --force".to_owned(),
        });
    }
    if !holding.is_dead() {
        confirm(session, "\nThe run that holds this lock may be alive. Break it? Only \"yes\" goes on: ")?;
    }
    let command = format!("unlock {target}");
    let lease = Lease::acquire(book, &*session.machine, &command, arguments.force, &Unwatched).await?;
    lease.release().await;
    views::unlock::broken(&mut session.output, &target.to_string())?;
    Ok(Exit::Done)
}
