//! `landfall recover`

use clap::Args;

use super::gates::{go_back, judged};
use super::running::{Running, confirm, finish_pending, progress};
use super::session::Session;
use super::site::{Site, one};
use super::trouble::Trouble;
use crate::deploy::gate::Back;
use crate::exit_code::Exit;
use crate::ledger::entry::Tally;
use crate::model::units::Time;
use crate::plan::readiness::{Readiness, readiness};
use crate::plan::stack::StackFacts;
use crate::ports::cloud::StackResource;
use crate::views;

/// Finishes a run that was interrupted or killed: it ends where it would have ended.
///
/// The last intent without an outcome says what was begun. What the cloud has begun is followed to its end; what it hasn't is
/// begun now with the same document, or given up with --undo.
#[derive(Clone, Debug, Args)]
pub struct Recover {
    /// Which target: system/environment.
    #[arg(value_name = "TARGET")]
    pub target: String,
    /// Give an interrupted run up, where the cloud has not begun it.
    #[arg(long, env = "LANDFALL_UNDO", conflicts_with = "continue_undo")]
    pub undo: bool,
    /// Where undoing a failed update failed: go on undoing it.
    #[arg(long = "continue", id = "continue_undo", env = "LANDFALL_CONTINUE")]
    pub continue_undo: bool,
    /// With --continue: leave this resource as it is and count it as undone, though it isn't. May be given more than once.
    #[arg(long, value_name = "ID", env = "LANDFALL_SKIP", value_delimiter = ',', requires = "continue_undo")]
    pub skip: Vec<String>,
    /// Follow the cloud's work for this long.
    #[arg(long, value_name = "TIME", env = "LANDFALL_TIMEOUT", default_value = "6h")]
    pub timeout: Time,
    /// Take the lock whoever holds it. The run that held it can change nothing from then on.
    #[arg(long, env = "LANDFALL_TAKE_OVER")]
    pub take_over: bool,
}

/// Recovers.
pub async fn run(arguments: &Recover, session: &mut Session) -> Result<Exit, Trouble> {
    let target = one(session, &arguments.target)?;
    let site = Site::open(session, &target).await?;
    site.cloud.identity().await?;
    let running =
        Running::begin(session, &site, &format!("recover {target}"), arguments.take_over, arguments.timeout).await?;
    let recovered = recover(arguments, session, &site, &running).await;
    running.end().await;
    recovered
}

async fn recover(arguments: &Recover, session: &mut Session, site: &Site, running: &Running) -> Result<Exit, Trouble> {
    let target = site.target.to_string();
    let standing = site.book.standing().await?;
    if let Some(intent) = &standing.pending {
        if arguments.undo {
            let progress = progress(session, site, Tally::default());
            let done = running.job(site, &progress).abandon(intent).await;
            progress.close();
            views::recover::show(&mut session.output, &target, intent, &done?)?;
        } else {
            let done = finish_pending(session, site, running, intent).await?;
            judged(&target, done.outcome.judgement.as_ref())?;
        }
        return Ok(Exit::Done);
    }
    if let Some(unwell) = &standing.unwell {
        match go_back(session, site, running, unwell).await? {
            Back::Done(_) => return Ok(Exit::Done),
            Back::Nothing => {}
            Back::Stays(why) => {
                return Err(Trouble::Refused {
                    what: format!(
                        "what was deployed to {target} isn't well, and going back needs somebody who says yes"
                    ),
                    why,
                    remedy: format!("`landfall rollback {target}` goes back; or correct the cause, then deploy again"),
                });
            }
        }
    }
    let stack = site.cloud.describe(&site.stack).await?;
    match stack.filter(|stack| readiness(Some(stack)) == Readiness::Undo) {
        Some(stack) => undo_further(arguments, session, site, running, &stack).await,
        None => {
            views::recover::nothing(&mut session.output, &target)?;
            Ok(Exit::Done)
        }
    }
}

/// Says what keeps a failed update from being undone, and goes on undoing it where that was asked for.
async fn undo_further(
    arguments: &Recover,
    session: &mut Session,
    site: &Site,
    running: &Running,
    stack: &StackFacts,
) -> Result<Exit, Trouble> {
    let target = site.target.to_string();
    let mut stuck = site.cloud.resources(&stack.id).await?;
    stuck.retain(|resource| resource.state.ends_with("_FAILED"));
    let why: Vec<String> = stuck.iter().map(words).collect();
    if !arguments.continue_undo {
        let skips: Vec<String> = stuck.iter().map(|resource| format!("--skip {}", resource.id)).collect();
        return Err(Trouble::Refused {
            what: format!("the stack {} is {}: an update failed, and undoing it failed too", stack.name, stack.state),
            why,
            remedy: format!(
                "correct what is named, then `landfall recover {target} --continue`; what can't be corrected is left as it is with {}. \
                 Do not delete the stack: what it holds still serves",
                skips.join(" ")
            ),
        });
    }
    if let Some(unknown) = arguments.skip.iter().find(|id| !stuck.iter().any(|resource| resource.id == **id)) {
        return Err(Trouble::Usage(format!("`{unknown}` is not among the resources that failed: {}", why.join("; "))));
    }
    if !arguments.skip.is_empty() {
        let question = format!(
            "\nLeave {} as they are and count them as undone? The stack will no longer tell the truth about them. \
             Only \"yes\" goes on: ",
            arguments.skip.join(", ")
        );
        confirm(session, &question)?;
    }
    let progress = progress(session, site, Tally::default());
    let done = running.job(site, &progress).continue_undo(&site.place, stack, &arguments.skip, &[]).await;
    progress.close();
    let done = done?;
    session.output.result(&format!(
        "The update of {target} is undone; recorded as entry {}. `landfall drift {target}` shows whether all is as the stack says.\n",
        done.sequence
    ))?;
    Ok(Exit::Done)
}

fn words(resource: &StackResource) -> String {
    let reason = resource.reason.as_deref().unwrap_or("no reason given");
    format!("{} ({}) is {}: {reason}", resource.id, resource.kind, resource.state)
}
