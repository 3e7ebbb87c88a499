//! `landfall destroy`

use clap::Args;

use super::apply::unrefused;
use super::documents::{refused, removal};
use super::running::{Running, Turn, confirm, finish_pending, progress, settle};
use super::session::Session;
use super::site::{Site, one};
use super::trouble::Trouble;
use crate::clouds::Deployed;
use crate::exit_code::Exit;
use crate::ledger::entry::Tally;
use crate::plan::Plan;
use crate::plan::change::Action;
use crate::plan::stack::StackFacts;
use crate::views;

/// Takes a target down: deletes its stack with all that is in it.
///
/// Data that would be lost, and a stack that is protected, each need a flag of their own.
#[derive(Clone, Debug, Args)]
pub struct Destroy {
    /// Which target: system/environment.
    #[arg(value_name = "TARGET")]
    pub target: String,
    /// Delete what holds data, too. Snapshots and what is retained by its deletion policy stay.
    #[arg(long, env = "LANDFALL_DELETE_DATA")]
    pub delete_data: bool,
    /// Take the stack's termination protection off first.
    #[arg(long, env = "LANDFALL_LIFT_PROTECTION")]
    pub lift_protection: bool,
    /// After a deletion that failed: leave this resource in the cloud. May be given more than once.
    #[arg(long, value_name = "ID", env = "LANDFALL_RETAIN", value_delimiter = ',')]
    pub retain: Vec<String>,
    /// The lock, and how long it waits.
    #[command(flatten)]
    pub turn: Turn,
}

/// Destroys.
pub async fn run(arguments: &Destroy, session: &mut Session) -> Result<Exit, Trouble> {
    let target = one(session, &arguments.target)?;
    let site = Site::open(session, &target).await?;
    site.cloud.identity().await?;
    let running =
        Running::begin(session, &site, &format!("destroy {target}"), arguments.turn.take_over, arguments.turn.timeout)
            .await?;
    let destroyed = destroy(arguments, session, &site, &running).await;
    running.end().await;
    destroyed
}

/// Shows what would go, asks, and takes it down.
pub(super) async fn destroy(
    arguments: &Destroy,
    session: &mut Session,
    site: &Site,
    running: &Running,
) -> Result<Exit, Trouble> {
    let target = site.target.to_string();
    if let Some(intent) = &site.book.standing().await?.pending {
        finish_pending(session, site, running, intent).await?;
    }
    settle(session, site, running, arguments.turn.wait).await?;
    let Some(stack) = site.cloud.describe(&site.stack).await? else {
        views::destroy::nothing(&mut session.output, &target, &site.stack)?;
        return Ok(Exit::Done);
    };
    let document = site.cloud.document(&stack.id).await?.unwrap_or_default();
    let deployed = Deployed { document, parameters: stack.parameters.clone() };
    let unreadable = |why: String| Trouble::Failed {
        what: format!("the deployed document of {target} can't be read: {why}"),
        remedy: "nothing was deleted".to_owned(),
    };
    let plan = removal(site, &deployed).map_err(unreadable)?;
    views::destroy::plan(&mut session.output, &target, &stack, &plan)?;
    guarded(arguments, &stack, &plan)?;
    let refusals = refused(site, [&deployed, &Deployed::default()], &plan, None).map_err(unreadable)?;
    unrefused(&refusals.into_iter().filter(|one| !arguments.retain.contains(&one.resource)).collect::<Vec<_>>())?;
    let question = format!(
        "\nDestroy {target} (account {}, {}), {} resources? Only \"yes\" goes on: ",
        site.place.account,
        site.place.region,
        plan.changes.len()
    );
    confirm(session, &question)?;
    let forgotten = plan.changes.iter().filter(|change| change.action == Action::Forget).count();
    let tally = Tally { delete: plan.changes.len() - forgotten, ..Tally::default() };
    let progress = progress(session, site, tally);
    let job = running.job(site, &progress);
    let done = job.remove(&site.place, &stack, &arguments.retain, arguments.lift_protection).await;
    progress.close();
    views::destroy::show(&mut session.output, &target, &done?, tally.delete, forgotten)?;
    Ok(Exit::Done)
}

/// Refuses to delete what is protected, unless each protection is lifted by name.
fn guarded(arguments: &Destroy, stack: &StackFacts, plan: &Plan) -> Result<(), Trouble> {
    let mut why = Vec::new();
    let mut flags = Vec::new();
    if stack.protected && !arguments.lift_protection {
        why.push(format!("the termination protection of the stack {} is on", stack.name));
        flags.push("--lift-protection");
    }
    let data: Vec<&str> = plan
        .changes
        .iter()
        .filter(|change| change.consequence.needs_approval() && !arguments.retain.contains(&change.id))
        .map(|change| change.id.as_str())
        .collect();
    if !data.is_empty() && !arguments.delete_data {
        why.push(format!("data is lost: {}", data.join(", ")));
        flags.push("--delete-data");
    }
    if why.is_empty() {
        return Ok(());
    }
    Err(Trouble::Refused {
        what: "this target is protected".to_owned(),
        why,
        remedy: format!("if that is meant, add {}", flags.join(" ")),
    })
}
