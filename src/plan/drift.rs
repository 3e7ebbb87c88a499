//! Drift: where the cloud differs from what a stack last gave its resources.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::saved::digest_of;

/// Whether a resource is what its stack says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DriftState {
    /// It is.
    InSync,
    /// Properties differ.
    Modified,
    /// It is gone.
    Deleted,
    /// The cloud can't tell for this type.
    NotChecked,
}

/// A property that is not what the stack says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FieldDrift {
    /// Where it is, such as `/Tags/0/Value`.
    pub path: String,
    /// What the stack says; none where the property was added by hand.
    pub expected: Option<String>,
    /// What the cloud has; none where the property was removed by hand.
    pub actual: Option<String>,
}

/// What drift detection says of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceDrift {
    /// The resource's id in the document.
    pub id: String,
    /// Its native type.
    pub kind: String,
    /// The resource in the cloud.
    pub physical: String,
    /// Whether it is what the stack says.
    pub state: DriftState,
    /// What differs.
    pub fields: Vec<FieldDrift>,
}

impl ResourceDrift {
    /// Whether it is not what the stack says.
    pub fn differs(&self) -> bool {
        matches!(self.state, DriftState::Modified | DriftState::Deleted)
    }

    /// Each difference on a line: `QueueOrders/VisibilityTimeout: 30 → 99`.
    pub fn lines(&self) -> Vec<String> {
        if self.state == DriftState::Deleted {
            return vec![format!("{} ({}) is gone", self.id, self.kind)];
        }
        self.fields.iter().map(|field| format!("{}{field}", self.id)).collect()
    }
}

impl std::fmt::Display for FieldDrift {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.expected, &self.actual) {
            (Some(was), Some(is)) => write!(f, "{}: {was} → {is}", self.path),
            (None, Some(is)) => write!(f, "{}: {is}, added by hand", self.path),
            (Some(was), None) => write!(f, "{}: {was}, removed by hand", self.path),
            (None, None) => write!(f, "{}: changed", self.path),
        }
    }
}

/// The digest of what differs. That nothing differs has a digest of its own: it was looked for.
pub fn digest(found: &[ResourceDrift]) -> Digest {
    digest_of(&found.iter().filter(|one| one.differs()).collect::<Vec<_>>())
}

/// One difference, by its place and the digest of its values: fit to be recorded, as the values themselves aren't.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Difference {
    /// The resource's id in the document.
    pub resource: String,
    /// The property; none where the resource is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The digest of what the stack says and what the cloud has.
    pub values: Digest,
}

/// Each difference by itself.
pub fn differences(found: &[ResourceDrift]) -> Vec<Difference> {
    let one = |drift: &ResourceDrift, field: Option<&FieldDrift>| Difference {
        resource: drift.id.clone(),
        path: field.map(|field| field.path.clone()),
        values: digest_of(&(&drift.physical, drift.state, field)),
    };
    let of = |drift: &ResourceDrift| match drift.state {
        DriftState::Deleted => vec![one(drift, None)],
        DriftState::Modified => drift.fields.iter().map(|field| one(drift, Some(field))).collect(),
        DriftState::InSync | DriftState::NotChecked => Vec::new(),
    };
    found.iter().flat_map(of).collect()
}

/// Parts what was found into what is still open, every resource of it, and what was accepted as it is now.
pub fn part(found: Vec<ResourceDrift>, accepted: &[Difference]) -> (Vec<ResourceDrift>, Vec<ResourceDrift>) {
    let mut known = Vec::new();
    let mut open = Vec::new();
    for mut drift in found {
        let whole = drift.clone();
        let (taken, rest): (Vec<FieldDrift>, Vec<FieldDrift>) = drift.fields.drain(..).partition(|field| {
            let alone = ResourceDrift { fields: vec![field.clone()], ..whole.clone() };
            differences(&[alone]).iter().all(|difference| accepted.contains(difference))
        });
        let gone = whole.state == DriftState::Deleted
            && differences(std::slice::from_ref(&whole)).iter().all(|difference| accepted.contains(difference));
        let settled = gone || whole.state == DriftState::Modified && rest.is_empty();
        if gone || !taken.is_empty() {
            known.push(ResourceDrift { fields: taken, ..whole.clone() });
        }
        let state = if settled { DriftState::InSync } else { whole.state };
        open.push(ResourceDrift { fields: rest, state, ..whole });
    }
    (open, known)
}

/// What has drifted since, and what is as the stack says again, each on a line.
pub fn since(before: &[ResourceDrift], now: &[ResourceDrift]) -> Vec<String> {
    let lines = |found: &[ResourceDrift]| -> Vec<String> { found.iter().flat_map(ResourceDrift::lines).collect() };
    let (before, now) = (lines(before), lines(now));
    let come = now.iter().filter(|line| !before.contains(line)).map(|line| format!("changed by hand since: {line}"));
    let gone = before.iter().filter(|line| !now.contains(line)).map(|line| format!("no longer so: {line}"));
    come.chain(gone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(state: DriftState, actual: &str) -> ResourceDrift {
        let field = FieldDrift { path: "/Delay".into(), expected: Some("1".into()), actual: Some(actual.to_owned()) };
        let fields = if state == DriftState::Modified { vec![field] } else { Vec::new() };
        ResourceDrift { id: "Queue".into(), kind: "Q".into(), physical: "q".into(), state, fields }
    }

    #[test]
    fn what_is_in_sync_or_was_not_checked_has_no_part_in_the_digest() {
        let none = digest(&[]);
        assert_eq!(digest(&[queue(DriftState::InSync, ""), queue(DriftState::NotChecked, "")]), none);
        assert_ne!(digest(&[queue(DriftState::Modified, "2")]), none);
        assert_ne!(digest(&[queue(DriftState::Modified, "2")]), digest(&[queue(DriftState::Modified, "3")]));
    }

    #[test]
    fn what_was_accepted_is_known_until_it_changes_again() {
        let found = vec![queue(DriftState::Modified, "2")];
        let accepted = differences(&found);
        let (open, known) = part(found.clone(), &accepted);
        assert_eq!((open[0].state, known), (DriftState::InSync, found));
        let (open, known) = part(vec![queue(DriftState::Modified, "3")], &accepted);
        assert_eq!((open[0].state, known.len()), (DriftState::Modified, 0));
        let gone = vec![queue(DriftState::Deleted, "")];
        assert_eq!(part(gone.clone(), &accepted).0, gone);
        assert_eq!(part(gone.clone(), &differences(&gone)).1, gone);
    }

    #[test]
    fn what_came_and_what_went_is_named() {
        let before = [queue(DriftState::Modified, "2")];
        let now = [queue(DriftState::Deleted, "")];
        assert_eq!(
            since(&before, &now),
            ["changed by hand since: Queue (Q) is gone", "no longer so: Queue/Delay: 1 → 2"]
        );
        assert!(since(&now, &now).is_empty());
    }
}
