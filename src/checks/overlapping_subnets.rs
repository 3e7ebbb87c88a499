//! Two subnets share addresses.
//!
//! Why: an address belongs to one subnet only; every cloud refuses to create the second.
//! Mend: give each subnet a range of its own within the network's.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "overlapping-subnets";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let Some(network) = &stack.network else { return Vec::new() };
    let part = |part: &'static str, ranges: &'_ [_]| -> Vec<_> {
        ranges.iter().copied().enumerate().map(|(at, range)| (part, at, range)).collect()
    };
    let subnets = [part("public", &network.public), part("private", &network.private)].concat();
    let mut findings = Vec::new();
    for (later, (part, at, range)) in subnets.iter().enumerate() {
        for (other_part, other_at, other) in &subnets[..later] {
            if range.overlaps(*other) {
                let path = ["network".to_owned(), (*part).to_owned(), at.to_string()];
                let other_path = ["network".to_owned(), (*other_part).to_owned(), other_at.to_string()];
                let shared = if range.contains(*other) { other } else { range };
                findings.push(
                    Finding::error(CODE, path, format!("the subnet {range} overlaps the subnet {other}"))
                        .why(format!("both hold {shared}, and an address belongs to one subnet only"))
                        .fix("give each subnet a range of its own within the network's")
                        .related(other_path, "the other one"),
                );
            }
        }
    }
    findings
}
