//! A load balancer asks a service for its health where the role doesn't tell it.
//!
//! Why: every copy would be taken for unwell, or for well whatever happens.
//! Mend: write the contract's path as `load-balancer.health.path`.

use crate::contract::Contracts;
use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

use super::part::played;

pub(super) const CODE: &str = "contract-health-path";

pub(super) fn check(stack: &Stack, contracts: &Contracts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (part, role) in played(stack, contracts) {
        let balancer = part.service.and_then(|service| service.load_balancer.as_ref());
        let (Some(balancer), Some(told)) = (balancer, &role.health_path) else { continue };
        let asked = &balancer.health.path;
        if asked != told {
            let path = part.workload.path(["load-balancer", "health", "path"]);
            findings.push(
                Finding::error(CODE, path, format!("{} is asked for its health at {asked}", part.workload.reference))
                    .why(format!("the role `{}` tells it at {told}", role.name))
                    .fix(format!("write `path: {told}`")),
            );
        }
    }
    findings
}
