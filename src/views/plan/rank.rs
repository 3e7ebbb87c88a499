//! The order in which changes are shown: by component, the risky ones last, where the eye rests.

use std::collections::BTreeMap;

use crate::plan::change::{Action, Change};
use crate::plan::consequence::Consequence;

/// How risky a change is: first by consequence, then by what is done.
pub(super) fn risk(change: &Change) -> (Consequence, u8) {
    let action = match change.action {
        Action::Create => 0,
        Action::Update => 1,
        Action::Forget => 2,
        Action::Replace => 3,
        Action::Delete => 4,
    };
    (change.consequence, action)
}

/// The changes, the risky ones last.
pub(super) fn ranked<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Vec<&'a Change> {
    let mut all: Vec<&Change> = changes.into_iter().collect();
    all.sort_by_key(|change| (risk(change), change.id.clone()));
    all
}

/// The changes by component, the risky components last; one group without a name where no component is known.
pub(super) fn grouped<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Vec<(Option<&'a str>, Vec<&'a Change>)> {
    let mut groups: BTreeMap<Option<&str>, Vec<&Change>> = BTreeMap::new();
    for change in ranked(changes) {
        groups.entry(change.component.as_deref()).or_default().push(change);
    }
    let mut all: Vec<_> = groups.into_iter().collect();
    all.sort_by_key(|(_, changes)| changes.iter().map(|change| risk(change)).max());
    all
}

/// The symbol of what is done.
pub(super) fn symbol(action: Action) -> &'static str {
    match action {
        Action::Create => "+",
        Action::Update => "~",
        Action::Replace => "+/-",
        Action::Delete => "-",
        Action::Forget => ".",
    }
}

/// What a symbol stands for.
pub(super) fn legend(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update in place",
        // Which goes first, the cloud decides: CloudFormation creates first, Terraform deletes first. Its line says so.
        Action::Replace => "replace: another one takes its place",
        Action::Delete => "delete",
        Action::Forget => "leave behind in the cloud",
    }
}

/// Every action, in the order of the legend.
pub(super) const ACTIONS: [Action; 5] =
    [Action::Create, Action::Update, Action::Replace, Action::Delete, Action::Forget];
