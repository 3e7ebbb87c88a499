//! What Google Cloud refuses and no other rule says. A rule a file; its documentation is the rule's.

use crate::diagnostics::finding::Finding;
use crate::diagnostics::rule::{Rule as Any, rule};
use crate::model::stack::Stack;

pub mod gcp_labels;
pub mod gcp_project;
pub mod gcp_region;

/// A rule of a stack on Google Cloud.
pub type Rule = Any<fn(&Stack) -> Vec<Finding>>;

/// Every rule, in the order of their codes.
pub const RULES: &[Rule] = &[rule!(gcp_labels), rule!(gcp_project), rule!(gcp_region)];

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
