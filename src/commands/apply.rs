//! `landfall apply`

use std::path::{Path, PathBuf};

use clap::Args;

use super::decision::{Decision, configuration, decide};
use super::definition::Definition;
use super::drifting::{Look, found};
use super::estimating::warn;
use super::gates::{gate, go_back, judged};
use super::running::{Running, Turn, finish_pending, progress, settle};
use super::sealed::define;
use super::session::Session;
use super::site::{Site, environment, on_its_branch, one};
use super::trouble::Trouble;
use crate::deploy::error::DeployError;
use crate::deploy::job::Order;
use crate::exit_code::Exit;
use crate::ledger::entry::{Origin, ReleaseRef, Tally};
use crate::model::units::Time;
use crate::plan::Plan;
use crate::plan::approval::{Approval, Effect};
use crate::plan::change::Action;
use crate::plan::drift::{self, ResourceDrift};
use crate::plan::readiness::{Readiness, readiness, recreation_refused};
use crate::plan::refusal::Refusal;
use crate::plan::saved::{Bindings, Facts, MAX_BYTES, SavedPlan};
use crate::plan::stack::{Phase, StackFacts};
use crate::release::promotion::{Policy, approval, approved_digest};
use crate::views;

/// Carries out a plan: makes one for a TARGET, shows it and asks; or takes a saved one and refuses it where the world has moved
/// since, naming what moved.
#[derive(Clone, Debug, Args)]
pub struct Apply {
    /// A target, system/environment, or the file of a saved plan.
    #[arg(value_name = "TARGET|PLANFILE")]
    pub what: String,
    /// Deploy the artifacts that `landfall bundle --out DIR` made. One that isn't there stays as it is deployed; before the first,
    /// functions answer with an error that says so, and services run no copies.
    #[arg(long, value_name = "DIR", env = "LANDFALL_ARTIFACTS")]
    pub artifacts: Option<PathBuf>,
    /// Deploy this release: its name, or the first digits of its digest, six at least. It is proved first, and its own files and
    /// artifacts are taken, not those of the working copy.
    #[arg(long, value_name = "RELEASE", env = "LANDFALL_RELEASE", conflicts_with = "artifacts")]
    pub release: Option<String>,
    /// Approve what loses data, can't be undone, widens access or goes beyond the budget: EFFECT:RESOURCE as the plan names it, an EFFECT for all of
    /// its resources, or a RESOURCE for all that is done to it. May be given more than once.
    #[arg(long, value_name = "APPROVAL", env = "LANDFALL_APPROVE", value_delimiter = ',')]
    pub approve: Vec<String>,
    /// Where the stack's creation failed: delete what is left of it and create it anew. Refused where it ever served, keeps
    /// something, or is protected.
    #[arg(long, env = "LANDFALL_RECREATE")]
    pub recreate: bool,
    /// Don't look for what was changed by hand: on a large stack that takes the cloud minutes. A saved plan that
    /// was made with a look is only carried out with one.
    #[arg(long, env = "LANDFALL_SKIP_DRIFT")]
    pub skip_drift: bool,
    /// Let new versions take all calls at once, whatever `rollout` says: for a repair while an alarm that it watches rings.
    #[arg(long, env = "LANDFALL_AT_ONCE")]
    pub at_once: bool,
    /// The lock, and how long it waits.
    #[command(flatten)]
    pub turn: Turn,
}

/// Applies.
pub async fn run(arguments: &Apply, session: &mut Session) -> Result<Exit, Trouble> {
    session.artifacts.clone_from(&arguments.artifacts);
    let saved = read_plan(session, &arguments.what)?;
    session.at_once = arguments.at_once || saved.as_ref().is_some_and(|saved| saved.sealed.deployment.is_at_once());
    let name = saved.as_ref().map_or(arguments.what.as_str(), |saved| saved.sealed.bindings.target.as_str());
    let target = one(session, name)?;
    let environment = environment(session, &target)?;
    on_its_branch(session, &environment)?;
    let planned = saved.as_ref().and_then(|saved| saved.sealed.bindings.release.as_deref());
    if planned.is_some() && arguments.release.is_some() {
        return Err(Trouble::Usage("the saved plan says which release it deploys: leave --release out".to_owned()));
    }
    let definition = define(session, environment, planned.or(arguments.release.as_deref())).await?;
    let site = Site::of(session, &definition.environment).await?;
    site.cloud.identity().await?;
    let command = format!("apply {target}");
    let running = Running::begin(session, &site, &command, arguments.turn.take_over, arguments.turn.timeout).await?;
    let request = Request {
        approve: &arguments.approve,
        wait: arguments.turn.wait,
        recreate: arguments.recreate,
        skip_drift: arguments.skip_drift,
        saved,
        origin: Origin::Applied,
        policy: None,
    };
    let applied = carry_out(session, &site, &definition, &running, request).await;
    running.end().await;
    applied
}

/// How a definition is to be carried out.
pub(super) struct Request<'a> {
    /// What was approved on the command line.
    pub(super) approve: &'a [String],
    /// How long to wait for work that somebody else has begun.
    pub(super) wait: Time,
    /// Whether a stack whose creation failed is deleted first.
    pub(super) recreate: bool,
    /// Whether what was changed by hand is not looked for.
    pub(super) skip_drift: bool,
    /// The plan that was saved, where one was.
    pub(super) saved: Option<SavedPlan>,
    /// How it came about.
    pub(super) origin: Origin,
    /// What people have to approve; none for what is no promotion.
    pub(super) policy: Option<&'a Policy>,
}

/// Decides under the lock, shows the plan, asks, and deploys.
pub(super) async fn carry_out(
    session: &mut Session,
    site: &Site,
    definition: &Definition,
    running: &Running,
    request: Request<'_>,
) -> Result<Exit, Trouble> {
    let Request { approve, wait, recreate: anew, skip_drift, saved, origin, policy } = request;
    let standing = site.book.standing().await?;
    if let Some(intent) = &standing.pending {
        finish_pending(session, site, running, intent).await?;
    }
    if let Some(unwell) = &standing.unwell {
        go_back(session, site, running, unwell).await?;
    }
    settle(session, site, running, wait).await?;
    recreate(anew, session, site, running).await?;
    let look = match &saved {
        Some(saved) if saved.sealed.bindings.drift.is_some() => Look::Must,
        Some(_) => Look::Not,
        None if skip_drift => Look::Not,
        None => Look::Try,
    };
    let decision = decide(session, site, definition, false, look).await?;
    if let Some(saved) = &saved {
        unmoved(session, site, definition, saved, &decision).await?;
    }
    ready(decision.stack.as_ref(), &site.target.to_string())?;
    // A stack that was left half-way is put right by deploying over it.
    let half_way = decision.stack.as_ref().is_some_and(|stack| stack.phase == Phase::UpdateFailed);
    if decision.standing.is_inconsistent() && !half_way {
        consistent(site).await?;
    }
    let plan = saved.as_ref().unwrap_or(&decision.saved);
    views::plan::show(&mut session.output, plan, None)?;
    warn(session, &definition.environment, &plan.sealed.plan)?;
    if decision.settled {
        return Ok(Exit::Done);
    }
    unrefused(&decision.refusals)?;
    let approved = approvals(&plan.sealed.plan, approve)?;
    approved_all(plan, &approved)?;
    if let (Some(policy), Some(release)) = (policy, &decision.release) {
        approved_by_people(session, site, policy, release, &decision)?;
    }
    confirm(session, site)?;
    let order = Order {
        deployment: decision.deployment.clone(),
        plan: plan.digest.clone(),
        before: decision.before(),
        preview: decision.preview.clone(),
        tally: tally(&plan.sealed.plan),
        approved: approved.iter().map(Approval::to_string).collect(),
        release: decision.release.clone(),
        origin,
        schemas: decision.schemas.clone(),
        hold: None,
        gate: gate(site, &definition.environment.stack, &decision, &plan.sealed.plan).await?,
        flags: decision.flags.clone(),
        rotates: None,
        rotations: decision.rotations.clone(),
        switches: Vec::new(),
    };
    let progress = progress(session, site, order.tally);
    let done = running.job(site, &progress).deploy(&order).await;
    progress.close();
    let done = done?;
    views::apply::show(&mut session.output, &site.target.to_string(), &order, &done, session.sandboxed)?;
    judged(&site.target.to_string(), done.outcome.judgement.as_ref())?;
    Ok(Exit::Done)
}

/// Reads a saved plan, where the argument is the file of one.
fn read_plan(session: &Session, what: &str) -> Result<Option<SavedPlan>, Trouble> {
    let is_target = what.split('/').count() == 2 && !what.starts_with('.') && !what.contains('.');
    if is_target || !(what.contains('/') || what.contains('.')) {
        return Ok(None);
    }
    let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX);
    let bytes = session.files.read(Path::new(what), limit)?;
    Ok(Some(SavedPlan::read(&bytes)?))
}

/// Refuses a saved plan whose world has moved, naming what moved and, where it is known, who moved it.
async fn unmoved(
    session: &Session,
    site: &Site,
    definition: &Definition,
    saved: &SavedPlan,
    decision: &Decision,
) -> Result<(), Trouble> {
    let mut who = std::collections::BTreeMap::new();
    if let Some(entry) = site.book.latest(1).await?.pop() {
        who.insert(crate::plan::saved::Fact::LedgerHead, crate::deploy::lease::name(&entry.by));
    }
    let now = Bindings { configuration: configuration(definition), ..decision.saved.sealed.bindings.clone() };
    let moved = saved.verify(&Facts { now, who });
    if moved.is_empty() {
        return Ok(());
    }
    let drifted = drift::since(&saved.sealed.plan.drift, &decision.saved.sealed.plan.drift);
    Err(Trouble::Refused {
        what: "the saved plan no longer fits the world that it was made for".to_owned(),
        why: moved.iter().map(ToString::to_string).chain(drifted).collect(),
        remedy: format!("make a new plan and look at it: `landfall plan {} --out FILE{}`", site.target, session.flag()),
    })
}

/// Refuses a stack in a state from which nothing can be deployed.
pub(super) fn ready(stack: Option<&StackFacts>, target: &str) -> Result<(), Trouble> {
    let Some(stack) = stack else { return Ok(()) };
    let (why, remedy) = match readiness(Some(stack)) {
        Readiness::Create | Readiness::Update => return Ok(()),
        Readiness::Wait => {
            return Err(DeployError::Busy { stack: Box::new(stack.clone()), initiator: None }.into());
        }
        Readiness::Recreate => (
            "its creation failed: the cloud takes no update of it, it can only be deleted and created anew",
            format!("correct the cause, then `landfall apply {target} --recreate`"),
        ),
        Readiness::Undo => (
            "an update failed and could not be undone: some resources are as before, some are not",
            format!(
                "`landfall recover {target}` says which, `landfall recover {target} --continue` goes on undoing. Do not delete the stack"
            ),
        ),
        Readiness::Delete => (
            "its deletion failed half-way: some resources are gone",
            format!("finish it with `landfall destroy {target}`"),
        ),
    };
    Err(Trouble::Refused {
        what: format!("the stack {} is {}", stack.name, stack.state),
        why: vec![why.to_owned()],
        remedy,
    })
}

/// Deletes what a failed creation left, where that was asked for and nothing speaks against it.
async fn recreate(anew: bool, session: &mut Session, site: &Site, running: &Running) -> Result<(), Trouble> {
    let Some(stack) = site.cloud.describe(&site.stack).await? else { return Ok(()) };
    if readiness(Some(&stack)) != Readiness::Recreate || !anew {
        return Ok(());
    }
    let standing = site.book.standing().await?;
    let resources = site.cloud.resources(&stack.id).await?;
    let left = resources.iter().filter(|resource| resource.physical.is_some() && resource.state != "DELETE_COMPLETE");
    let left: Vec<String> = left.map(|resource| format!("{} ({})", resource.id, resource.state)).collect();
    if let Some(why) = recreation_refused(standing.deployed.is_some(), &left, stack.protected) {
        return Err(Trouble::Refused {
            what: format!("the stack {} is not deleted to be created anew", stack.name),
            why: vec![why],
            remedy: "look at it in the cloud's console, and delete it there if nothing of it is wanted".to_owned(),
        });
    }
    let progress = progress(session, site, Tally::default());
    let removed = running.job(site, &progress).remove(&site.place, &stack, &[], false).await;
    progress.close();
    removed.map(|_| ()).map_err(Trouble::from)
}

/// After something left the stack inconsistent, deploys only where the cloud has again what the stack says.
async fn consistent(site: &Site) -> Result<(), Trouble> {
    let why: Vec<String> = found(site, &site.stack).await?.iter().flat_map(ResourceDrift::lines).collect();
    if why.is_empty() {
        return Ok(());
    }
    Err(Trouble::Refused {
        what: "the last run left the stack inconsistent, and it still differs from what it says".to_owned(),
        why,
        remedy: format!(
            "`landfall drift {}` shows each property; put those resources right in the cloud first",
            site.target
        ),
    })
}

/// The approvals that the words on the command line stand for.
pub(super) fn approvals(plan: &Plan, words: &[String]) -> Result<Vec<Approval>, Trouble> {
    let needed = plan.approvals_needed();
    let mut given = Vec::new();
    for word in words {
        if let Some(effect) = Effect::ALL.into_iter().find(|effect| effect.word() == word) {
            given.extend(needed.iter().filter(|need| need.effect == effect).cloned());
        } else if word.contains(':') {
            given.push(
                word.parse()
                    .map_err(|error: crate::plan::approval::ApprovalError| Trouble::Usage(error.to_string()))?,
            );
        } else {
            given.extend(Effect::ALL.map(|effect| Approval { effect, resource: word.clone() }));
        }
    }
    Ok(given)
}

pub(super) fn approved_all(plan: &SavedPlan, given: &[Approval]) -> Result<(), Trouble> {
    let missing = plan.missing_approvals(given);
    if missing.is_empty() {
        return Ok(());
    }
    let flags: Vec<String> = missing.iter().map(|approval| format!("--approve {approval}")).collect();
    Err(Trouble::Refused {
        what: "this plan does what has to be approved by name".to_owned(),
        why: missing.iter().map(|approval| format!("{}: {}", approval.effect.word(), approval.resource)).collect(),
        remedy: format!("if that is meant, add {}", flags.join(" ")),
    })
}

/// Refuses a promotion that people have to approve and have not: this very plan, each of them.
fn approved_by_people(
    session: &mut Session,
    site: &Site,
    policy: &Policy,
    release: &ReleaseRef,
    decision: &Decision,
) -> Result<(), Trouble> {
    let plan = approved_digest(release, &decision.deployment, &decision.saved.sealed.plan);
    let Some(gate) = approval(policy, &decision.standing.approvals, &plan) else { return Ok(()) };
    views::promote::gates(&mut session.output, std::slice::from_ref(&gate))?;
    if gate.open {
        return Ok(());
    }
    Err(Trouble::Refused {
        what: format!("{} does not take it: it has to be approved", site.target),
        why: vec![format!("{}: {}", gate.name, gate.found)],
        remedy: format!(
            "who approves says `landfall approve {} {plan}{}`; then promote again",
            site.target,
            session.flag()
        ),
    })
}

/// Refuses what the cloud would refuse half-way.
pub(super) fn unrefused(refusals: &[Refusal]) -> Result<(), Trouble> {
    if refusals.is_empty() {
        return Ok(());
    }
    let mut remedies: Vec<&str> = refusals.iter().map(|refusal| refusal.remedy.as_str()).collect();
    remedies.sort_unstable();
    remedies.dedup();
    Err(Trouble::Refused {
        what: "the cloud would refuse this half-way".to_owned(),
        why: refusals.iter().map(|refusal| refusal.why.clone()).collect(),
        remedy: remedies.join("; "),
    })
}

fn confirm(session: &Session, site: &Site) -> Result<(), Trouble> {
    let Site { target, place, .. } = site;
    let question =
        format!("\nApply this to {target} (account {}, {})? Only \"yes\" goes on: ", place.account, place.region);
    super::running::confirm(session, &question)
}

pub(super) fn tally(plan: &Plan) -> Tally {
    let of = |action: Action| plan.changes.iter().filter(|change| change.action == action).count();
    Tally {
        create: of(Action::Create),
        update: of(Action::Update),
        replace: of(Action::Replace),
        delete: of(Action::Delete) + of(Action::Forget),
    }
}
