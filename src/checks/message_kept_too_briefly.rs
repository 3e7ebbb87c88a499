//! A queue keeps messages for less time than it needs them.
//!
//! Why: a message that stays hidden longer than it is kept is gone before it comes back. A given-up message keeps the age it
//! had, so where dead letters are kept for less time than messages, one that was given up late is deleted before anybody
//! could look at it.
//! Mend: keep messages longer than they are hidden, and dead letters at least as long as messages.
//! Source: Amazon SQS developer guide, "Configuring a dead-letter queue", on retention.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "message-kept-too-briefly";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, queue) in &stack.queues {
        let at = |rest: &[&str]| {
            ["queues", name.as_str()].iter().chain(rest).map(|part| (*part).to_owned()).collect::<Vec<_>>()
        };
        if let Some(hidden) = queue.hidden_for.filter(|hidden| *hidden >= queue.keep) {
            findings.push(
                Finding::error(
                    CODE,
                    at(&["hidden-for"]),
                    format!("messages of queue.{name} are gone before they come back"),
                )
                .why(format!("they are hidden for {hidden} and kept for {}", queue.keep))
                .fix(format!("keep them longer than {hidden}"))
                .related(at(&["keep"]), "how long they are kept"),
            );
        }
        if let Some(letters) = queue.dead_letters.filter(|letters| letters.keep < queue.keep) {
            findings.push(
                Finding::error(
                    CODE,
                    at(&["dead-letters", "keep"]),
                    format!("dead letters of queue.{name} may be gone before anybody sees them"),
                )
                .why(format!(
                    "they are kept for {} counted from when they were sent, and messages for {}",
                    letters.keep, queue.keep
                ))
                .fix(format!("keep them for {} at least", queue.keep))
                .related(at(&["keep"]), "how long messages are kept"),
            );
        }
    }
    findings
}
