//! Conditions of a policy statement: whether one set of conditions lets no more through than another, and whether any of them keeps the
//! public out.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use crate::clouds::aws::policy::covers;

/// Conditions by operator and key, as [`crate::clouds::aws::policy::Statement`] holds them.
pub(super) type Conditions = BTreeMap<String, BTreeSet<String>>;

/// Keys that tie a request to known accounts, organisations, networks or resources when they are tested for equality
/// (IAM user guide, "The meaning of public" in S3 and Access Analyzer's list of keys that make a policy non-public).
const TYING: [&str; 19] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "aws:username",
    "aws:vpcsourceip",
    "elasticfilesystem:accessedviamounttarget",
    "kms:calleraccount",
    "lambda:functionurlauthtype",
    "s3:dataaccesspointaccount",
];

/// Whether everything that passes `new` passes `old` as well.
pub(super) fn no_wider(new: &Conditions, old: &Conditions) -> bool {
    old.iter().all(|(test, values)| new.get(test).is_some_and(|now| test_no_wider(test, now, values)))
}

/// One test against the same test with other values.
fn test_no_wider(test: &str, new: &BTreeSet<String>, old: &BTreeSet<String>) -> bool {
    if new == old {
        return true;
    }
    let operator = test.split(' ').next().unwrap_or_default();
    let operator = operator.rsplit(':').next().unwrap_or_default().trim_end_matches("ifexists");
    match operator {
        "stringequals"
        | "stringequalsignorecase"
        | "arnequals"
        | "numericequals"
        | "dateequals"
        | "bool"
        | "binaryequals" => new.is_subset(old),
        "stringlike" | "arnlike" => new.iter().all(|value| old.iter().any(|pattern| covers(pattern, value))),
        "stringnotequals" | "stringnotequalsignorecase" | "arnnotequals" | "numericnotequals" | "datenotequals" => {
            old.is_subset(new)
        }
        "stringnotlike" | "arnnotlike" => old.iter().all(|value| new.iter().any(|pattern| covers(pattern, value))),
        "ipaddress" => contained(new, old),
        "notipaddress" => contained(old, new),
        // Bounds and the rest: only the same is known to be no wider.
        _ => false,
    }
}

/// Whether every address of `inner` is in `outer`.
fn contained(inner: &BTreeSet<String>, outer: &BTreeSet<String>) -> bool {
    let nets: Vec<IpNet> = outer.iter().filter_map(|text| net(text)).collect();
    let joined = IpNet::aggregate(&nets);
    inner.iter().all(|text| net(text).is_some_and(|inner| joined.iter().any(|outer| outer.contains(&inner))))
}

/// A network, or a single address as one.
pub(super) fn net(text: &str) -> Option<IpNet> {
    text.parse::<IpNet>().ok().or_else(|| text.parse::<std::net::IpAddr>().ok().map(IpNet::from)).map(|net| net.trunc())
}

/// Whether the conditions tie a request to somebody known.
pub(super) fn keep_public_out(conditions: &Conditions) -> bool {
    conditions.iter().any(|(test, values)| {
        let Some((operator, key)) = test.split_once(' ') else { return false };
        let positive =
            !operator.contains("not") && !operator.ends_with("ifexists") && !operator.starts_with("forallvalues:");
        let open = values.iter().any(|value| {
            value.chars().all(|c| matches!(c, '*' | '?')) || net(value).is_some_and(|net| net.prefix_len() == 0)
        });
        let tying = TYING.contains(&key) && !(key == "lambda:functionurlauthtype" && values.contains("NONE"));
        positive && tying && !open
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rows: &[(&str, &[&str])]) -> Conditions {
        rows.iter()
            .map(|(test, values)| ((*test).to_owned(), values.iter().map(|v| (*v).to_owned()).collect()))
            .collect()
    }

    #[test]
    fn a_further_condition_narrows_and_a_lost_one_widens() {
        let none = of(&[]);
        let org = of(&[("stringequals aws:principalorgid", &["o-1"])]);
        assert!(no_wider(&org, &none));
        assert!(!no_wider(&none, &org));
    }

    #[test]
    fn more_alternatives_widen_and_more_exceptions_narrow() {
        let one = of(&[("stringequals aws:sourceaccount", &["1"])]);
        let two = of(&[("stringequals aws:sourceaccount", &["1", "2"])]);
        assert!(no_wider(&one, &two) && !no_wider(&two, &one));
        let one = of(&[("stringnotequals aws:sourceaccount", &["1"])]);
        let two = of(&[("stringnotequals aws:sourceaccount", &["1", "2"])]);
        assert!(no_wider(&two, &one) && !no_wider(&one, &two));
    }

    #[test]
    fn patterns_and_addresses_are_compared_by_what_they_take_in() {
        let like = |value| of(&[("arnlike aws:sourcearn", &[value])]);
        assert!(no_wider(&like("arn:aws:sns:*:1:a"), &like("arn:aws:sns:*:1:*")));
        assert!(!no_wider(&like("arn:aws:sns:*:1:*"), &like("arn:aws:sns:*:1:a")));
        let ip = |values: &[&str]| of(&[("ipaddress aws:sourceip", values)]);
        assert!(no_wider(&ip(&["10.0.0.0/23"]), &ip(&["10.0.0.0/24", "10.0.1.0/24"])));
        assert!(!no_wider(&ip(&["10.0.0.0/22"]), &ip(&["10.0.0.0/24", "10.0.1.0/24"])));
    }

    #[test]
    fn only_a_positive_test_against_something_known_keeps_the_public_out() {
        assert!(keep_public_out(&of(&[("stringequals aws:sourceaccount", &["1"])])));
        assert!(!keep_public_out(&of(&[("stringnotequals aws:sourceaccount", &["1"])])));
        assert!(!keep_public_out(&of(&[("ipaddress aws:sourceip", &["0.0.0.0/0"])])));
        assert!(!keep_public_out(&of(&[("stringlike aws:principalorgid", &["*"])])));
        assert!(!keep_public_out(&of(&[("bool aws:securetransport", &["true"])])));
    }
}
