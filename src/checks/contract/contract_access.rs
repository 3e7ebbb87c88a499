//! A workload may do what its role never does.
//!
//! Why: whoever takes the workload over has what it was granted. What isn't used is there for nobody else.
//! Mend: take the grant out of `access`. Where the role does use it, its build says so in the contract.

use crate::contract::Contracts;
use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

use super::part::played;

pub(super) const CODE: &str = "contract-access";

pub(super) fn check(stack: &Stack, contracts: &Contracts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (part, role) in played(stack, contracts) {
        for (reference, grants) in part.workload.access {
            let used = role.permissions.get(reference.kind.word()).map_or(&[][..], Vec::as_slice);
            for (at, grant) in grants.iter().enumerate().filter(|(_, grant)| !used.contains(grant)) {
                let path = part.workload.path(["access", &reference.to_string(), &at.to_string()]);
                let summary = format!("{} may `{}` {reference}", part.workload.reference, grant.word());
                findings.push(
                    Finding::error(CODE, path, summary)
                        .why(format!(
                            "the contract of artifact.{} doesn't list that for the role `{}`",
                            part.artifact, role.name
                        ))
                        .fix(if grants.len() == 1 {
                            format!("remove `{reference}` from `access`")
                        } else {
                            format!("remove `{}` there", grant.word())
                        }),
                );
            }
        }
    }
    findings
}
