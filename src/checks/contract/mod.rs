//! What a stack owes its workloads, as their builds say it in `contract.json`. A rule a file; its documentation is the rule's.
//!
//! A workload whose artifact has no contract is let be: these rules know nothing of it.

use crate::contract::Contracts;
use crate::diagnostics::finding::Finding;
use crate::diagnostics::rule::{Rule as Any, rule};
use crate::model::stack::Stack;

pub mod contract_access;
pub mod contract_health_path;
pub mod contract_memory;
pub mod contract_metric;
pub mod contract_port;
pub mod contract_queue;
pub mod contract_role;
pub mod contract_secret;
pub mod contract_time;
pub mod contract_variable;
pub mod contract_word;
mod part;

/// A rule of a stack and the contracts of its artifacts.
pub type Rule = Any<fn(&Stack, &Contracts) -> Vec<Finding>>;

/// Every rule, in the order of their codes.
pub const RULES: &[Rule] = &[
    rule!(contract_access),
    rule!(contract_health_path),
    rule!(contract_memory),
    rule!(contract_metric),
    rule!(contract_port),
    rule!(contract_queue),
    rule!(contract_role),
    rule!(contract_secret),
    rule!(contract_time),
    rule!(contract_variable),
    rule!(contract_word),
];

/// Every breach of every rule, in the order of places.
pub fn check(stack: &Stack, contracts: &Contracts) -> Vec<Finding> {
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|rule| (rule.check)(stack, contracts)).collect();
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
        }
    }
}
