//! A function takes messages in a way that Lambda doesn't know.
//!
//! Why: Lambda waits for a batch whole seconds up to five minutes, and has to wait at least one for more than ten messages.
//! Mend: write a wait of 1s to 5m, or a smaller batch.
//! Source: Lambda API reference, CreateEventSourceMapping, MaximumBatchingWindowInSeconds.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;
use crate::model::units::Time;

pub(super) const CODE: &str = "aws-batch";

const LONGEST: Time = Time::minutes(5);
/// From more messages than this on, Lambda has to wait for them.
const WITHOUT_WAIT: u32 = 10;

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, function) in &stack.functions {
        let Some(consumption) = &function.consumes else { continue };
        let Some(wait) = consumption.wait else { continue };
        let at = |key: &'static str| ["functions", name.as_str(), "consumes", key];
        if wait > LONGEST {
            findings.push(
                Finding::error(CODE, at("wait"), format!("Lambda can't wait {wait} for a batch"))
                    .why(format!("it waits {LONGEST} at the longest"))
                    .fix(format!("write {LONGEST} or less")),
            );
        }
        if wait.as_seconds() == 0 && consumption.batch > WITHOUT_WAIT {
            findings.push(
                Finding::error(CODE, at("wait"), format!("Lambda has to wait for {} messages", consumption.batch))
                    .why(format!("it takes {WITHOUT_WAIT} without waiting"))
                    .fix("write `wait: 1s` or more, or leave it out")
                    .related(at("batch"), "the batch"),
            );
        }
    }
    findings
}
