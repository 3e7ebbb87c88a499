//! What the cloud itself says a change would do (a change set, a preview, a what-if), and where it disagrees with us.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::change::{Action, Change};

/// The cloud's answer for a whole target.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CloudAnswer {
    /// What answered, such as `CloudFormation change set landfall-3f2a`.
    pub by: String,
    /// The resources it would touch, by id.
    pub resources: BTreeMap<String, CloudChange>,
}

/// The cloud's answer for one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CloudChange {
    /// Its native type.
    pub kind: String,
    /// What the cloud would do.
    pub action: CloudAction,
    /// Whether a changed resource is replaced.
    pub replacement: Replacement,
    /// Whether it is certain that anything is done. Not so where the resource is listed only because something that it refers to
    /// changes, which may leave the value as it is.
    pub certain: bool,
    /// The top-level properties that the cloud sees changed, where it says so.
    pub fields: Vec<String>,
}

/// What the cloud would do with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CloudAction {
    /// Create it.
    Add,
    /// Change it, in place or by replacing it.
    Modify,
    /// Delete it, or leave it behind where its policy says so.
    Remove,
    /// Take an existing one under its management.
    Import,
    /// It can't say before it runs.
    Dynamic,
}

/// Whether the cloud would replace a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Replacement {
    /// It is replaced.
    Yes,
    /// It stays.
    No,
    /// It depends on values that are known only when the change runs.
    Conditional,
}

/// One place where the cloud's answer and ours differ.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Disagreement {
    /// The id of the resource.
    pub resource: String,
    /// What we say of it, in words.
    pub ours: String,
    /// What the cloud says of it, in words.
    pub theirs: String,
}

/// Compares our changes with the cloud's answer. Empty means that both say the same of every resource.
///
/// A resource that the cloud lists only because something changes that it refers to is no contradiction where we know that the value
/// stays. A `Conditional` replacement doesn't contradict a replacement of ours, nor an update that we call uncertain: it contradicts a
/// plain update in place. Whichever is right, the reader must know before it runs.
pub fn disagreements(ours: &[Change], theirs: &CloudAnswer) -> Vec<Disagreement> {
    let mine: BTreeMap<&str, &Change> = ours.iter().map(|c| (c.id.as_str(), c)).collect();
    let mut found = Vec::new();
    for change in ours {
        let their = theirs.resources.get(&change.id);
        if !their.is_some_and(|their| agree(change, their)) {
            found.push(Disagreement {
                resource: change.id.clone(),
                ours: our_words(change),
                theirs: their.map_or_else(|| "no change".to_owned(), their_words),
            });
        }
    }
    for (id, their) in &theirs.resources {
        let perhaps_nothing = !their.certain && their.replacement != Replacement::Yes;
        if !mine.contains_key(id.as_str()) && !perhaps_nothing {
            found.push(Disagreement { resource: id.clone(), ours: "no change".to_owned(), theirs: their_words(their) });
        }
    }
    found.sort();
    found
}

/// Whether both answers allow the same outcome.
fn agree(ours: &Change, theirs: &CloudChange) -> bool {
    match (ours.action, theirs.action) {
        (_, CloudAction::Dynamic) => true,
        (Action::Create, CloudAction::Add | CloudAction::Import) => true,
        (Action::Delete | Action::Forget, CloudAction::Remove) => true,
        (Action::Replace, CloudAction::Modify) => theirs.replacement != Replacement::No,
        (Action::Update, CloudAction::Modify) => match theirs.replacement {
            Replacement::No => true,
            Replacement::Conditional => may_replace(ours),
            Replacement::Yes => false,
        },
        (Action::Create | Action::Update | Action::Replace | Action::Delete | Action::Forget, _) => false,
    }
}

/// Whether one of our fields says that a replacement is possible though not certain.
fn may_replace(change: &Change) -> bool {
    change
        .fields
        .iter()
        .any(|field| !field.impact.certain && field.impact.consequence >= super::consequence::Consequence::Replacement)
}

fn our_words(change: &Change) -> String {
    match change.action {
        Action::Create => "create".to_owned(),
        Action::Update if may_replace(change) => "update, perhaps replacement".to_owned(),
        Action::Update => "update in place".to_owned(),
        Action::Replace => "replacement".to_owned(),
        Action::Delete => "delete".to_owned(),
        Action::Forget => "leave behind, by its deletion policy".to_owned(),
    }
}

fn their_words(their: &CloudChange) -> String {
    let words = match (their.action, their.replacement) {
        (CloudAction::Add, _) => "create",
        (CloudAction::Import, _) => "import",
        (CloudAction::Remove, _) => "delete",
        (CloudAction::Dynamic, _) => "decided when it runs",
        (CloudAction::Modify, Replacement::Yes) => "replacement",
        (CloudAction::Modify, Replacement::No) => "update in place",
        (CloudAction::Modify, Replacement::Conditional) => "update, perhaps replacement",
    };
    if their.action == CloudAction::Modify && !their.fields.is_empty() {
        format!("{words} ({})", their.fields.join(", "))
    } else {
        words.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::change::FieldChange;
    use crate::plan::consequence::{Consequence, Impact};

    fn change(id: &str, action: Action, fields: Vec<FieldChange>) -> Change {
        Change {
            id: id.to_owned(),
            kind: "T".to_owned(),
            component: None,
            origin: None,
            action,
            consequence: Consequence::InPlace,
            impact: None,
            fields,
        }
    }

    fn answer(rows: &[(&str, CloudAction, Replacement)]) -> CloudAnswer {
        CloudAnswer {
            by: "test".to_owned(),
            resources: rows
                .iter()
                .map(|(id, action, replacement)| {
                    (
                        (*id).to_owned(),
                        CloudChange {
                            kind: "T".to_owned(),
                            action: *action,
                            replacement: *replacement,
                            certain: true,
                            fields: vec!["Name".to_owned()],
                        },
                    )
                })
                .collect(),
        }
    }

    #[test]
    fn a_replacement_that_the_cloud_calls_conditional_is_no_disagreement() {
        let ours = [change("A", Action::Replace, vec![])];
        let theirs = answer(&[("A", CloudAction::Modify, Replacement::Conditional)]);
        assert!(disagreements(&ours, &theirs).is_empty());
    }

    #[test]
    fn a_replacement_that_we_missed_is_named_on_both_sides() {
        let ours = [change("A", Action::Update, vec![])];
        let theirs = answer(&[("A", CloudAction::Modify, Replacement::Yes)]);
        let found = disagreements(&ours, &theirs);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].ours, "update in place");
        assert_eq!(found[0].theirs, "replacement (Name)");
    }

    #[test]
    fn a_conditional_replacement_contradicts_a_plain_update_but_not_an_uncertain_one() {
        let theirs = answer(&[("A", CloudAction::Modify, Replacement::Conditional)]);
        let plain = [change("A", Action::Update, vec![])];
        assert_eq!(disagreements(&plain, &theirs).len(), 1);
        let unsure = [change(
            "A",
            Action::Update,
            vec![FieldChange {
                path: "Engine".to_owned(),
                before: None,
                after: None,
                impact: Impact::possible(Consequence::Replacement, "may", "schema"),
                sensitive: false,
                through: None,
            }],
        )];
        assert!(disagreements(&unsure, &theirs).is_empty());
    }

    #[test]
    fn what_the_cloud_lists_only_because_of_a_reference_contradicts_nothing() {
        let mut theirs = answer(&[("A", CloudAction::Modify, Replacement::No)]);
        theirs.resources.values_mut().for_each(|change| change.certain = false);
        assert!(disagreements(&[], &theirs).is_empty());
        theirs.resources.values_mut().for_each(|change| change.replacement = Replacement::Yes);
        assert_eq!(disagreements(&[], &theirs).len(), 1);
    }

    #[test]
    fn a_resource_that_only_one_side_changes_is_a_disagreement() {
        let ours = [change("A", Action::Delete, vec![])];
        let theirs = answer(&[("B", CloudAction::Add, Replacement::No)]);
        let found = disagreements(&ours, &theirs);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].theirs, "no change");
        assert_eq!(found[1].ours, "no change");
    }
}
