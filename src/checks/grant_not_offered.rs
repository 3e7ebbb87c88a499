//! A grant that the component's kind doesn't know, or none at all.
//!
//! Why: one reads a bucket, connects to a database, sends to a queue. A grant that means nothing there would be dropped in
//! silence, and the workload would be refused at run time.
//! Mend: use the grants of the kind: database and cache `connect`; bucket `read`, `write`, `delete`; secret `read`; queue
//! `send`, `receive`; topic `publish`; function `invoke`.

use crate::diagnostics::finding::Finding;
use crate::diagnostics::listing::alternatives;
use crate::model::access::Grant;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "grant-not-offered";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    for workload in stack.workloads() {
        for (reference, grants) in workload.access {
            let possible = Grant::on(reference.kind);
            if possible.is_empty() {
                continue;
            }
            let words = alternatives(possible.iter().map(|grant| format!("`{}`", grant.word())));
            let path = workload.path(["access", &reference.to_string()]);
            for (at, grant) in grants.iter().enumerate().filter(|(_, grant)| !possible.contains(grant)) {
                let at = path.iter().cloned().chain([at.to_string()]);
                findings.push(
                    Finding::error(CODE, at, format!("nobody can `{}` {reference}", grant.word()))
                        .why(format!("what can be granted on a {} is {words}", reference.kind.word()))
                        .fix(format!("use {words}")),
                );
            }
            if grants.is_empty() {
                findings.push(
                    Finding::error(CODE, path, format!("{} is granted nothing on {reference}", workload.reference))
                        .why("an entry without a grant gives no access")
                        .fix(format!("grant {words}, or remove the entry")),
                );
            }
        }
    }
    findings
}
