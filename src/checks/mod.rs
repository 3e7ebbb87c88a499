//! What makes sense only when components are seen together. A rule a file; its documentation is the rule's.
//!
//! A rule has a `CODE` in kebab-case that is its file's name, and a `check` from a stack, or from a text in it, to findings. It says what is wrong,
//! why, and how to mend it. What one cloud only refuses, that cloud's own limits say (`clouds/<cloud>/limits`).

use self::texts::{Way, Written};
use crate::diagnostics::finding::Finding;
use crate::diagnostics::rule::{Rule as Any, rule};
use crate::model::stack::Stack;

pub mod alarm_bounds;
pub mod artifact_source;
pub mod attribute_not_given;
pub mod backup_keep;
pub mod budget_shares;
pub mod connections_beyond_database;
pub mod contract;
pub mod control_character;
pub mod copies_for_recovery;
pub mod deployment_room;
pub mod domain_missing;
pub mod egress;
pub mod engine_not_there;
pub mod gate_bounds;
pub mod gate_of_nothing;
pub mod given_up_events_lost;
pub mod grant_not_offered;
pub mod health_check;
pub mod hidden_too_briefly;
pub mod lifecycle;
pub mod load_balancer_without_port;
pub mod log_phases;
pub mod math_expression;
pub mod measurement_not_taken;
pub mod message_kept_too_briefly;
pub mod metric_nobody_emits;
pub mod metric_or_math;
pub mod metrics_without_port;
pub mod monitoring_outside_network;
pub mod must_of_nothing;
pub mod names_alike;
pub mod network_missing;
pub mod nobody_listens;
pub mod nobody_told;
pub mod outside_network;
pub mod overlapping_subnets;
pub mod path_outside_project;
pub mod path_taken;
pub mod plain_text_secret;
pub mod probe_of_nothing;
pub mod promised_twice;
pub mod reference_of_wrong_kind;
pub mod reference_to_nothing;
pub mod replica_elsewhere;
pub mod reserved_tag;
pub mod rollout_of_nothing;
pub mod rollout_unwatched;
pub mod scale_bounds;
pub mod schedule_overtakes;
pub mod schedule_when;
pub mod single_copy;
pub mod site_cache;
pub mod site_host;
pub mod storage_growth;
pub mod subnet_outside_network;
pub mod texts;
pub mod threshold_unit;
pub mod time_zone;
pub mod too_few_subnets;
pub mod unused_component;
pub mod variable_without_access;
mod watched;
pub mod windows_overlap;

/// A rule of a stack, whichever cloud it stands on.
pub type Rule = Any<fn(&Stack) -> Vec<Finding>>;

/// A rule of each text that people write, keys among them; all of these rules are asked in one walk.
pub type TextRule = Any<fn(&Way<'_>, Written<'_>) -> Option<Finding>>;

/// Every rule of texts, in the order of their codes.
pub const TEXT_RULES: &[TextRule] = &[rule!(control_character), rule!(plain_text_secret)];

/// Every other rule, in the order of their codes.
pub const RULES: &[Rule] = &[
    rule!(alarm_bounds),
    rule!(artifact_source),
    rule!(attribute_not_given),
    rule!(backup_keep),
    rule!(budget_shares),
    rule!(connections_beyond_database),
    rule!(copies_for_recovery),
    rule!(deployment_room),
    rule!(domain_missing),
    rule!(egress),
    rule!(engine_not_there),
    rule!(gate_bounds),
    rule!(gate_of_nothing),
    rule!(given_up_events_lost),
    rule!(grant_not_offered),
    rule!(health_check),
    rule!(hidden_too_briefly),
    rule!(lifecycle),
    rule!(load_balancer_without_port),
    rule!(log_phases),
    rule!(math_expression),
    rule!(measurement_not_taken),
    rule!(message_kept_too_briefly),
    rule!(metric_nobody_emits),
    rule!(metric_or_math),
    rule!(metrics_without_port),
    rule!(monitoring_outside_network),
    rule!(must_of_nothing),
    rule!(names_alike),
    rule!(network_missing),
    rule!(nobody_listens),
    rule!(nobody_told),
    rule!(outside_network),
    rule!(overlapping_subnets),
    rule!(path_outside_project),
    rule!(path_taken),
    rule!(probe_of_nothing),
    rule!(promised_twice),
    rule!(reference_of_wrong_kind),
    rule!(reference_to_nothing),
    rule!(replica_elsewhere),
    rule!(reserved_tag),
    rule!(rollout_of_nothing),
    rule!(rollout_unwatched),
    rule!(scale_bounds),
    rule!(schedule_overtakes),
    rule!(schedule_when),
    rule!(single_copy),
    rule!(site_cache),
    rule!(site_host),
    rule!(storage_growth),
    rule!(subnet_outside_network),
    rule!(threshold_unit),
    rule!(time_zone),
    rule!(too_few_subnets),
    rule!(unused_component),
    rule!(variable_without_access),
    rule!(windows_overlap),
];

/// Every breach of every rule, in the order of places.
pub fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|rule| (rule.check)(stack)).collect();
    texts::each(stack, |way, written| findings.extend(TEXT_RULES.iter().filter_map(|rule| (rule.check)(way, written))));
    findings.sort_by(|a, b| (&a.path, a.code, &a.summary).cmp(&(&b.path, b.code, &b.summary)));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::rule::Described;

    #[test]
    fn every_rule_has_a_code_of_its_own_in_order_and_says_why_and_how() {
        let described = |rules: Vec<Described>| {
            let codes: Vec<&str> = rules.iter().map(|rule| rule.code).collect();
            assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
            for Described { code, title, text } in rules {
                assert!(text.contains("\nWhy: ") && text.contains("\nMend: "), "{code}:\n{text}");
                assert!(title.ends_with('.'), "{code}");
            }
        };
        described(RULES.iter().map(Described::of).collect());
        described(TEXT_RULES.iter().map(Described::of).collect());
    }
}
