//! Deploying a document.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::error::{DeployError, Failed};
use super::lease::Lease;
use super::steps::ground;
use super::verdict;
use super::watch::{News, Watch};
use crate::contract::schema::SchemaRange;
use crate::ledger::entry::{
    Deploy, Ending, Failure, Intent, Interrupted, Origin, Outcome, Purpose, Record, ReleaseRef, Rotation, Tally,
};
use crate::ledger::flag::Flags;
use crate::ledger::gate::{Gate, Judgement};
use crate::plan::deployment::Deployment;
use crate::plan::digest::Digest;
use crate::plan::serving::Serving;
use crate::plan::stack::{Mark, Phase, StackFacts};
use crate::ports::clock::Clock;
use crate::ports::cloud::{
    Cloud, CloudError, Operation, OperationRef, Preview, PreviewChange, PreviewKind, PreviewState, Progress,
};
use crate::ports::interrupt::Interrupt;
use crate::ports::secret::Hidden;

/// What a run works with, while it holds a target's lock.
pub struct Job<'a> {
    /// The cloud.
    pub cloud: &'a dyn Cloud,
    /// The lock, and the ledger under it.
    pub lease: &'a Lease,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Whoever shows progress.
    pub watch: &'a dyn Watch,
    /// A request to stop.
    pub interrupt: Interrupt,
    /// How long to follow an operation.
    pub patience: Duration,
}

/// A deployment that was decided and approved.
#[derive(Clone, Debug)]
pub struct Order {
    /// What to deploy.
    pub deployment: Deployment,
    /// The plan's digest.
    pub plan: Digest,
    /// The stack as the plan found it; none where there was none.
    pub before: Option<Mark>,
    /// What the cloud said it would do when the plan was made; the same is asked for again. None where it wasn't asked.
    pub preview: Option<Vec<PreviewChange>>,
    /// How many resources the plan touches.
    pub tally: Tally,
    /// What was approved by name.
    pub approved: Vec<String>,
    /// The release that it deploys; none for the files of a working copy.
    pub release: Option<ReleaseRef>,
    /// How it came about.
    pub origin: Origin,
    /// The database schemas that its builds work with, by artifact.
    pub schemas: BTreeMap<String, SchemaRange>,
    /// Why the target is held by this deployment; none where it changes nothing about that.
    pub hold: Option<String>,
    /// What has to be seen afterwards; none where nothing is looked at.
    pub gate: Option<Gate>,
    /// The settings that stay as they were switched.
    pub flags: Flags,
    /// The secret whose new value it brings, and that value; none where it brings none.
    pub rotates: Option<(Rotation, Option<Hidden>)>,
    /// How often each secret was rotated by a command, this time included.
    pub rotations: BTreeMap<String, u32>,
    /// The versions that serve again before the stack follows.
    pub switches: Vec<Serving>,
}

/// A run that ended as it was meant to.
#[derive(Clone, Debug)]
pub struct Done {
    /// The entry's number in the ledger.
    pub sequence: u64,
    /// What was written there.
    pub outcome: Outcome,
    /// The stack afterwards; none where it is gone.
    pub stack: Option<StackFacts>,
}

impl Job<'_> {
    /// Carries out a deployment: intent, preview, start, follow, verify, outcome.
    pub async fn deploy(&self, order: &Order) -> Result<Done, DeployError> {
        self.begin(order, false).await
    }

    /// Deploys once more what is deployed, to put back what was changed by hand.
    pub async fn revert(&self, order: &Order) -> Result<Done, DeployError> {
        self.begin(order, true).await
    }

    async fn begin(&self, order: &Order, reverts_drift: bool) -> Result<Done, DeployError> {
        let deployment = &order.deployment;
        let id = self.clock.unique();
        let document = self.lease.book().store_document(deployment.document.as_bytes()).await?;
        let mut uploads = BTreeMap::new();
        for upload in &deployment.uploads {
            let digest = self.lease.book().store_document(&upload.bytes).await?;
            uploads.insert(upload.key.clone(), digest);
        }
        let standing = self.lease.book().standing().await?;
        let images = self.keep_images(deployment, &standing).await?;
        let held = standing.held;
        let intent = Intent {
            purpose: Purpose::Deploy(Box::new(Deploy {
                document,
                // Named so that a preview that is left behind says which plan it belongs to.
                preview: format!("landfall-{}-{}", order.plan.short(), id.get(..8).unwrap_or_default()),
                parameters: deployment.parameters.clone(),
                at_once: deployment.at_once.clone(),
                tags: deployment.tags.clone(),
                protection: deployment.protection.clone(),
                bucket: deployment.bucket.clone(),
                uploads,
                images,
                migration: deployment.migration.clone(),
                ground: deployment.ground.clone(),
                reverts_drift,
                tally: order.tally,
                release: order.release.clone(),
                origin: Some(order.origin.clone()),
                schemas: order.schemas.clone(),
                held: order.hold.clone().or(held),
                gate: order.gate.clone(),
                switches: order.switches.clone(),
                takes_back: None,
                flags: order.flags.clone(),
                rotates: order.rotates.as_ref().map(|(rotation, _)| rotation.clone()),
                rotations: order.rotations.clone(),
            })),
            id,
            place: deployment.place.clone(),
            stack: deployment.stack.clone(),
            before: order.before.clone(),
            plan: Some(order.plan.clone()),
            approved: order.approved.clone(),
        };
        self.intend(&intent).await?;
        let value = order.rotates.as_ref().and_then(|(_, value)| value.as_ref());
        if let Err(unfinished) = self.rotate(&intent, value).await {
            return self.leave(&intent, unfinished).await;
        }
        self.complete(&intent, self.carry_out(&intent, deployment, order.preview.as_deref()).await).await
    }

    /// Writes an intent, unless an earlier one is still open.
    pub(super) async fn intend(&self, intent: &Intent) -> Result<(), DeployError> {
        let target = self.lease.book().target().to_owned();
        if let Some(why) = self.interrupt.asked() {
            let state = "nothing was begun".to_owned();
            return Err(DeployError::Interrupted { target, why: format!("stopped by {why}"), state });
        }
        if let Some(pending) = self.lease.book().standing().await?.pending {
            return Err(DeployError::Pending { target, intent: Box::new(pending) });
        }
        self.lease.append(&Record::Intent(Box::new(intent.clone()))).await.map(|_| ())
    }

    /// Carries out one step: what an intent says, from wherever an earlier attempt left it.
    pub(super) async fn step(
        &self,
        intent: &Intent,
        deployment: &Deployment,
        expected: Option<&[PreviewChange]>,
    ) -> Result<Progress, Unfinished> {
        let Purpose::Deploy(deploy) = &intent.purpose else {
            return Err(Unfinished::Error(CloudError::Unsupported("no deployment".to_owned()).into()));
        };
        let state = if deploy.switches.is_empty() { "nothing was begun" } else { "the stack has not followed yet" };
        let preview = self.unless_stopped(state, self.prepare(intent, deployment, deploy)).await?;
        match &preview.state {
            PreviewState::Ready => {}
            PreviewState::Started => return self.watch_over(intent, &preview.stack_id).await,
            PreviewState::Empty => {
                self.discard(&deployment.stack, &preview.id).await?;
                return Err(Unfinished::NothingToDo);
            }
            PreviewState::Failed(reason) => {
                self.discard(&deployment.stack, &preview.id).await?;
                return Err(Unfinished::Abandoned(DeployError::Rejected { reason: reason.clone() }));
            }
            PreviewState::Obsolete => {
                self.discard(&deployment.stack, &preview.id).await?;
                return Err(overtaken(&deployment.stack));
            }
        }
        if let Some(difference) = expected.and_then(|expected| differs(expected, &preview)) {
            self.discard(&deployment.stack, &preview.id).await?;
            return Err(Unfinished::Abandoned(DeployError::Stale(difference)));
        }
        let begun = async {
            self.push(deployment, &preview.stack_id).await?;
            self.migrate(intent, deployment, &preview.stack_id).await
        };
        if let Err(error) = begun.await {
            self.discard(&deployment.stack, &preview.id).await?;
            return Err(error);
        }
        self.lease.assure().await.map_err(Unfinished::Error)?;
        let execute = Operation::Execute { preview: preview.id.clone() };
        let start = self.cloud.start(&deployment.stack, &execute, &intent.id);
        match self.unless_stopped("the cloud may have begun", async { start.await.map_err(Unfinished::from) }).await {
            // The answer is lost, and perhaps the cloud is at work: what it does tells.
            Ok(()) | Err(Unfinished::Error(DeployError::Cloud(CloudError::Ambiguous { .. }))) => {}
            Err(Unfinished::Error(DeployError::Cloud(CloudError::Obsolete { .. }))) => {
                return Err(overtaken(&deployment.stack));
            }
            Err(error) => return Err(error),
        }
        self.watch.news(&News::Started);
        self.watch_over(intent, &preview.stack_id).await
    }

    /// Removes a preview that is not carried out.
    async fn discard(&self, stack: &str, preview: &str) -> Result<(), Unfinished> {
        self.lease.assure().await.map_err(Unfinished::Error)?;
        Ok(self.cloud.discard(stack, preview).await?)
    }

    /// Looks whether the intent was begun already; where it wasn't, has the cloud compute what it would do.
    async fn prepare(&self, intent: &Intent, deployment: &Deployment, deploy: &Deploy) -> Result<Preview, Unfinished> {
        let name = &deploy.preview;
        let facts = self.cloud.describe(&deployment.stack).await?;
        let kind = match &facts {
            None => PreviewKind::Create,
            Some(facts) if facts.phase == Phase::Empty => PreviewKind::Create,
            Some(_) if deploy.reverts_drift => PreviewKind::Revert,
            Some(_) => PreviewKind::Update,
        };
        if let Some(facts) = &facts {
            let begun = self.cloud.progress(&self.operation(intent, &facts.id)).await?;
            let ours = !begun.events.is_empty();
            if ours {
                return Ok(Preview {
                    id: String::new(),
                    name: name.to_owned(),
                    stack_id: facts.id.clone(),
                    state: PreviewState::Started,
                    changes: Vec::new(),
                });
            }
            // A shell is what our own preview leaves when this is tried again.
            if kind != PreviewKind::Create && intent.before.as_ref() != Some(&facts.mark()) {
                return Err(overtaken(&deployment.stack));
            }
        }
        self.lead_back(&deploy.switches).await?;
        self.watch.news(&News::Previewing);
        self.lease.assure().await.map_err(Unfinished::Error)?;
        Ok(self.cloud.preview(deployment, kind, name, &intent.id).await?)
    }

    /// Follows the intent's operation to its end.
    pub(super) async fn watch_over(&self, intent: &Intent, stack_id: &str) -> Result<Progress, Unfinished> {
        self.follow(&self.operation(intent, stack_id)).await.map_err(Unfinished::Error)
    }

    /// Whether the cloud has begun what an intent is for, on a stack that was there when the intent was written.
    pub(super) async fn has_begun(&self, operation: &OperationRef) -> Result<bool, Unfinished> {
        let now = self.cloud.progress(operation).await?;
        match &now.stack {
            _ if !now.events.is_empty() => Ok(true),
            // Gone: whoever did that, there is nothing left to begin.
            None => Ok(true),
            Some(stack) if Some(&stack.mark()) == operation.before.as_ref() => Ok(false),
            Some(stack) if stack.phase.is_busy() => {
                let initiator = self.cloud.initiator(&stack.id).await?;
                Err(Unfinished::Error(DeployError::Busy { stack: Box::new(stack.clone()), initiator }))
            }
            Some(stack) => Err(overtaken(&stack.name)),
        }
    }

    /// The operation that an intent starts.
    pub(super) fn operation(&self, intent: &Intent, stack_id: &str) -> OperationRef {
        OperationRef { stack_id: stack_id.to_owned(), token: intent.id.clone(), before: intent.before.clone() }
    }

    /// Waits for something, unless it is asked to stop first. What is dropped then is found again through the intent.
    pub(super) async fn unless_stopped<T>(
        &self,
        state: &str,
        work: impl Future<Output = Result<T, Unfinished>>,
    ) -> Result<T, Unfinished> {
        let mut interrupt = self.interrupt.clone();
        tokio::select! {
            biased;
            why = interrupt.wait() => Err(Unfinished::Error(DeployError::Interrupted {
                target: self.lease.book().target().to_owned(),
                why: format!("stopped by {why}"),
                state: state.to_owned(),
            })),
            done = work => done,
        }
    }

    /// Verifies a deployment's end and writes its outcome.
    pub(super) async fn complete(
        &self,
        intent: &Intent,
        ended: Result<Progress, Unfinished>,
    ) -> Result<Done, DeployError> {
        let Purpose::Deploy(deploy) = &intent.purpose else {
            return Err(CloudError::Unsupported("no deployment".to_owned()).into());
        };
        let progress = match ended {
            Ok(progress) => progress,
            Err(Unfinished::NothingToDo) => {
                self.lease.assure().await?;
                self.cloud.protect(&intent.stack, &deploy.protection).await?;
                let stack = self.cloud.describe(&intent.stack).await?;
                let document = self.deployed_document(&intent.stack).await?;
                return self.conclude(intent, Ending::NothingToDo, stack, document, None, 0).await;
            }
            Err(unfinished) => return self.leave(intent, unfinished).await,
        };
        if let Err(unfinished) = self.hold(deploy).await {
            return self.leave(intent, unfinished).await;
        }
        let seconds = verdict::seconds(&progress.events);
        let ending = verdict::of_deployment(&progress);
        if ending != Ending::Succeeded {
            // What the cloud undid leads calls to where they went before.
            if let Err(unfinished) = self.lead_back(&deploy.switches).await {
                return self.leave(intent, unfinished).await;
            }
            let first = verdict::first_failure(&progress.events);
            let kind = if intent.before.is_some() { "update" } else { "creation" };
            return self.fail(intent, ending, &progress, first, format!("the {kind} of {}", intent.stack)).await;
        }
        self.lease.assure().await?;
        self.cloud.protect(&intent.stack, &deploy.protection).await?;
        let found = self.deployed_document(&intent.stack).await?;
        if found.as_ref() != Some(&deploy.document) {
            let reason = "the cloud has another document than the one that was deployed: somebody deployed after it";
            let failure =
                Failure { resource: intent.stack.clone(), kind: "document".to_owned(), reason: reason.to_owned() };
            let what = format!("the check of {}", intent.stack);
            return self.fail(intent, Ending::Inconsistent, &progress, Some(failure), what).await;
        }
        let stack = self.cloud.describe(&intent.stack).await?;
        let judgement = match (&deploy.gate, &stack) {
            (Some(gate), Some(stack)) => {
                let began = progress.events.iter().map(|event| event.at).min();
                match self.judge(gate, stack, began).await {
                    Ok(judgement) => Some(judgement),
                    Err(error) => return self.leave(intent, Unfinished::Error(error)).await,
                }
            }
            (Some(_) | None, _) => None,
        };
        let unwell = match &judgement {
            Some(Judgement::Unwell { reasons }) => Some(reasons.clone()),
            Some(Judgement::Well | Judgement::NotAsked { .. }) | None => None,
        };
        let ending = if unwell.is_some() { Ending::Unwell } else { Ending::Succeeded };
        if ending == Ending::Succeeded {
            self.retire(&intent.stack).await?;
        }
        let outcome = Outcome {
            intent: intent.id.clone(),
            ending,
            after: stack.as_ref().map(StackFacts::mark),
            document: found,
            failure: None,
            seconds,
            judgement,
            flags: self.flags_after(deploy, ending).await?,
            serving: self.serving(&intent.stack).await,
        };
        let done = self.write_down(outcome, stack).await?;
        match unwell {
            Some(reasons) => Err(self.take_back(intent, reasons).await),
            None => Ok(done),
        }
    }

    async fn deployed_document(&self, stack: &str) -> Result<Option<Digest>, DeployError> {
        Ok(self.cloud.document(stack).await?.map(|document| Digest::of(document.as_bytes())))
    }

    /// Leaves an intent that did not come to an end in the cloud: closed where nothing was begun, open where it has to be
    /// resumed, with a note where this process was asked to stop.
    pub(super) async fn leave(&self, intent: &Intent, unfinished: Unfinished) -> Result<Done, DeployError> {
        match unfinished {
            Unfinished::Abandoned(error) => {
                let stack = self.cloud.describe(&intent.stack).await?;
                let failure = match &error {
                    DeployError::Rejected { reason } | DeployError::Stale(reason) => Some(Failure {
                        resource: intent.stack.clone(),
                        kind: "document".to_owned(),
                        reason: reason.clone(),
                    }),
                    _ => None,
                };
                self.conclude(intent, Ending::Abandoned, stack, None, failure, 0).await?;
                Err(error)
            }
            Unfinished::HalfWay(error) => {
                let stack = self.cloud.describe(&intent.stack).await.ok().flatten();
                let (resource, kind) = match &error {
                    DeployError::Migration { function, .. } => (function.clone(), "migration"),
                    _ => (intent.stack.clone(), "step"),
                };
                let failure = Failure { resource, kind: kind.to_owned(), reason: error.to_string() };
                let in_two = ground(intent).is_some();
                // With one step the stack is as it was; the schema is what a rollback has to ask about.
                let ending = if in_two { Ending::Inconsistent } else { Ending::Undone };
                self.conclude(intent, ending, stack, None, Some(failure), 0).await?;
                Err(error)
            }
            // The cloud said no: nothing was begun, so nothing is left to finish.
            Unfinished::Error(DeployError::Cloud(error)) if is_refusal(&error) => {
                let failure =
                    Failure { resource: intent.stack.clone(), kind: "call".to_owned(), reason: error.to_string() };
                // Who may not write may not be allowed to look either.
                let stack = self.cloud.describe(&intent.stack).await.ok().flatten();
                self.conclude(intent, Ending::Abandoned, stack, None, Some(failure), 0).await?;
                Err(error.into())
            }
            Unfinished::Error(DeployError::Cloud(error)) => {
                let state = "how far the cloud got is not known; the intent stays open".to_owned();
                let target = self.lease.book().target().to_owned();
                self.note(intent, &error.to_string(), &state).await?;
                Err(DeployError::Interrupted { target, why: error.to_string(), state })
            }
            Unfinished::Error(error) => {
                if let DeployError::Interrupted { why, state, .. } = &error {
                    self.note(intent, why, state).await?;
                }
                Err(error)
            }
            Unfinished::NothingToDo => {
                let stack = self.cloud.describe(&intent.stack).await?;
                self.conclude(intent, Ending::NothingToDo, stack, None, None, 0).await
            }
        }
    }

    /// Writes down that this process stops while the intent is open.
    async fn note(&self, intent: &Intent, why: &str, state: &str) -> Result<(), DeployError> {
        let note = Interrupted { intent: intent.id.clone(), why: why.to_owned(), state: state.to_owned() };
        self.lease.append(&Record::Interrupted(note)).await.map(|_| ())
    }

    /// Writes the outcome of a failure and gives the error that says what happened.
    pub(super) async fn fail(
        &self,
        intent: &Intent,
        ending: Ending,
        progress: &Progress,
        first: Option<Failure>,
        what: String,
    ) -> Result<Done, DeployError> {
        let mut stuck = Vec::new();
        if ending == Ending::Inconsistent
            && let Some(stack) = &progress.stack
        {
            stuck = self.cloud.resources(&stack.id).await?;
            stuck.retain(|resource| resource.state.ends_with("_FAILED"));
        }
        let seconds = verdict::seconds(&progress.events);
        self.conclude(intent, ending, progress.stack.clone(), None, first.clone(), seconds).await?;
        Err(DeployError::Failed(Box::new(Failed { what, stack: progress.stack.clone(), first, stuck })))
    }

    /// Writes an outcome.
    pub(super) async fn conclude(
        &self,
        intent: &Intent,
        ending: Ending,
        stack: Option<StackFacts>,
        document: Option<Digest>,
        failure: Option<Failure>,
        seconds: u64,
    ) -> Result<Done, DeployError> {
        let outcome = Outcome {
            intent: intent.id.clone(),
            ending,
            after: stack.as_ref().map(StackFacts::mark),
            document,
            failure,
            seconds,
            judgement: None,
            flags: None,
            serving: if ending == Ending::NothingToDo { self.serving(&intent.stack).await } else { Vec::new() },
        };
        self.write_down(outcome, stack).await
    }

    async fn write_down(&self, outcome: Outcome, stack: Option<StackFacts>) -> Result<Done, DeployError> {
        let entry = self.lease.append(&Record::Outcome(outcome.clone())).await?;
        Ok(Done { sequence: entry.sequence, outcome, stack })
    }
}

/// Why carrying out an intent stopped before the cloud came to an end.
#[derive(Debug)]
pub(super) enum Unfinished {
    /// The cloud finds nothing to do.
    NothingToDo,
    /// Nothing was begun, and nothing will be.
    Abandoned(DeployError),
    /// The first of two steps was done, or migrations were run, and the rest won't be.
    HalfWay(DeployError),
    /// The intent stays open.
    Error(DeployError),
}

impl From<CloudError> for Unfinished {
    fn from(error: CloudError) -> Self {
        Unfinished::Error(error.into())
    }
}

/// Whether an error means that the cloud did not do what it was asked, and won't.
pub(super) fn is_refusal(error: &CloudError) -> bool {
    match error {
        CloudError::NoCredentials { .. }
        | CloudError::WrongAccount { .. }
        | CloudError::Denied { .. }
        | CloudError::ClockSkew { .. }
        | CloudError::ForeignBucket { .. }
        | CloudError::Refused { .. }
        | CloudError::NotFound { .. }
        | CloudError::Obsolete { .. }
        | CloudError::Unsupported(_) => true,
        CloudError::Expired { .. }
        | CloudError::Throttled { .. }
        | CloudError::Unavailable { .. }
        | CloudError::Ambiguous { .. } => false,
    }
}

pub(super) fn overtaken(stack: &str) -> Unfinished {
    Unfinished::Abandoned(DeployError::Stale(format!("the stack {stack} was changed by somebody else meanwhile")))
}

/// How the cloud's answer now differs from the one that the plan showed.
fn differs(expected: &[PreviewChange], now: &Preview) -> Option<String> {
    let words = |change: &PreviewChange| format!("{:?} {}", change.action, change.id).to_lowercase();
    let then: Vec<String> = expected.iter().map(words).collect();
    let now: Vec<String> = now.changes.iter().map(words).collect();
    let added: Vec<&str> = now.iter().filter(|word| !then.contains(word)).map(String::as_str).collect();
    let gone: Vec<&str> = then.iter().filter(|word| !now.contains(word)).map(String::as_str).collect();
    if added.is_empty() && gone.is_empty() {
        return None;
    }
    let list = |label: &str, words: &[&str]| {
        if words.is_empty() { String::new() } else { format!("; {label}: {}", words.join(", ")) }
    };
    let (more, less) = (list("new", &added), list("no longer", &gone));
    Some(format!("the cloud now says that it would do something else than the plan shows{more}{less}"))
}
