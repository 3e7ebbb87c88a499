//! A database's disk may grow to less than it is.
//!
//! Why: there is no room to grow into; the clouds refuse it.
//! Mend: set `grow-to` above `size`, or leave it out.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "storage-growth";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, database) in &stack.databases {
        let storage = database.storage;
        if let Some(grow_to) = storage.grow_to.filter(|grow_to| *grow_to <= storage.size) {
            let at = |key: &'static str| ["databases", name.as_str(), "storage", key];
            findings.push(
                Finding::error(CODE, at("grow-to"), format!("the disk of database.{name} has no room to grow"))
                    .why(format!("it is {} at first and may grow to {grow_to}", storage.size))
                    .fix("set `grow-to` above `size`, or leave it out")
                    .related(at("size"), "its size at first"),
            );
        }
    }
    findings
}
