//! What makes sense only when components are seen together. A rule a file; its documentation is the rule's.
//!
//! A rule has a `CODE` in kebab-case that is its file's name, and a `check` from a stack to findings. It says what is wrong,
//! why, and how to mend it. What one cloud only refuses, that cloud's own limits say (`clouds/<cloud>/limits`).

use crate::diagnostics::finding::Finding;
use crate::diagnostics::rule::{Rule as Any, rule};
use crate::model::stack::Stack;

pub mod attribute_not_given;
pub mod grant_not_offered;
pub mod metric_nobody_emits;
pub mod metric_or_math;
pub mod network_missing;
pub mod outside_network;
pub mod overlapping_subnets;
pub mod reference_of_wrong_kind;
pub mod reference_to_nothing;
pub mod subnet_outside_network;
pub mod threshold_unit;
pub mod too_few_subnets;
mod watched;
mod wording;

/// A rule of a stack, whichever cloud it stands on.
pub type Rule = Any<fn(&Stack) -> Vec<Finding>>;

/// Every rule, in the order of their codes.
pub const RULES: &[Rule] = &[
    rule!(attribute_not_given),
    rule!(grant_not_offered),
    rule!(metric_nobody_emits),
    rule!(metric_or_math),
    rule!(network_missing),
    rule!(outside_network),
    rule!(overlapping_subnets),
    rule!(reference_of_wrong_kind),
    rule!(reference_to_nothing),
    rule!(subnet_outside_network),
    rule!(threshold_unit),
    rule!(too_few_subnets),
];

/// Every breach of every rule, in the order of places.
pub fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|rule| (rule.check)(stack)).collect();
    findings.sort_by(|a, b| (&a.path, a.code, &a.summary).cmp(&(&b.path, b.code, &b.summary)));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_code_of_its_own_in_order_and_says_why_and_how() {
        let codes: Vec<&str> = RULES.iter().map(|rule| rule.code).collect();
        assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
        for rule in RULES {
            let text = rule.explanation();
            assert!(text.contains("\nWhy: ") && text.contains("\nMend: "), "{}:\n{text}", rule.code);
            assert!(rule.title().ends_with('.'), "{}", rule.code);
        }
    }
}
