//! What IAM knows of an action: whether it only reads, which resources it is checked against, what a condition can ask.
//!
//! The table `actions.tsv` is made by `tools/actions.py` from a pinned copy of AWS's service authorization reference.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The table; its columns are described in `tools/actions.py`.
static TABLE: &str = include_str!("actions.tsv");

static KNOWN: LazyLock<Known> = LazyLock::new(Known::read);

/// An action of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Action {
    /// The types of resources that it is checked against; true where one of them is always given.
    pub(super) types: Vec<(&'static str, bool)>,
    /// The keys of the request that a condition can ask for, among those that matter here.
    keys: Vec<&'static str>,
}

impl Action {
    /// Whether the request says with which tags something is made.
    pub(super) fn makes(&self) -> bool {
        self.keys.contains(&"aws:RequestTag/${TagKey}")
    }

    /// Whether a condition can ask for the bounds of the role that it is about.
    pub(super) fn asks_bounds(&self) -> bool {
        self.keys.contains(&"iam:PermissionsBoundary")
    }
}

/// A type of resources, as IAM names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// Its ARN, with `${…}` for what varies.
    pub(super) arn: &'static str,
    /// Whether a condition can ask for its tags.
    pub(super) tagged: bool,
}

#[derive(Default)]
struct Known {
    actions: BTreeMap<&'static str, BTreeMap<&'static str, Action>>,
    kinds: BTreeMap<&'static str, BTreeMap<&'static str, Kind>>,
}

impl Known {
    fn read() -> Self {
        let mut known = Self::default();
        for line in TABLE.lines() {
            match line.split('\t').collect::<Vec<_>>().as_slice() {
                ["action", service, name, _, types, keys] => {
                    let types = listed(types).map(|kind| (kind.trim_end_matches('*'), kind.ends_with('*'))).collect();
                    let action = Action { types, keys: listed(keys).collect() };
                    known.actions.entry(service).or_default().insert(name, action);
                }
                ["resource", service, name, arn, tagged] => {
                    let kind = Kind { arn, tagged: !tagged.is_empty() };
                    known.kinds.entry(service).or_default().insert(name, kind);
                }
                _ => {}
            }
        }
        known
    }
}

fn listed(column: &'static str) -> impl Iterator<Item = &'static str> {
    column.split(',').filter(|part| !part.is_empty())
}

/// An action, such as `sqs` and `CreateQueue`; none that the reference doesn't have.
pub(super) fn action(service: &str, name: &str) -> Option<&'static Action> {
    KNOWN.actions.get(service)?.get(name)
}

/// A type of resources of a service, such as `sqs` and `queue`.
pub(super) fn kind(service: &str, name: &str) -> Option<Kind> {
    KNOWN.kinds.get(service)?.get(name).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_read() {
        let actions: usize = KNOWN.actions.values().map(BTreeMap::len).sum();
        let kinds: usize = KNOWN.kinds.values().map(BTreeMap::len).sum();
        assert_eq!(actions + kinds, TABLE.lines().count());
    }

    #[test]
    fn what_an_action_is_checked_against_is_known() {
        let pass = action("iam", "PassRole").unwrap();
        assert_eq!(pass.types, [("role", true)]);
        assert!(!pass.makes());
        assert!(action("iam", "CreateRole").unwrap().asks_bounds());
        assert!(kind("kms", "key").unwrap().tagged);
        assert!(!kind("s3", "bucket").unwrap().tagged);
        assert_eq!(action("iam", "Fly"), None);
    }
}
