//! A subnet isn't within the network.
//!
//! Why: a subnet is a part of its network; every cloud refuses one whose addresses the network doesn't have.
//! Mend: choose a range within `network.range`, or widen the network.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "subnet-outside-network";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let Some(network) = &stack.network else { return Vec::new() };
    let mut findings = Vec::new();
    for (part, ranges) in [("public", &network.public), ("private", &network.private)] {
        for (at, range) in ranges.iter().enumerate().filter(|(_, range)| !network.range.contains(**range)) {
            let path = ["network".to_owned(), part.to_owned(), at.to_string()];
            findings.push(
                Finding::error(CODE, path, format!("the subnet {range} isn't within the network"))
                    .why(format!("the network has the addresses {}", network.range))
                    .fix(format!("choose a range within {}, or widen the network", network.range))
                    .related(["network", "range"], "the network's addresses"),
            );
        }
    }
    findings
}
