//! A function that runs on events has nowhere to put those that it gave up.
//!
//! Why: a schedule or a topic doesn't wait for the answer. When the last attempt fails, the event is gone, and with it what
//! somebody would need to find out why or to do it again.
//! Mend: name a queue under `retry.dead-letter`.

use crate::diagnostics::finding::Finding;
use crate::model::mention::Role;
use crate::model::reference::Kind;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "given-up-events-lost";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mentions = stack.mentions();
    let mut findings = Vec::new();
    for name in stack.functions.iter().filter(|(_, one)| one.retry.dead_letter.is_none()).map(|(name, _)| name) {
        let event = mentions.iter().find(|mention| {
            matches!(mention.role, Role::Run | Role::Subscriber)
                && mention.reference.kind == Kind::Function
                && mention.reference.name == *name
        });
        let Some(event) = event else { continue };
        let source = if event.role == Role::Run { "a schedule" } else { "a topic" };
        findings.push(
            Finding::warning(
                CODE,
                ["functions", name.as_str()],
                format!("events that function.{name} gives up are lost"),
            )
            .why(format!("{source} runs it and doesn't wait for the answer, and it has no `retry.dead-letter`"))
            .fix("add `retry: {dead-letter: queue.…}` and a queue for them")
            .related(&event.path, "runs it"),
        );
    }
    findings
}
