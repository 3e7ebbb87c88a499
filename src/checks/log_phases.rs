//! Phases of logs that don't follow each other.
//!
//! Why: logs are hot, then warm, then cold, then deleted. A phase that begins when the one behind it has begun, or when they are deleted,
//! would never be.
//! Mend: give each phase a later age than the one before it, and `keep` the latest.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "log-phases";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let logs = &stack.logs;
    let phases = [("warm-after", logs.warm_after), ("cold-after", logs.cold_after), ("keep", Some(logs.keep))];
    let phases: Vec<_> = phases.into_iter().filter_map(|(key, age)| Some((key, age?))).collect();
    phases
        .windows(2)
        .filter_map(|pair| match pair {
            [(key, age), (next, later)] if age.as_seconds() >= later.as_seconds() => Some(
                Finding::error(CODE, ["logs", key], format!("`{key}: {age}` isn't before `{next}: {later}`"))
                    .why("logs are hot, then warm, then cold, then deleted, each phase at a later age than the one before")
                    .fix(format!("write less than `{later}`, or leave `{key}` out (a null takes away what the base has)"))
                    .related(["logs", next], "what has to come later"),
            ),
            _ => None,
        })
        .collect()
}
