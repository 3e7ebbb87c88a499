//! Deciding what would be done to a target: `plan` shows it, `apply` carries it out.

use std::collections::BTreeMap;

use serde_json::Value;

use super::definition::Definition;
use super::documents::{Idle, changes, deployment, refused, schemas};
use super::drifting::{Look, looked};
use super::estimating::changed;
use super::flags::held;
use super::session::Session;
use super::site::Site;
use super::trouble::Trouble;
use crate::clouds::{self, Deployed};
use crate::contract::schema::SchemaRange;
use crate::deploy::error::DeployError;
use crate::diagnostics::diagnostic::{Diagnostic, Diagnostics};
use crate::diagnostics::finding::Finding;
use crate::environment::load::Environment;
use crate::ledger::entry::ReleaseRef;
use crate::ledger::flag::Flags;
use crate::ledger::standing::Standing;
use crate::model::name::Name;
use crate::model::reference::Reference;
use crate::plan::Plan;
use crate::plan::change::Action;
use crate::plan::cloud_answer::{CloudAction, CloudAnswer, CloudChange, Replacement, disagreements};
use crate::plan::deployment::Deployment;
use crate::plan::digest::Digest;
use crate::plan::drift;
use crate::plan::ground::ground;
use crate::plan::readiness::{Readiness, readiness};
use crate::plan::refusal::Refusal;
use crate::plan::rollout::{Rollout, Watcher, decided};
use crate::plan::saved::{Bindings, SavedPlan};
use crate::plan::stack::{Mark, Phase, StackFacts};
use crate::plan::takeover::{Takeover, missing};
use crate::ports::cloud::{CloudError, Preview, PreviewChange, PreviewKind, PreviewState};
use crate::views;

/// What was decided for a target.
pub struct Decision {
    /// The plan, sealed.
    pub saved: SavedPlan,
    /// What it deploys, with the files that the document refers to.
    pub deployment: Deployment,
    /// Where the target stands in the ledger.
    pub standing: Standing,
    /// The stack as it was found; none where there is none, or for a plan made offline.
    pub stack: Option<StackFacts>,
    /// What the cloud said it would do, where it was asked.
    pub preview: Option<Vec<PreviewChange>>,
    /// What the cloud is known to refuse of it.
    pub refusals: Vec<Refusal>,
    /// The release that it deploys; none for the files of a working copy.
    pub release: Option<ReleaseRef>,
    /// The database schemas that its builds work with, by artifact.
    pub schemas: BTreeMap<String, SchemaRange>,
    /// Whether there is nothing at all to do.
    pub settled: bool,
    /// The settings that stay as they were switched.
    pub flags: Flags,
    /// How often each secret was rotated by a command, with this.
    pub rotations: BTreeMap<String, u32>,
}

impl Decision {
    /// The state of the stack that it was decided for; none where it brings the stack into being.
    pub fn before(&self) -> Option<Mark> {
        let serving = self.stack.as_ref().filter(|stack| readiness(Some(stack)) != Readiness::Create);
        serving.map(StackFacts::mark)
    }
}

/// How often it is decided anew where somebody else's deployment swept the cloud's answer away.
const AGAIN: usize = 3;

/// Decides, and asks the cloud for its own answer and what was changed by hand, unless that is told not to. Where somebody deploys
/// meanwhile, it is decided anew on what they made.
///
/// # Errors
/// Whatever keeps it from being decided; nothing was changed then.
pub async fn decide(
    session: &mut Session,
    site: &Site,
    definition: &Definition,
    offline: bool,
    look: Look,
) -> Result<Decision, Trouble> {
    let mut again = 0;
    loop {
        match decide_once(session, site, definition, offline, look).await {
            Err(Trouble::Deploy(DeployError::Cloud(CloudError::Obsolete { preview }))) if again < AGAIN => {
                tracing::debug!(preview, "somebody else deployed meanwhile: decided anew");
                again += 1;
            }
            decided => return decided,
        }
    }
}

async fn decide_once(
    session: &mut Session,
    site: &Site,
    definition: &Definition,
    offline: bool,
    look: Look,
) -> Result<Decision, Trouble> {
    let (standing, stack) = stands(site, offline).await?;
    let recorded = standing.deployed.as_ref().and_then(|deployed| deployed.deploy.as_ref());
    let schemas = schemas(session, definition, recorded)?;
    let mut rotations = recorded.map(|deploy| deploy.rotations.clone()).unwrap_or_default();
    if let Some(secret) = &definition.rotated {
        let times: &mut u32 = rotations.entry(secret.to_string()).or_default();
        *times = times.saturating_add(1);
    }
    let recorded = recorded.map(|deploy| deploy.parameters.clone()).unwrap_or_default();
    let given = stack.as_ref().map_or(&recorded, |stack| &stack.parameters);
    let (mut deployment, idle) = deployment(session, site, definition, given, &rotations)?;
    let mut notes = Vec::new();
    deployment.ground = first_step(site, &deployment, &idle, stack.as_ref(), offline, &mut notes).await?;
    if deployment.ground.is_some() && deployment.migration.is_some() {
        deployment.uploads.extend(idle.uploads);
    }
    if definition.release().is_some_and(|release| release.sealed.artifacts.is_empty())
        && !definition.environment.stack.artifacts.is_empty()
    {
        notes.push("the release seals no artifacts: what functions and services run stays as it is".to_owned());
    }
    notes.extend(idle.unbuilt.iter().map(|(artifact, runs)| left_out(artifact, runs)));
    let release = definition.reference();
    let rollouts = rollouts(&definition.environment, &deployment)?;
    let wanted = Wanted {
        deployment,
        rollouts,
        takeovers: takeovers(&definition.environment),
        schemas,
        release,
        configuration: configuration(definition),
        rotations,
        notes,
        hasty: false,
        held_to_budget: true,
    };
    judge(session, site, wanted, standing, stack, offline, look).await
}

/// What a plan says of what there is no image for.
fn left_out(artifact: &Name, runs: &[Reference]) -> String {
    let runs: Vec<String> = runs.iter().map(Reference::to_string).collect();
    format!(
        "left out until there is a build of {artifact}: {}; what changes of it meanwhile isn't in this plan (`--artifacts DIR` or `--release NAME` brings a build)",
        runs.join(", ")
    )
}

/// What rolls out in an environment, as the documents to deploy have it.
fn rollouts(environment: &Environment, deployment: &Deployment) -> Result<Vec<Rollout>, Trouble> {
    let document = Deployed { document: deployment.document.clone(), parameters: deployment.parameters.clone() };
    clouds::rollouts(&environment.target, &environment.stack, &document).map_err(|why| Trouble::Failed {
        what: format!("the document of {} can't be read: {why}", environment.target),
        remedy: "`landfall render` writes it; take `rollout` out of the files until that is mended".to_owned(),
    })
}

/// The copies that took over in an environment, with what is wrong where one isn't there.
fn takeovers(environment: &Environment) -> Vec<(Takeover, Diagnostic)> {
    let of = |takeover: Takeover| {
        let name = takeover.database.as_str();
        let finding = Finding::error("takeover-without-copy", ["databases", name, "promoted"], format!("`{name}` has no copy that could have taken over"))
            .why("what is deployed has none in that region: an empty database would be made, and what asks for this one's host would be led to it")
            .fix("leave it out, deploy, and wait until the copy is there and has caught up");
        let diagnostic = environment.diagnostic(&finding);
        (takeover, diagnostic)
    };
    clouds::takeovers(&environment.target, &environment.stack).into_iter().map(of).collect()
}

/// The parameters of a first step, where this deployment makes the registries of images or what migrates.
async fn first_step(
    site: &Site,
    deployment: &Deployment,
    idle: &Idle,
    stack: Option<&StackFacts>,
    offline: bool,
    notes: &mut Vec<String>,
) -> Result<Option<BTreeMap<String, String>>, Trouble> {
    if deployment.images.is_empty() && deployment.migration.is_none() || offline {
        return Ok(None);
    }
    let resources = match stack {
        Some(stack) => site.cloud.resources(&stack.id).await?,
        None => Vec::new(),
    };
    let there = resources.iter().filter(|resource| resource.physical.is_some() && resource.state != "DELETE_COMPLETE");
    let there = there.map(|resource| resource.id.as_str()).collect();
    let none = BTreeMap::new();
    let deployed = stack.map_or(&none, |stack| &stack.parameters);
    let first = ground(deployment, &there, deployed, &idle.parameters).map_err(|entangled| Trouble::Refused {
        what: format!("{} can't be deployed in one go", site.target),
        why: vec![entangled.to_string()],
        remedy: "add the registry in a deployment of its own first, then what runs from it".to_owned(),
    })?;
    let runs =
        deployment.migration.as_ref().map(|migration| format!("{} brings the schema up to date", migration.function));
    let pushes = (!deployment.images.is_empty()).then(|| "images are pushed".to_owned());
    let between = pushes.into_iter().chain(runs).collect::<Vec<_>>().join(", ");
    notes.push(match &first {
        Some(_) => format!(
            "in two steps: the first makes everything, and what it can't run yet it doesn't start; then {between}; the second starts the rest"
        ),
        None => format!("before anything is changed, {between}"),
    });
    Ok(first)
}

/// What is to be deployed, whoever decided that.
pub struct Wanted {
    /// The documents, and where they go.
    pub deployment: Deployment,
    /// What rolls out where it changes; nothing where all is to take over at once without a word.
    pub rollouts: Vec<Rollout>,
    /// The copies of databases that took over, each with what is said where it isn't there.
    pub takeovers: Vec<(Takeover, Diagnostic)>,
    /// The database schemas that its builds work with, by artifact.
    pub schemas: BTreeMap<String, SchemaRange>,
    /// The release that it deploys; none for the files of a working copy.
    pub release: Option<ReleaseRef>,
    /// The digest of what it was made from.
    pub configuration: Digest,
    /// How often each secret was rotated by a command, with this.
    pub rotations: BTreeMap<String, u32>,
    /// What the reader of the plan should know besides.
    pub notes: Vec<String>,
    /// Whether it is in haste: the cloud isn't asked what it would do.
    pub hasty: bool,
    /// Whether a cost beyond the target's budget has to be approved.
    pub held_to_budget: bool,
}

/// Where a target stands in the ledger, and in the cloud unless that is not to be asked.
pub async fn stands(site: &Site, offline: bool) -> Result<(Standing, Option<StackFacts>), Trouble> {
    let standing = site.book.standing().await?;
    let stack = if offline {
        None
    } else {
        site.cloud.identity().await?;
        site.cloud.describe(&site.stack).await?
    };
    Ok((standing, stack))
}

/// Decides what deploying that would do, and asks the cloud for its own answer unless that is told not to.
pub async fn judge(
    session: &mut Session,
    site: &Site,
    wanted: Wanted,
    standing: Standing,
    stack: Option<StackFacts>,
    offline: bool,
    look: Look,
) -> Result<Decision, Trouble> {
    let Wanted {
        deployment,
        rollouts,
        takeovers,
        schemas,
        release,
        configuration,
        rotations,
        mut notes,
        hasty,
        held_to_budget,
    } = wanted;
    let ready = readiness(stack.as_ref());
    let before = before(site, &standing, stack.as_ref(), ready, offline, &mut notes).await?;
    // In haste the records have to do.
    let offline = offline || hasty;
    let unreadable = |why: String| Trouble::Failed {
        what: format!("the documents of {} can't be compared: {why}", site.target),
        remedy: "`landfall diff` shows where; deploy a document that can be read over it with another tool first"
            .to_owned(),
    };
    let mut plan = changes(site, before.as_ref(), &deployment).map_err(unreadable)?;
    // Offline, and nothing recorded: nobody knows what is there.
    if !offline || before.is_some() {
        there(session, takeovers, &plan)?;
    }
    let after = Deployed { document: deployment.document.clone(), parameters: deployment.parameters.clone() };
    match changed(site.kind, &site.target, &site.place, before.as_ref(), &after, held_to_budget) {
        Ok(cost) => plan.cost = Some(cost),
        Err(why) => notes.push(format!("what it costs can't be estimated: {why}")),
    }
    let stands = stack.as_ref().filter(|_| !offline);
    plan.rollouts = rolled_out(session, site, rollouts, &plan, stands, &mut notes).await?;
    let same_document = before.as_ref().is_some_and(|before| before.document == deployment.document);
    let mut same_settings = true;
    let mut same_protection = true;
    let mut refusals = Vec::new();
    let mut drift = None;
    if let (Some(stack), Readiness::Update) = (&stack, ready) {
        same_settings = settings(stack, &deployment, &mut notes);
        let policy = site.cloud.policy(&stack.id).await?;
        same_protection = protection(stack, policy.as_ref(), &deployment, &mut notes);
        // What a failed update left half-way was changed by nobody's hand.
        if stack.phase.is_serving() {
            drift = looked(site, &stack.id, look, &mut notes).await?;
        }
        refusals = refused(site, [&before.unwrap_or_default(), &after], &plan, policy.as_ref()).map_err(unreadable)?;
    }
    if !offline {
        refusals.extend(unfit(session, site, &after, &plan).await?);
    }
    let may_ask = !offline && matches!(ready, Readiness::Create | Readiness::Update);
    let whole = stack.as_ref().is_some_and(|stack| stack.phase.is_serving());
    let mut preview = None;
    if may_ask && !(same_document && same_settings && whole) {
        let answer = ask(session, site, &deployment, ready).await?;
        let by = match &site.place.engine {
            Some(engine) => format!("{engine} plan"),
            None => format!("{} preview", site.place.cloud),
        };
        let said = CloudAnswer { by, resources: resources(&answer) };
        plan.disagreements = disagreements(&plan.changes, &said);
        plan.cloud = Some(said);
        preview = Some(answer.changes);
    }
    let flags = held(site, &deployment, &plan, &mut notes).await?;
    let nothing = preview.as_ref().is_none_or(Vec::is_empty);
    let settled = whole && plan.is_empty() && nothing && same_settings && same_protection;
    let same_release = release.is_none() || release.as_ref() == standing.release();
    if let (true, false, Some(release)) = (settled, same_release, &release) {
        notes.push(format!("nothing changes in the cloud; the record will name the release {release}"));
    }
    let settled = settled && same_release;
    plan.notes.extend(notes);
    let drift_digest = drift.as_deref().map(drift::digest);
    plan.drift = drift.unwrap_or_default();
    let head = site.book.head().await?.and_then(|(head, _)| head.digest);
    let bindings = Bindings {
        landfall: env!("CARGO_PKG_VERSION").to_owned(),
        target: site.target.to_string(),
        document: deployment.document_digest(),
        release: release.as_ref().map(|release| release.id.to_string()),
        configuration,
        place: site.place.clone(),
        // An empty shell is no stack: the next preview brings another.
        stack: stack.as_ref().filter(|stack| stack.phase != Phase::Empty).map(StackFacts::mark),
        ledger_head: head,
        drift: drift_digest,
    };
    let who = session.machine.holder("plan").who;
    let saved = SavedPlan::seal(plan, deployment.clone(), bindings, session.clock.now(), Some(who));
    Ok(Decision { saved, deployment, standing, stack, preview, refusals, release, schemas, settled, flags, rotations })
}

/// Refuses a plan in which a copy takes over that isn't there.
fn there(session: &mut Session, declared: Vec<(Takeover, Diagnostic)>, plan: &Plan) -> Result<(), Trouble> {
    let (declared, said): (Vec<Takeover>, Vec<Diagnostic>) = declared.into_iter().unzip();
    let missing = missing(&declared, plan);
    if missing.is_empty() {
        return Ok(());
    }
    let mut diagnostics = Diagnostics::new();
    let said = declared.iter().zip(said).filter(|(takeover, _)| missing.contains(takeover));
    said.for_each(|(_, diagnostic)| diagnostics.push(diagnostic));
    views::validate::problems(&mut session.output, &diagnostics)?;
    Err(Trouble::Environment)
}

/// What the cloud would refuse because a bucket beside the stack isn't fit for what is to be copied into it.
async fn unfit(session: &Session, site: &Site, after: &Deployed, plan: &Plan) -> Result<Vec<Refusal>, Trouble> {
    let destinations = clouds::destinations(site.kind, &site.target, &site.place, after, plan);
    let mut refusals = Vec::new();
    // A document that can't be read, the cloud itself refuses.
    for destination in destinations.unwrap_or_default() {
        let found = site.cloud.destination(&destination).await?;
        refusals.extend(destination.refusal(found, &site.place.account));
    }
    if session.sandboxed {
        let by_hand = "; in the sandbox `landfall sandbox make` makes it, as its --help shows";
        refusals.iter_mut().for_each(|refusal| refusal.remedy.push_str(by_hand));
    }
    Ok(refusals)
}

/// What rolls out of what changes; what serves now is asked where the stack stands and it is landfall who would lead back there.
async fn rolled_out(
    session: &Session,
    site: &Site,
    declared: Vec<Rollout>,
    plan: &Plan,
    stack: Option<&StackFacts>,
    notes: &mut Vec<String>,
) -> Result<Vec<Rollout>, Trouble> {
    let ours = |rollout: &Rollout| {
        rollout.by == Watcher::Landfall && plan.changes.iter().any(|change| change.id == rollout.id)
    };
    let serving = match stack.filter(|_| declared.iter().any(ours)) {
        Some(stack) => Some(site.cloud.serving(&stack.id).await?),
        None => None,
    };
    let (rollouts, said) = decided(declared, &plan.changes, serving.as_deref(), session.at_once);
    notes.extend(said);
    Ok(rollouts)
}

/// The digest of what the environment's files say.
pub fn configuration(definition: &Definition) -> Digest {
    Digest::of(definition.environment.digest().as_bytes())
}

/// The document that the changes are counted from: what the cloud has, or, offline, what was recorded last.
async fn before(
    site: &Site,
    standing: &Standing,
    stack: Option<&StackFacts>,
    ready: Readiness,
    offline: bool,
    notes: &mut Vec<String>,
) -> Result<Option<Deployed>, Trouble> {
    let recorded = standing.deployed.as_ref().and_then(|deployed| deployed.outcome.document.clone());
    if offline {
        let found = recorded_last(site, standing).await?;
        notes.push(match found {
            None => "planned offline, and nothing is recorded as deployed: everything is new".to_owned(),
            Some(_) => "planned offline: compared with what was recorded last, and the cloud was not asked".to_owned(),
        });
        return Ok(found);
    }
    if let Some(stack) = stack.filter(|stack| stack.phase == Phase::UpdateFailed) {
        notes.push(format!(
            "the last deployment of the stack {} failed half-way: changes are counted from the last one that did not, the cloud counts \
             from what is there",
            stack.name
        ));
        return recorded_last(site, standing).await;
    }
    let serving = matches!(ready, Readiness::Update | Readiness::Undo | Readiness::Wait);
    let Some(stack) = stack.filter(|_| serving) else {
        return Ok(None);
    };
    let document = site.cloud.document(&stack.id).await?;
    let found = document.as_ref().map(|document| Digest::of(document.as_bytes()));
    if recorded.is_none() && standing.pending.is_some() {
        notes.push(format!("the stack {} was begun by the interrupted run", stack.name));
    } else if recorded.is_none() {
        notes.push(format!("the stack {} is not in the ledger: it was made by something else", stack.name));
    } else if found != recorded {
        notes.push(format!(
            "the stack {} has another document than the one recorded last: it was changed without landfall",
            stack.name
        ));
    }
    Ok(document.map(|document| Deployed { document, parameters: stack.parameters.clone() }))
}

/// What was recorded last as deployed; none where nothing was.
async fn recorded_last(site: &Site, standing: &Standing) -> Result<Option<Deployed>, Trouble> {
    let Some(deployed) = &standing.deployed else { return Ok(None) };
    let Some(digest) = &deployed.outcome.document else { return Ok(None) };
    let bytes = site.book.document(digest).await?;
    let document = String::from_utf8_lossy(&bytes).into_owned();
    let parameters = deployed.deploy.as_ref().map(|deploy| deploy.parameters.clone()).unwrap_or_default();
    Ok(Some(Deployed { document, parameters }))
}

/// Compares what is set on the stack itself; whether it is all the same.
fn settings(stack: &StackFacts, deployment: &Deployment, notes: &mut Vec<String>) -> bool {
    let Deployment {
        target: _,
        place: _,
        stack: _,
        document: _,
        parameters,
        at_once: _,
        tags,
        protection: _,
        bucket: _,
        uploads: _,
        images: _,
        migration: _,
        ground: _,
    } = deployment;
    if stack.tags != *tags {
        notes.push(format!("tags of the stack: {}", between(&stack.tags, tags)));
    }
    let given = parameters.iter().all(|(name, value)| stack.parameters.get(name) == Some(value));
    if !given {
        notes.push("parameters of the stack change".to_owned());
    }
    stack.tags == *tags && given
}

/// How two sets of labels differ, in words.
fn between(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> String {
    let set = after.iter().filter(|(key, value)| before.get(*key) != Some(value));
    let set = set.map(|(key, value)| format!("{key}={value}"));
    let gone = before.keys().filter(|key| !after.contains_key(*key)).map(|key| format!("{key} removed"));
    set.chain(gone).collect::<Vec<_>>().join(", ")
}

/// Compares what protects the stack; whether it is all the same.
fn protection(stack: &StackFacts, policy: Option<&Value>, deployment: &Deployment, notes: &mut Vec<String>) -> bool {
    let wanted = &deployment.protection;
    if stack.protected != wanted.termination {
        let turned = if wanted.termination { "on" } else { "off" };
        notes.push(format!("termination protection of the stack is turned {turned}"));
    }
    let same = policy == wanted.policy.as_ref();
    if !same {
        notes.push(match (&wanted.policy, policy) {
            (Some(_), None) => "the stack gets a policy that denies replacing or deleting what holds data".to_owned(),
            (None, Some(_)) => "the stack's policy, which denies some updates, is lifted".to_owned(),
            (Some(_), Some(_)) | (None, None) => "the stack's policy of what updates may do changes".to_owned(),
        });
    }
    same && stack.protected == wanted.termination
}

/// Has the cloud compute its answer, and clears it away again: `apply` asks anew, and compares.
async fn ask(session: &Session, site: &Site, deployment: &Deployment, ready: Readiness) -> Result<Preview, Trouble> {
    let kind = if ready == Readiness::Create { PreviewKind::Create } else { PreviewKind::Update };
    let token = session.clock.unique();
    let name = format!("landfall-plan-{}-{}", deployment.document_digest().short(), token.get(..8).unwrap_or_default());
    let preview = site.cloud.preview(deployment, kind, &name, &token).await.map_err(|error| match error {
        // Executing one change set removes every other of its stack.
        CloudError::NotFound { .. } => CloudError::Obsolete { preview: name.clone() },
        error => error,
    })?;
    site.cloud.discard(&site.stack, &preview.id).await?;
    match &preview.state {
        PreviewState::Failed(reason) => Err(DeployError::Rejected { reason: reason.clone() }.into()),
        PreviewState::Ready | PreviewState::Empty | PreviewState::Obsolete | PreviewState::Started => Ok(preview),
    }
}

fn resources(preview: &Preview) -> BTreeMap<String, CloudChange> {
    preview
        .changes
        .iter()
        .map(|change| {
            let (action, replacement) = match change.action {
                Action::Create => (CloudAction::Add, Replacement::No),
                Action::Update if change.replacement_possible => (CloudAction::Modify, Replacement::Conditional),
                Action::Update => (CloudAction::Modify, Replacement::No),
                Action::Replace => (CloudAction::Modify, Replacement::Yes),
                Action::Delete | Action::Forget => (CloudAction::Remove, Replacement::No),
            };
            let said = CloudChange {
                kind: change.kind.clone(),
                action,
                replacement,
                certain: change.certain,
                fields: change.fields.clone(),
            };
            (change.id.clone(), said)
        })
        .collect()
}
