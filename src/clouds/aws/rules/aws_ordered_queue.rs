//! An ordered queue stands where AWS takes only one without order.
//!
//! Why: SQS FIFO queues get no messages from SNS standard topics, hold no function's given-up events, give at most ten messages
//! a batch, and don't wait for a batch to fill.
//! Mend: use a queue without `ordered: true` there, or smaller batches without `wait`.
//! Source: Lambda developer guide, "Using Lambda with Amazon SQS" and "Capturing records of Lambda asynchronous invocations";
//! SNS developer guide, "Fanout to Amazon SQS queues".

use crate::diagnostics::finding::Finding;
use crate::model::mention::Role;
use crate::model::reference::Kind;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "aws-ordered-queue";

/// The most messages of a batch from an ordered queue.
const BATCH: u32 = 10;

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let ordered = |reference: &crate::model::reference::Reference| {
        reference.kind == Kind::Queue && stack.queues.get(&reference.name).is_some_and(|queue| queue.ordered)
    };
    let mut findings = Vec::new();
    for mention in stack.mentions().into_iter().filter(|mention| ordered(&mention.reference)) {
        let queue = &mention.reference;
        let (summary, why) = match mention.role {
            Role::Subscriber => (
                format!("{queue} can't hear a topic"),
                "SNS delivers into FIFO queues from FIFO topics only, and topics of a stack are standard ones",
            ),
            Role::DeadLetter => {
                (format!("{queue} can't hold given-up events"), "Lambda puts them into standard queues only")
            }
            Role::Access
            | Role::Artifact
            | Role::Attribute
            | Role::Consumed
            | Role::Health
            | Role::Measured
            | Role::ByHand
            | Role::LeadsTo
            | Role::Migrates
            | Role::Notified
            | Role::Probed
            | Role::Queried
            | Role::Overridden
            | Role::Registry
            | Role::Answers
            | Role::Run
            | Role::Secret
            | Role::Served
            | Role::Watched => continue,
        };
        let declared = ["queues", queue.name.as_str(), "ordered"];
        findings.push(
            Finding::error(CODE, &mention.path, summary)
                .why(why)
                .fix("name a queue without `ordered: true`")
                .related(declared, "ordered here"),
        );
    }
    for (name, function) in &stack.functions {
        let Some(consumption) = function.consumes.as_ref().filter(|consumption| ordered(&consumption.queue)) else {
            continue;
        };
        let at = |key: &'static str| ["functions", name.as_str(), "consumes", key];
        let declared = ["queues", consumption.queue.name.as_str(), "ordered"];
        if consumption.batch > BATCH {
            findings.push(
                Finding::error(
                    CODE,
                    at("batch"),
                    format!("{} gives at most {BATCH} messages at once", consumption.queue),
                )
                .why("it is ordered, and SQS gives FIFO messages in batches of ten at most")
                .fix(format!("write `batch: {BATCH}` or less"))
                .related(declared, "ordered here"),
            );
        }
        if consumption.wait.is_some() {
            findings.push(
                Finding::error(CODE, at("wait"), format!("nobody can wait for a batch of {}", consumption.queue))
                    .why("it is ordered, and Lambda takes FIFO messages as they come")
                    .fix("remove `wait`")
                    .related(declared, "ordered here"),
            );
        }
    }
    findings
}
