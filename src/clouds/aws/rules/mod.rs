//! What AWS refuses and no other rule says. A rule a file; its documentation is the rule's.
//!
//! A limit of one kind of resource stands where the resource is rendered (`function.rs`, `database_rules.rs`, …); here stand
//! those that many share or that join components.

use crate::diagnostics::finding::Finding;
use crate::diagnostics::rule::{Rule as Any, rule};
use crate::model::stack::Stack;

pub mod aws_account;
pub mod aws_batch;
pub mod aws_concurrency;
pub mod aws_description;
pub mod aws_engine_version;
pub mod aws_load_balancer_times;
pub mod aws_metrics;
pub mod aws_ordered_queue;
pub mod aws_region;
pub mod aws_tags;
pub mod aws_zones;

/// A rule of a stack on AWS.
pub type Rule = Any<fn(&Stack) -> Vec<Finding>>;

/// Every rule, in the order of their codes.
pub const RULES: &[Rule] = &[
    rule!(aws_account),
    rule!(aws_batch),
    rule!(aws_concurrency),
    rule!(aws_description),
    rule!(aws_engine_version),
    rule!(aws_load_balancer_times),
    rule!(aws_metrics),
    rule!(aws_ordered_queue),
    rule!(aws_region),
    rule!(aws_tags),
    rule!(aws_zones),
];

/// Every breach of every rule.
pub fn check(stack: &Stack) -> Vec<Finding> {
    RULES.iter().flat_map(|rule| (rule.check)(stack)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_code_of_its_own_in_order_and_names_its_source() {
        let codes: Vec<&str> = RULES.iter().map(|rule| rule.code).collect();
        assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
        for rule in RULES {
            let text = rule.explanation();
            for part in ["\nWhy: ", "\nMend: ", "\nSource: "] {
                assert!(text.contains(part), "{}:\n{text}", rule.code);
            }
        }
    }
}
