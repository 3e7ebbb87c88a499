//! Starting an operation on a stack, and how far it is.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudformation::types::{ResourceStatus, StackEvent};

use super::Aws;
use super::call::{Call, Effect};
use super::stack::{absent, time};
use crate::plan::stack::{Phase, StackFacts};
use crate::ports::cloud::{CloudError, Doing, Event, Operation, OperationRef, Progress, Step};

/// How many pages of events to look through for an operation that is no longer the latest.
const PAGES: usize = 20;

impl Aws {
    pub(super) async fn start_operation(
        &self,
        stack: &str,
        operation: &Operation,
        token: &str,
    ) -> Result<(), CloudError> {
        let arn = self.stack_arn(stack);
        let happened = || async { Ok(!self.events(stack, Some(token)).await?.is_empty()) };
        match operation {
            Operation::Execute { preview } => {
                let call = Call { permission: "cloudformation:ExecuteChangeSet", resource: &arn };
                let send = || {
                    let request = self.cloudformation.execute_change_set().change_set_name(preview);
                    let request = if preview.starts_with("arn:") { request } else { request.stack_name(stack) };
                    request.client_request_token(token).send()
                };
                let write = || async {
                    let sent = self.caller.make(call, Effect::Write, send).await;
                    sent.map(|_| ()).map_err(|error| obsolete(error, preview))
                };
                self.caller.retry.settle(write, happened).await
            }
            Operation::Delete { retain } => {
                let call = Call { permission: "cloudformation:DeleteStack", resource: &arn };
                let retain = (!retain.is_empty()).then(|| retain.clone());
                let send = || {
                    let request = self.cloudformation.delete_stack().stack_name(stack);
                    request.set_retain_resources(retain.clone()).client_request_token(token).send()
                };
                let write = || async { absent(self.caller.make(call, Effect::Write, send).await).map(|_| ()) };
                let gone = || async { Ok(self.describe_stack(stack).await?.is_none() || happened().await?) };
                self.caller.retry.settle(write, gone).await
            }
            Operation::ContinueUndo { skip } => {
                let call = Call { permission: "cloudformation:ContinueUpdateRollback", resource: &arn };
                let skip = (!skip.is_empty()).then(|| skip.clone());
                let send = || {
                    let request = self.cloudformation.continue_update_rollback().stack_name(stack);
                    request.set_resources_to_skip(skip.clone()).client_request_token(token).send()
                };
                let write = || async { self.caller.make(call, Effect::Write, send).await.map(|_| ()) };
                self.caller.retry.settle(write, happened).await
            }
        }
    }

    pub(super) async fn operation_progress(&self, operation: &OperationRef) -> Result<Progress, CloudError> {
        let mut events = self.events(&operation.stack_id, Some(&operation.token)).await?;
        let described = self.describe_stack(&operation.stack_id).await?;
        let last = events.last().filter(|event| event.stack_itself && event.step != Step::Started);
        let untouched = described.as_ref().map(StackFacts::mark) == operation.before;
        let started = !events.is_empty() || !untouched;
        let finished = started
            && match &described {
                Some(facts) if facts.phase.is_busy() || facts.phase == Phase::Empty => false,
                // An old answer, from before the operation: unless its own last event says that it ended where it began.
                Some(facts) if untouched => last.is_some_and(|event| event.state == facts.state),
                Some(_) | None => true,
            };
        // It ended after the events were read: without the last ones nobody would know what failed.
        let told = last.is_some_and(|event| described.as_ref().is_none_or(|facts| event.state == facts.state));
        if finished && !told {
            events = self.events(&operation.stack_id, Some(&operation.token)).await?;
        }
        events.sort_by_key(|event| event.at);
        Ok(Progress { stack: described, started, finished, events })
    }

    pub(super) async fn last_token(&self, stack: &str) -> Result<Option<String>, CloudError> {
        let answer = self.event_page(stack, None).await?;
        let events = answer.map(|(events, _)| events).unwrap_or_default();
        Ok(events.first().map(|event| {
            let token = event.client_request_token().unwrap_or("no token");
            let at = event.timestamp().and_then(time).map(|at| at.to_string()).unwrap_or_default();
            format!("{token}, last seen at {at}")
        }))
    }

    async fn event_page(
        &self,
        stack: &str,
        page: Option<String>,
    ) -> Result<Option<(Vec<StackEvent>, Option<String>)>, CloudError> {
        let arn = self.stack_arn(stack);
        let call = Call { permission: "cloudformation:DescribeStackEvents", resource: &arn };
        let send = || self.cloudformation.describe_stack_events().stack_name(stack).set_next_token(page.clone()).send();
        let answer = absent(self.caller.make(call, Effect::Read, send).await)?;
        Ok(answer.map(|answer| {
            let next = answer.next_token().map(str::to_owned);
            (answer.stack_events.unwrap_or_default(), next)
        }))
    }

    /// The events of an operation, oldest first, each once. CloudFormation gives the newest first, in pages, and repeats
    /// itself where events arrive between two pages.
    async fn events(&self, stack: &str, token: Option<&str>) -> Result<Vec<Event>, CloudError> {
        let mut found: BTreeMap<String, Event> = BTreeMap::new();
        let mut order = Vec::new();
        let mut page: Option<String> = None;
        for _ in 0..PAGES {
            let Some((events, next)) = self.event_page(stack, page).await? else {
                break;
            };
            let ours: Vec<&StackEvent> = events.iter().filter(|event| event.client_request_token() == token).collect();
            let past = ours.is_empty() && !order.is_empty();
            for event in ours {
                if let Some(event) = neutral(event)
                    && !found.contains_key(&event.id)
                {
                    order.push(event.id.clone());
                    found.insert(event.id.clone(), event);
                }
            }
            page = next;
            if page.is_none() || past {
                break;
            }
        }
        let seen: BTreeSet<&String> = order.iter().collect();
        debug_assert_eq!(seen.len(), order.len());
        Ok(order.iter().rev().filter_map(|id| found.remove(id)).collect())
    }
}

/// A change set that another update overtook is refused with its status, or is gone.
fn obsolete(error: CloudError, preview: &str) -> CloudError {
    match error {
        CloudError::Refused { code, .. }
            if matches!(
                code.as_str(),
                "InvalidChangeSetStatus"
                    | "InvalidChangeSetStatusException"
                    | "ChangeSetNotFound"
                    | "ChangeSetNotFoundException"
            ) =>
        {
            CloudError::Obsolete { preview: preview.to_owned() }
        }
        error => error,
    }
}

fn neutral(event: &StackEvent) -> Option<Event> {
    let status = event.resource_status()?;
    let (doing, step) = meaning(status)?;
    let reason = event.resource_status_reason().map(str::to_owned);
    let stack_itself = event.physical_resource_id() == event.stack_id();
    Some(Event {
        id: event.event_id()?.to_owned(),
        at: event.timestamp().and_then(time)?,
        resource: event.logical_resource_id()?.to_owned(),
        stack_itself,
        kind: event.resource_type().unwrap_or_default().to_owned(),
        physical: event.physical_resource_id().filter(|id| !id.is_empty()).map(str::to_owned),
        doing,
        step,
        cancelled: reason.as_deref().is_some_and(is_cancelled),
        reason,
        state: status.as_str().to_owned(),
    })
}

/// CloudFormation fails the resources that were under way when another failed, with these words.
fn is_cancelled(reason: &str) -> bool {
    reason.contains("Resource creation cancelled")
        || reason.contains("Resource update cancelled")
        || reason.contains("Resource deletion cancelled")
}

fn meaning(status: &ResourceStatus) -> Option<(Doing, Step)> {
    let name = status.as_str();
    let step = if name.ends_with("_IN_PROGRESS") {
        Step::Started
    } else if name.ends_with("_COMPLETE") {
        Step::Done
    } else if name.ends_with("_FAILED") {
        Step::Failed
    } else if name.ends_with("_SKIPPED") {
        Step::Skipped
    } else {
        return None;
    };
    let doing = if name.contains("ROLLBACK") {
        Doing::Undo
    } else if name.starts_with("CREATE") || name.starts_with("IMPORT") {
        Doing::Create
    } else if name.starts_with("DELETE") {
        Doing::Delete
    } else {
        Doing::Update
    };
    // The clean-up after an update is not the end of it.
    match name {
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS" => Some((Doing::Update, Step::Started)),
        _ => Some((doing, step)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_say_what_is_done_and_how_far() {
        let of = |name: &str| meaning(&ResourceStatus::from(name));
        assert_eq!(of("CREATE_IN_PROGRESS"), Some((Doing::Create, Step::Started)));
        assert_eq!(of("UPDATE_FAILED"), Some((Doing::Update, Step::Failed)));
        assert_eq!(of("UPDATE_ROLLBACK_COMPLETE"), Some((Doing::Undo, Step::Done)));
        assert_eq!(of("ROLLBACK_IN_PROGRESS"), Some((Doing::Undo, Step::Started)));
        assert_eq!(of("DELETE_SKIPPED"), Some((Doing::Delete, Step::Skipped)));
        assert_eq!(of("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"), Some((Doing::Update, Step::Started)));
    }

    #[test]
    fn a_change_set_that_was_overtaken_is_obsolete_whatever_code_says_so() {
        let refused = CloudError::Refused {
            call: "ExecuteChangeSet".into(),
            code: "InvalidChangeSetStatus".into(),
            message: "is in OBSOLETE".into(),
        };
        assert_eq!(obsolete(refused, "p"), CloudError::Obsolete { preview: "p".into() });
    }
}
