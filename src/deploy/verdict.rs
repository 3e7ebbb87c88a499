//! What an operation that is over has come to.

use crate::ledger::entry::{Ending, Failure};
use crate::plan::stack::Phase;
use crate::ports::cloud::{Doing, Event, Progress, Step};

/// How a deployment ended, judged by the stack alone.
pub fn of_deployment(progress: &Progress) -> Ending {
    match progress.stack.as_ref().map(|stack| stack.phase) {
        Some(Phase::Steady) => Ending::Succeeded,
        // Nothing of it is left, or what was there before is.
        None | Some(Phase::UpdateUndone | Phase::CreationUndone | Phase::Deleted | Phase::Empty) => Ending::Undone,
        Some(
            Phase::CreationFailed
            | Phase::CreationUndoFailed
            | Phase::UpdateFailed
            | Phase::UpdateUndoFailed
            | Phase::DeletionFailed
            | Phase::Creating
            | Phase::Updating
            | Phase::CleaningUp
            | Phase::UndoingCreation
            | Phase::UndoingUpdate
            | Phase::Deleting,
        ) => Ending::Inconsistent,
    }
}

/// How a deletion ended.
pub fn of_removal(progress: &Progress) -> Ending {
    match progress.stack.as_ref().map(|stack| stack.phase) {
        None | Some(Phase::Deleted) => Ending::Destroyed,
        Some(_) => Ending::Inconsistent,
    }
}

/// How undoing further ended. A resource that was skipped counts as undone for the cloud, but isn't.
pub fn of_undoing(progress: &Progress, skipped: &[String]) -> Ending {
    match progress.stack.as_ref().map(|stack| stack.phase) {
        Some(Phase::UpdateUndone) if skipped.is_empty() => Ending::Undone,
        Some(_) | None => Ending::Inconsistent,
    }
}

/// The resource that failed first: the others failed because of it. What fails while it is being undone comes later and is
/// only named where nothing failed before.
pub fn first_failure(events: &[Event]) -> Option<Failure> {
    let failed = |event: &&Event| event.step == Step::Failed && !event.cancelled && !event.stack_itself;
    let first = events
        .iter()
        .filter(failed)
        .find(|event| matches!(event.doing, Doing::Create | Doing::Update))
        .or_else(|| events.iter().find(failed))
        .or_else(|| events.iter().find(|event| event.step == Step::Failed))
        // A stack that never came to a resource says why on itself.
        .or_else(|| {
            events.iter().find(|event| event.stack_itself && event.doing == Doing::Undo && event.reason.is_some())
        })?;
    Some(Failure {
        resource: first.resource.clone(),
        kind: first.kind.clone(),
        reason: first.reason.clone().unwrap_or_else(|| "the cloud gave no reason".to_owned()),
    })
}

/// How long an operation took, seconds, from its first to its last event, on the cloud's clock.
pub fn seconds(events: &[Event]) -> u64 {
    let times = || events.iter().map(|event| event.at);
    match (times().min(), times().max()) {
        (Some(first), Some(last)) => u64::try_from(last.duration_since(first).as_secs()).unwrap_or(0),
        (None, _) | (_, None) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn event(second: i64, resource: &str, doing: Doing, step: Step, reason: &str, cancelled: bool) -> Event {
        Event {
            id: format!("{second} {resource}"),
            at: Timestamp::from_second(second).unwrap(),
            resource: resource.into(),
            stack_itself: resource == "stack",
            kind: "T".into(),
            physical: None,
            doing,
            step,
            reason: (!reason.is_empty()).then(|| reason.into()),
            cancelled,
            state: String::new(),
        }
    }

    #[test]
    fn the_first_failure_is_the_cause_and_neither_a_cancelled_one_nor_what_failed_while_undoing() {
        let events = [
            event(0, "stack", Doing::Create, Step::Started, "", false),
            event(1, "Cancelled", Doing::Create, Step::Failed, "Resource creation cancelled", true),
            event(2, "Database", Doing::Create, Step::Failed, "quota", false),
            event(3, "stack", Doing::Undo, Step::Started, "The following resource(s) failed", false),
            event(4, "Network", Doing::Delete, Step::Failed, "in use", false),
        ];
        let first = first_failure(&events);
        assert_eq!(first.map(|failure| (failure.resource, failure.reason)), Some(("Database".into(), "quota".into())));
        assert_eq!(seconds(&events), 4);
    }

    #[test]
    fn without_a_failed_resource_the_stacks_own_reason_is_given() {
        let events = [event(0, "stack", Doing::Undo, Step::Started, "Transform failed", false)];
        assert_eq!(first_failure(&events).map(|failure| failure.reason), Some("Transform failed".to_owned()));
    }
}
