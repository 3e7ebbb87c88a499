//! A component that nothing uses.
//!
//! Why: a secret that nobody reads is paid for, has to be kept safe, and usually shows that a variable was forgotten. The same
//! goes for an artifact that nothing runs and a registry that no service's images come from.
//! Mend: use it, or remove it.

use crate::diagnostics::finding::Finding;
use crate::model::reference::Kind;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "unused-component";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mentions = stack.mentions();
    stack
        .components()
        .into_iter()
        .filter_map(|reference| {
            let missing = match reference.kind {
                Kind::Secret | Kind::Setting => "no function or service reads it",
                Kind::Artifact => "no function or service runs it",
                Kind::Registry => "no service's images come from it",
                // They are used from outside, or by being there.
                Kind::Alarm
                | Kind::Api
                | Kind::Bucket
                | Kind::Budget
                | Kind::Cache
                | Kind::CostAnomaly
                | Kind::Dashboard
                | Kind::Database
                | Kind::Function
                | Kind::Queue
                | Kind::Schedule
                | Kind::Service
                | Kind::Site
                | Kind::Topic => return None,
            };
            // A reference to nothing of the same kind is probably meant for it, and said already.
            let used = mentions
                .iter()
                .map(|mention| &mention.reference)
                .any(|named| *named == reference || named.kind == reference.kind && !stack.has(named));
            (!used).then(|| {
                Finding::warning(CODE, reference.path(), format!("nothing uses {reference}"))
                    .why(missing)
                    .fix("use it, or remove it")
            })
        })
        .collect()
}
