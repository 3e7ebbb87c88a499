//! A function may connect to a database or cache, and doesn't stand in the network.
//!
//! Why: databases and caches have private addresses only. The function would wait until its time-out and fail.
//! Mend: set `private: true` on the function.

use crate::diagnostics::finding::Finding;
use crate::model::reference::Kind;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "outside-network";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    for workload in stack.workloads().filter(|workload| !workload.private) {
        for reference in workload.access.keys() {
            if matches!(reference.kind, Kind::Database | Kind::Cache) && stack.has(reference) {
                let path = workload.path(["access", &reference.to_string()]);
                findings.push(
                    Finding::error(CODE, path, format!("{} can't reach {reference}", workload.reference))
                        .why("it stands outside the network, and the other has a private address only")
                        .fix(format!("set `private: true` on {}", workload.reference)),
                );
            }
        }
    }
    findings
}
