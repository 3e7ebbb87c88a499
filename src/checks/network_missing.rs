//! Something stands in the private network, and there is no network.
//!
//! Why: databases, caches, services and private functions have no address on the internet; without a network they have none
//! at all.
//! Mend: add `network:` with a range and private subnets.

use crate::diagnostics::finding::Finding;
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;

pub(super) const CODE: &str = "network-missing";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    if stack.network.is_some() {
        return Vec::new();
    }
    let databases = stack.databases.keys().map(|name| Reference::new(Kind::Database, name));
    let caches = stack.caches.keys().map(|name| Reference::new(Kind::Cache, name));
    let workloads = stack.workloads().filter(|workload| workload.private).map(|workload| workload.reference);
    databases
        .chain(caches)
        .chain(workloads)
        .map(|reference| {
            Finding::error(CODE, reference.path(), format!("{reference} stands in a private network, and there is none"))
                .why("it has no address on the internet, so without a network nobody could reach it")
                .fix("add `network:` with `range` and `private`, such as range 10.0.0.0/16 and private [10.0.10.0/24, 10.0.11.0/24]")
        })
        .collect()
}
