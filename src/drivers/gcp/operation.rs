//! Starting an operation on a deployment, and how far it is.

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

use super::call::{Call, Sent};
use super::deployment::{TOKEN, facts, protection, resource, stack_name, text, time};
use super::preview::{TERRAFORM, request};
use super::revision::failures;
use super::{Gcp, held};
use crate::plan::stack::Phase;
use crate::ports::cloud::{CloudError, Doing, Event, Operation, OperationRef, Progress, Step};

const CREATE: &str = "config.deployments.create";
const UPDATE: &str = "config.deployments.update";
const DELETE: &str = "config.deployments.delete";

/// What a deployment sets of it.
const MASK: &str = "terraformBlueprint,serviceAccount,labels,annotations,tfVersionConstraint";

impl Gcp {
    pub(super) async fn start_operation(
        &self,
        stack: &str,
        operation: &Operation,
        token: &str,
    ) -> Result<(), CloudError> {
        match operation {
            Operation::Execute { preview } => self.apply(stack, preview, token).await,
            Operation::Delete { retain } if !retain.is_empty() => Err(CloudError::Unsupported(
                "a deployment is deleted with all that it manages: take what is to stay out of the environment first"
                    .to_owned(),
            )),
            Operation::Delete { .. } => self.delete(stack, token).await,
            Operation::ContinueUndo { .. } => {
                Err(CloudError::Unsupported("Infrastructure Manager undoes nothing by itself: deploy again".to_owned()))
            }
        }
    }

    /// Carries out a preview: Infrastructure Manager takes no preview for it, so what it was computed from is sent again, unless it is
    /// stale.
    async fn apply(&self, stack: &str, preview: &str, token: &str) -> Result<(), CloudError> {
        let obsolete = || CloudError::Obsolete { preview: preview.to_owned() };
        let prepared = self.prepared(preview).await?.ok_or_else(obsolete)?;
        let (name, parent) = (self.deployment_name(stack), format!("{}/deployments", self.parent()));
        let body = json!({
            "name": name,
            "terraformBlueprint": prepared.get("terraformBlueprint"),
            "serviceAccount": prepared.get("serviceAccount"),
            "labels": prepared.get("labels").cloned().unwrap_or_else(|| json!({})),
            "annotations": { TOKEN: token },
            "tfVersionConstraint": TERRAFORM,
        });
        let first = text(&prepared, "/deployment").is_empty();
        let call = if first {
            Call::send(Method::POST, CREATE, &parent, Sent::Json(&body)).with("deploymentId", stack_name(stack))
        } else {
            Call::send(Method::PATCH, UPDATE, &name, Sent::Json(&body)).with("updateMask", MASK)
        };
        let call = call.with("requestId", request(token, if first { "create" } else { "update" }, &name));
        let write = || async {
            match self.caller.make(&call).await {
                // Somebody else began between our look and this, or took it down.
                Err(CloudError::Refused { code, .. }) if matches!(code.as_str(), "ABORTED" | "ALREADY_EXISTS") => {
                    Err(obsolete())
                }
                Err(CloudError::NotFound { .. }) if !first => Err(obsolete()),
                made => made.map(|_| ()),
            }
        };
        let happened = || async {
            let now = self.read_deployment(&name).await?;
            Ok(now.is_some_and(|now| token_of(&now) == Some(token)))
        };
        self.caller.retry.settle(write, happened).await
    }

    async fn delete(&self, stack: &str, token: &str) -> Result<(), CloudError> {
        let Some(found) = self.read_deployment(stack).await? else { return Ok(()) };
        let name = self.deployment_name(stack);
        let bucket = self.bucket_of(&found);
        if self.note(&bucket, &protection(stack)).await?.is_some() {
            return Err(CloudError::Refused {
                call: DELETE.to_owned(),
                code: "PROTECTED".to_owned(),
                message: format!("{name} is protected by its environment"),
            });
        }
        self.refuse_locked(&found).await?;
        self.set_note(&bucket, &deletion(stack), Some(token)).await?;
        let call = Call::send(Method::DELETE, DELETE, &name, Sent::Nothing);
        let call = call.with("force", "true").with("requestId", request(token, "delete", &name));
        let write = || async { self.caller.find(&call).await.map(|_| ()) };
        let happened = || async {
            let now = self.read_deployment(stack).await?;
            Ok(now.is_none_or(|now| facts(&now, None).phase == Phase::Deleting))
        };
        self.caller.retry.settle(write, happened).await
    }

    pub(super) async fn operation_progress(&self, operation: &OperationRef) -> Result<Progress, CloudError> {
        let Some(found) = self.read_deployment(&operation.stack_id).await? else {
            // Where there was none, none has come yet; where there was one, it is gone.
            let gone = operation.before.is_some();
            let mut events = held(&self.seen).get(&operation.token).cloned().unwrap_or_default();
            events.extend(over(&events));
            return Ok(Progress { stack: None, started: gone, finished: gone, events });
        };
        let newest = self.newest_revision(&operation.stack_id).await?;
        let now = facts(&found, newest.as_ref());
        let untouched = Some(now.mark()) == operation.before;
        let deletes = newest.as_ref().is_some_and(|newest| text(newest, "/action") == "DELETE");
        let mut events = Vec::new();
        let applied = token_of(&found) == Some(&operation.token) && !deletes && now.phase != Phase::Deleting;
        let is_ours = applied || (!untouched && self.is_announced(&found, operation).await?);
        if let Some(newest) = newest.as_ref().filter(|_| is_ours) {
            let doing = match (applied, operation.before.is_some()) {
                (false, _) => Doing::Delete,
                (true, true) => Doing::Update,
                (true, false) => Doing::Create,
            };
            let now = self.revision_events(&found, newest, doing).await?;
            let mut seen = held(&self.seen);
            let known = seen.entry(operation.token.clone()).or_default();
            let fresh: Vec<Event> =
                now.into_iter().filter(|event| known.iter().all(|one| one.id != event.id)).collect();
            known.extend(fresh);
            events.clone_from(known);
        }
        let started = !events.is_empty() || !untouched;
        let finished = started && !now.phase.is_busy();
        Ok(Progress { stack: Some(now), started, finished, events })
    }

    /// Whether an operation is the deletion that was announced last.
    async fn is_announced(&self, found: &Value, operation: &OperationRef) -> Result<bool, CloudError> {
        let note = self.note(&self.bucket_of(found), &deletion(&operation.stack_id)).await?;
        Ok(note.as_deref() == Some(&operation.token))
    }

    pub(super) async fn last_token(&self, stack: &str) -> Result<Option<String>, CloudError> {
        let Some(found) = self.read_deployment(stack).await? else {
            return Ok(None);
        };
        let token = if facts(&found, None).phase == Phase::Deleting {
            self.note(&self.bucket_of(&found), &deletion(stack)).await?
        } else {
            token_of(&found).map(str::to_owned)
        };
        let token = token.unwrap_or_else(|| "no token".to_owned());
        let newest = self.newest_revision(stack).await?.unwrap_or_default();
        Ok(Some(format!("{token}, begun at {}", text(&newest, "/createTime"))))
    }

    /// What a revision did so far, resource by resource. It tells how far each is, and no times: those are of the revision.
    async fn revision_events(&self, found: &Value, revision: &Value, doing: Doing) -> Result<Vec<Event>, CloudError> {
        let began = time(text(revision, "/createTime")).unwrap_or_default();
        let latest = time(text(revision, "/updateTime")).unwrap_or(began);
        let failures = failures(revision);
        let now = facts(found, Some(revision));
        let itself = |state: &str, at: Timestamp, step: Step, reason: Option<String>| Event {
            id: format!("{} {state}", text(revision, "/name")),
            at,
            resource: now.name.clone(),
            stack_itself: true,
            kind: "config.googleapis.com/Deployment".to_owned(),
            physical: Some(now.id.clone()),
            doing,
            step,
            reason,
            cancelled: false,
            state: state.to_owned(),
        };
        let mut events = vec![itself("APPLYING", began, Step::Started, None)];
        for one in self.revision_resources(revision).await? {
            events.extend(of_resource(revision, &one, (began, latest), &failures));
        }
        match now.phase {
            Phase::Steady => events.push(itself(&now.state, latest, Step::Done, None)),
            Phase::UpdateFailed => events.push(itself(&now.state, latest, Step::Failed, now.reason.clone())),
            _ => {}
        }
        Ok(events)
    }
}

/// Where the token of a deletion lies.
fn deletion(stack: &str) -> String {
    format!("deletions/{}", stack_name(stack))
}

/// The token of the deployment that made it what it is.
fn token_of(deployment: &Value) -> Option<&str> {
    deployment.pointer("/annotations")?.get(TOKEN)?.as_str()
}

/// The ends of what had begun when the deployment was last seen: it is gone now.
fn over(seen: &[Event]) -> Vec<Event> {
    let ended = |resource: &str| seen.iter().any(|event| event.resource == resource && event.step != Step::Started);
    let open = seen.iter().filter(|event| event.step == Step::Started && !ended(&event.resource));
    let end = |event: &Event| Event {
        id: format!("{} DELETED", event.id),
        step: Step::Done,
        state: "DELETED".to_owned(),
        ..event.clone()
    };
    open.map(end).collect()
}

fn of_resource(
    revision: &Value,
    one: &Value,
    (began, latest): (Timestamp, Timestamp),
    failures: &std::collections::BTreeMap<String, String>,
) -> Vec<Event> {
    let address = text(one, "/terraformInfo/address");
    let doing = match text(one, "/intent") {
        "CREATE" => Doing::Create,
        "UPDATE" | "RECREATE" => Doing::Update,
        "DELETE" => Doing::Delete,
        _ => return Vec::new(),
    };
    let state = text(one, "/state");
    let step = match state {
        "IN_PROGRESS" => None,
        "RECONCILED" => Some(Step::Done),
        "FAILED" => Some(Step::Failed),
        // Planned: its turn hasn't come.
        _ => return Vec::new(),
    };
    let physical = text(one, "/terraformInfo/id");
    let event = |state: &str, at: Timestamp, step: Step, reason: Option<String>| Event {
        id: format!("{} {address} {state}", text(revision, "/name")),
        at,
        resource: resource(address),
        stack_itself: false,
        kind: text(one, "/terraformInfo/type").to_owned(),
        physical: (!physical.is_empty()).then(|| stack_name(physical).to_owned()),
        doing,
        step,
        reason,
        cancelled: false,
        state: state.to_owned(),
    };
    let since = if step.is_some() { began } else { latest };
    let mut events = vec![event("IN_PROGRESS", since, Step::Started, None)];
    if let Some(step) = step {
        let reason = failures.get(address).cloned().filter(|_| step == Step::Failed);
        events.push(event(state, latest, step, reason));
    }
    events
}
