//! A message comes back to the queue while the function that took it may still be working on it.
//!
//! Why: the message is then given to a second run, and handled twice. Less than the time-out is certain to do so and is
//! refused by the clouds; less than six times the time-out leaves no room for retries of a batch.
//! Mend: leave `hidden-for` out, which makes it six times the consumer's time-out, or raise it.
//! Source of the figure: AWS Lambda developer guide, "Configuring a queue to use with Lambda": at least six times.

use crate::diagnostics::finding::Finding;
use crate::model::reference::Kind;
use crate::model::stack::Stack;
use crate::model::units::Time;

pub(super) const CODE: &str = "hidden-too-briefly";

/// How many time-outs a message should stay hidden.
const TIMEOUTS: u64 = 6;

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, function) in &stack.functions {
        let Some(queue) = function.consumes.as_ref().map(|consumption| &consumption.queue) else { continue };
        let Some(hidden) = stack.queues.get(&queue.name).and_then(|queue| queue.hidden_for) else { continue };
        let wanted = Time::seconds(function.timeout.as_seconds() * TIMEOUTS);
        if queue.kind != Kind::Queue || hidden >= wanted {
            continue;
        }
        let path = ["queues", queue.name.as_str(), "hidden-for"];
        let finding = if hidden < function.timeout {
            Finding::error(CODE, path, format!("messages of {queue} come back while function.{name} works on them"))
                .why(format!("they are hidden for {hidden}, and a run may take {}", function.timeout))
        } else {
            Finding::warning(
                CODE,
                path,
                format!("messages of {queue} are hidden for less than {TIMEOUTS} runs of function.{name}"),
            )
            .why(format!("they are hidden for {hidden}; a batch that is tried again may take longer than that"))
        };
        findings.push(
            finding
                .fix(format!("remove `hidden-for`, which makes it {wanted}, or write at least {wanted}"))
                .related(["functions", name.as_str(), "timeout"], "the longest run"),
        );
    }
    findings
}
