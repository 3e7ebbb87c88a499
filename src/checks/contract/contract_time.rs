//! A function's runs are ended before its role can be done.
//!
//! Why: the work would be broken off and tried again, for ever.
//! Mend: give at least the time that the contract names as `timeout`.

use crate::contract::Contracts;
use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;
use crate::model::units::Time;

use super::part::played;

pub(super) const CODE: &str = "contract-time";

pub(super) fn check(stack: &Stack, contracts: &Contracts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (part, role) in played(stack, contracts) {
        let (Some(timeout), Some(least)) = (part.timeout, role.seconds.map(Time::seconds)) else { continue };
        if timeout < least {
            let summary = format!("runs of {} are ended after {timeout}", part.workload.reference);
            findings.push(
                Finding::error(CODE, part.workload.path(["timeout"]), summary)
                    .why(format!("the role `{}` needs at least {least}", role.name))
                    .fix(format!("write `timeout: {least}` or more")),
            );
        }
    }
    findings
}
