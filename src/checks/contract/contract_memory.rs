//! A workload has less memory than its role works in.
//!
//! Why: it would be ended in the middle of its work, and begin it anew.
//! Mend: give it at least what the contract names.

use crate::contract::Contracts;
use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

use super::part::played;

pub(super) const CODE: &str = "contract-memory";

pub(super) fn check(stack: &Stack, contracts: &Contracts) -> Vec<Finding> {
    let played = played(stack, contracts);
    let short = played.iter().filter(|(part, role)| part.memory.bytes() >> 20 < role.memory_mib);
    short
        .map(|(part, role)| {
            let least = role.memory_mib;
            let summary = format!("{} has less memory than its role works in", part.workload.reference);
            Finding::error(CODE, part.workload.path(["memory"]), summary)
                .why(format!("the role `{}` needs at least {least} MiB", role.name))
                .fix(format!("write `memory: {least}MiB` or more"))
        })
        .collect()
}
