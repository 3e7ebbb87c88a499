//! Starting an operation on a stack, and how far it is.

use std::collections::BTreeMap;

use azure_core::http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::call::{Call, reason};
use super::identifier::{kind, label};
use super::stack::{DELETION, TOKEN, VERSION, ended, facts, length, list, stack_name, tags, text, time};
use super::{Azure, held};
use crate::plan::change::Action;
use crate::plan::stack::{Phase, StackFacts};
use crate::ports::cloud::{CloudError, Doing, Event, Operation, OperationRef, Progress, Step};

/// The version of deployments' interface.
const DEPLOYMENTS: &str = "2025-04-01";

/// The type of templates inside templates: their resources are listed by themselves.
const NESTED: &str = "Microsoft.Resources/deployments";

const WRITE: &str = "Microsoft.Resources/deploymentStacks/write";
const DELETE: &str = "Microsoft.Resources/deploymentStacks/delete";

impl Azure {
    pub(super) async fn start_operation(
        &self,
        stack: &str,
        operation: &Operation,
        token: &str,
    ) -> Result<(), CloudError> {
        match operation {
            Operation::Execute { preview } => self.put_stack(stack, preview, token).await,
            Operation::Delete { retain } if !retain.is_empty() => Err(CloudError::Unsupported(
                "a deployment stack is deleted with all that it manages: take what is to stay out of the environment first"
                    .to_owned(),
            )),
            Operation::Delete { .. } => self.delete_stack(stack, token).await,
            Operation::ContinueUndo { .. } => {
                Err(CloudError::Unsupported("a deployment stack undoes nothing by itself: deploy again".to_owned()))
            }
        }
    }

    async fn put_stack(&self, stack: &str, preview: &str, token: &str) -> Result<(), CloudError> {
        let obsolete = || CloudError::Obsolete { preview: preview.to_owned() };
        let prepared = held(&self.prepared).get(preview).cloned().ok_or_else(obsolete)?;
        let now = self.read_stack(stack).await?;
        if now.as_ref().map(|now| facts(now).mark()) != prepared.before {
            return Err(obsolete());
        }
        held(&self.planned).insert(token.to_owned(), prepared.actions.clone());
        let mut tags = prepared.tags.clone();
        tags.insert(TOKEN.to_owned(), token.to_owned());
        let body = json!({ "tags": tags, "properties": prepared.properties });
        let path = self.stack_path(stack);
        let call = Call::send(Method::Put, WRITE, &path, VERSION, Some(&body));
        let write = || async {
            match self.caller.make(&call).await {
                // Somebody else began between our look and this.
                Err(CloudError::Refused { code, .. }) if code == "DeploymentStackInNonTerminalState" => Err(obsolete()),
                made => made.map(|_| ()),
            }
        };
        let happened =
            || async { Ok(self.read_stack(stack).await?.is_some_and(|now| token_of(&now) == Some(token.to_owned()))) };
        self.caller.retry.settle(write, happened).await
    }

    async fn delete_stack(&self, stack: &str, token: &str) -> Result<(), CloudError> {
        self.announce_deletion(stack, token).await?;
        let path = self.stack_path(stack);
        let mut call = Call::send(Method::Delete, DELETE, &path, VERSION, None);
        call.query.push_str(
            "&unmanageAction.Resources=delete&unmanageAction.ResourceGroups=detach&unmanageAction.ManagementGroups=detach&unmanageAction.ResourcesWithoutDeleteSupport=detach",
        );
        let write = || async { self.caller.find(&call).await.map(|_| ()) };
        let happened = || async {
            let now = self.read_stack(stack).await?;
            Ok(now.is_none_or(|now| facts(&now).phase == Phase::Deleting))
        };
        self.caller.retry.settle(write, happened).await
    }

    pub(super) async fn operation_progress(&self, operation: &OperationRef) -> Result<Progress, CloudError> {
        let found = self.read_stack(&operation.stack_id).await?;
        let Some(found) = found else {
            let seen = held(&self.seen).get(&operation.token).cloned().unwrap_or_default();
            // Where there was none, none has come yet; where there was one, it is gone.
            let gone = operation.before.is_some();
            return Ok(Progress {
                stack: None,
                started: gone,
                finished: gone,
                events: seen.into_iter().map(over).collect(),
            });
        };
        let now = facts(&found);
        let untouched = Some(now.mark()) == operation.before;
        let mut events = Vec::new();
        if token_of(&found).as_ref() == Some(&operation.token) && now.phase != Phase::Deleting {
            events = self.deployment_events(&found, operation).await?;
        } else if !untouched && self.is_announced(&operation.stack_id, &operation.token).await? {
            events = deletion_events(&found);
            held(&self.seen).insert(operation.token.clone(), events.clone());
        }
        let started = !events.is_empty() || !untouched;
        let finished = started && !now.phase.is_busy();
        events.sort_by_key(|event| event.at);
        Ok(Progress { stack: Some(now), started, finished, events })
    }

    async fn is_announced(&self, stack: &str, token: &str) -> Result<bool, CloudError> {
        let tags = self.group_tags(stack).await?.unwrap_or_default();
        Ok(tags.get(DELETION).map(String::as_str) == Some(token))
    }

    pub(super) async fn last_token(&self, stack: &str) -> Result<Option<String>, CloudError> {
        let Some(found) = self.read_stack(stack).await? else {
            return Ok(None);
        };
        let at = text(&found, "/systemData/lastModifiedAt");
        let by = text(&found, "/systemData/lastModifiedBy");
        let token = if facts(&found).phase == Phase::Deleting {
            self.group_tags(stack).await?.and_then(|tags| tags.get(DELETION).cloned())
        } else {
            token_of(&found)
        };
        let token = token.unwrap_or_else(|| "no token".to_owned());
        Ok(Some(format!("{token} by {by}, begun at {at}")))
    }

    /// What the deployment of a stack did so far, resource by resource.
    async fn deployment_events(&self, stack: &Value, operation: &OperationRef) -> Result<Vec<Event>, CloudError> {
        let planned = held(&self.planned).get(&operation.token).cloned();
        let doing = if operation.before.is_some() { Doing::Update } else { Doing::Create };
        let mut events = itself(stack, doing);
        let mut told = BTreeMap::new();
        let deployment = text(stack, "/properties/deploymentId").to_owned();
        let mut open = if deployment.is_empty() { Vec::new() } else { vec![deployment] };
        while let Some(deployment) = open.pop() {
            let path = format!("{deployment}/operations");
            let call = Call::get("Microsoft.Resources/deployments/operations/read", &path, DEPLOYMENTS);
            let Some(answer) = self.caller.find(&call).await? else { continue };
            for one in list(&answer, "/value") {
                let id = text(one, "/properties/targetResource/id");
                if text(one, "/properties/targetResource/resourceType") == NESTED {
                    open.push(id.to_owned());
                    continue;
                }
                let doing = match &planned {
                    Some(planned) => match planned.get(&label(id)) {
                        Some(Action::Create) => Some(Doing::Create),
                        Some(_) => Some(Doing::Update),
                        // Azure goes over what stays as it is too.
                        None => None,
                    },
                    None => Some(doing),
                };
                told.insert(id.to_ascii_lowercase(), ());
                events.extend(of_resource(one, id, doing));
            }
        }
        let (began, ended) = spans(stack);
        let failed = list(stack, "/properties/failedResources")
            .filter(|one| !told.contains_key(&text(one, "/id").to_ascii_lowercase()));
        events.extend(failed.map(|one| {
            let why = one.get("error").map(reason);
            event(text(one, "/id"), "failed", ended.unwrap_or(began), Doing::Delete, Step::Failed, why)
        }));
        events.extend(deleted(stack, ended.unwrap_or(began)));
        let deletes = planned.iter().flatten().filter(|(_, action)| **action == Action::Delete);
        if facts(stack).phase == Phase::CleaningUp {
            let ids: Vec<&str> = list(stack, "/properties/resources").map(|one| text(one, "/id")).collect();
            events.extend(deletes.filter_map(|(name, _)| {
                let id = ids.iter().find(|id| label(id) == *name)?;
                Some(event(id, "deleting", began, Doing::Delete, Step::Started, None))
            }));
        }
        Ok(events)
    }
}

/// The token of the deployment that made a stack what it is.
fn token_of(stack: &Value) -> Option<String> {
    tags(stack).remove(TOKEN)
}

/// When an operation began, and when it ended.
fn spans(stack: &Value) -> (Timestamp, Option<Timestamp>) {
    let began = time(text(stack, "/systemData/lastModifiedAt")).unwrap_or_default();
    (began, ended(stack).filter(|_| !facts(stack).phase.is_busy()))
}

/// What happened to the stack itself.
fn itself(stack: &Value, doing: Doing) -> Vec<Event> {
    let (began, ended) = spans(stack);
    let now: StackFacts = facts(stack);
    let one = |state: &str, at: Timestamp, step: Step, reason: Option<String>| Event {
        id: format!("{} {began} {state}", now.id),
        at,
        resource: now.name.clone(),
        stack_itself: true,
        kind: "Microsoft.Resources/deploymentStacks".to_owned(),
        physical: Some(now.id.clone()),
        doing,
        step,
        reason,
        cancelled: false,
        state: state.to_owned(),
    };
    let mut events = vec![one("started", began, Step::Started, None)];
    match now.phase {
        Phase::Steady => events.push(one(&now.state, ended.unwrap_or(began), Step::Done, None)),
        Phase::UpdateFailed => {
            events.push(one(&now.state, ended.unwrap_or(began), Step::Failed, now.reason.clone()));
        }
        _ => {}
    }
    events
}

/// What a deletion did so far.
fn deletion_events(stack: &Value) -> Vec<Event> {
    let mut events = itself(stack, Doing::Delete);
    let (began, ended) = spans(stack);
    let left = list(stack, "/properties/resources").chain(list(stack, "/properties/deletedResources"));
    events.extend(left.map(|one| event(text(one, "/id"), "deleting", began, Doing::Delete, Step::Started, None)));
    events.extend(deleted(stack, ended.unwrap_or(began)));
    events.extend(list(stack, "/properties/failedResources").map(|one| {
        let why = one.get("error").map(reason);
        event(text(one, "/id"), "failed", ended.unwrap_or(began), Doing::Delete, Step::Failed, why)
    }));
    events
}

fn deleted(stack: &Value, at: Timestamp) -> impl Iterator<Item = Event> {
    list(stack, "/properties/deletedResources")
        .map(move |one| event(text(one, "/id"), "deleted", at, Doing::Delete, Step::Done, None))
}

/// What was begun when the stack was last seen, and is over now that the stack is gone.
fn over(seen: Event) -> Event {
    if seen.step != Step::Started {
        return seen;
    }
    Event { id: seen.id.replace(" deleting", " deleted"), step: Step::Done, state: "deleted".to_owned(), ..seen }
}

fn of_resource(one: &Value, id: &str, doing: Option<Doing>) -> Vec<Event> {
    let at = time(text(one, "/properties/timestamp")).unwrap_or_default();
    let state = text(one, "/properties/provisioningState");
    let took = length(text(one, "/properties/duration")).unwrap_or_default();
    let step = match state.to_ascii_lowercase().as_str() {
        "succeeded" => Some(Step::Done),
        "failed" | "canceled" => Some(Step::Failed),
        _ => None,
    };
    // What is done to a resource that stays as it is is told only where it fails.
    let doing = match (doing, step) {
        (Some(doing), _) => doing,
        (None, Some(Step::Failed)) => Doing::Update,
        (None, _) => return Vec::new(),
    };
    let began = if step.is_some() { at - took } else { at };
    let mut events = vec![event(id, "started", began, doing, Step::Started, None)];
    if let Some(step) = step {
        let why = one.pointer("/properties/statusMessage/error").map(reason).filter(|_| step == Step::Failed);
        events.push(event(id, state, at, doing, step, why));
    }
    events
}

fn event(id: &str, state: &str, at: Timestamp, doing: Doing, step: Step, reason: Option<String>) -> Event {
    Event {
        id: format!("{id} {state}"),
        at,
        resource: label(id),
        stack_itself: false,
        kind: kind(id),
        physical: Some(stack_name_or(id)),
        doing,
        step,
        reason,
        cancelled: false,
        state: state.to_owned(),
    }
}

/// What people know a resource by: the whole identifier is long, and most of it is the same for all.
fn stack_name_or(id: &str) -> String {
    stack_name(id).to_owned()
}
