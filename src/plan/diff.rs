//! The differences between two sets of resources, and what each of them does.

mod cascade;
mod compare;

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Action, Change, FieldChange};
use super::consequence::{Consequence, Impact};
use super::field_path::FieldPath;
use super::knowledge::{Edit, Knowledge};
use super::meaning::Meaning;
use super::resource::Resource;
use crate::parallel;

/// Compares two sets of resources by meaning. The changes are sorted by id.
///
/// A resource that is replaced gives a new value to everything that refers to it; where that value can't be changed in place the
/// referring resource is replaced too, and so on (see [`Knowledge::moves`]).
pub fn diff(before: &[Resource], after: &[Resource], knowledge: &dyn Knowledge) -> Vec<Change> {
    let old: BTreeMap<&str, &Resource> = before.iter().map(|r| (r.id.as_str(), r)).collect();
    let new: BTreeMap<&str, &Resource> = after.iter().map(|r| (r.id.as_str(), r)).collect();
    let ids: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    let found = parallel::each(&ids, |id| match (old.get(id), new.get(id)) {
        (Some(was), Some(is)) => changed(was, is, knowledge),
        (Some(was), None) => Some(removed(was, knowledge)),
        (None, Some(is)) => Some(created(is)),
        (None, None) => None,
    });
    let mut changes: BTreeMap<String, Change> =
        found.into_iter().flatten().map(|change| (change.id.clone(), change)).collect();
    cascade::spread(&mut changes, &old, &new, knowledge);
    changes.into_values().collect()
}

/// A change of a resource that has no fields yet.
fn empty(resource: &Resource, action: Action) -> Change {
    Change {
        id: resource.id.clone(),
        kind: resource.kind.clone(),
        component: resource.component.clone(),
        origin: resource.origin.clone(),
        action,
        consequence: Consequence::InPlace,
        impact: None,
        fields: Vec::new(),
    }
}

fn created(is: &Resource) -> Change {
    empty(is, Action::Create)
}

fn removed(was: &Resource, knowledge: &dyn Knowledge) -> Change {
    let removal = knowledge.removal(was);
    let action = if removal.kept { Action::Forget } else { Action::Delete };
    Change { consequence: removal.impact.consequence, impact: Some(removal.impact), ..empty(was, action) }
}

/// The change of a resource that is in both documents; none where they mean the same.
fn changed(was: &Resource, is: &Resource, knowledge: &dyn Knowledge) -> Option<Change> {
    if was.kind != is.kind {
        let kind = knowledge.kind(was, is);
        let loses = knowledge.replacement(was, is);
        return Some(Change {
            consequence: kind.consequence.max(loses.consequence),
            impact: Some(loses),
            fields: vec![FieldChange {
                path: "Type".to_owned(),
                before: Some(was.kind.clone().into()),
                after: Some(is.kind.clone().into()),
                impact: kind,
                sensitive: false,
                through: None,
            }],
            ..empty(is, Action::Replace)
        });
    }
    if was.properties == is.properties && was.attributes == is.attributes {
        return None;
    }
    let mut fields = Vec::new();
    if was.properties != is.properties {
        let (old, new) = (knowledge.meaning(was), knowledge.meaning(is));
        compare::compare(Some(&old), Some(&new), &FieldPath::root(), &mut |path, old, new| {
            let edit = Edit { before: was, after: is, path, was: old, is: new };
            let sensitive = [old, new].into_iter().flatten().any(|m| m.holds_secret());
            fields.push(FieldChange {
                path: path.to_string(),
                before: old.map(Meaning::shown),
                after: new.map(Meaning::shown),
                impact: knowledge.field(&edit),
                sensitive,
                through: None,
            });
        });
    }
    attributes(was, is, knowledge, &mut fields);
    if fields.is_empty() {
        return None;
    }
    let mut change = Change { fields, ..empty(is, Action::Update) };
    settle(&mut change, was, is, knowledge);
    Some(change)
}

/// Adds the differences outside the properties.
fn attributes(was: &Resource, is: &Resource, knowledge: &dyn Knowledge, fields: &mut Vec<FieldChange>) {
    let names: BTreeSet<&String> = was.attributes.keys().chain(is.attributes.keys()).collect();
    for name in names {
        let (old, new) = (was.attributes.get(name), is.attributes.get(name));
        if old == new {
            continue;
        }
        if let Some(impact) = knowledge.attribute(name, was, is) {
            fields.push(FieldChange {
                path: name.clone(),
                before: old.cloned(),
                after: new.cloned(),
                impact,
                sensitive: false,
                through: None,
            });
        }
    }
}

/// Decides from a change's fields whether the resource is replaced, and what the change as a whole does.
fn settle(change: &mut Change, was: &Resource, is: &Resource, knowledge: &dyn Knowledge) {
    let worst = change.fields.iter().map(|field| field.impact.consequence).max();
    let worst = worst.unwrap_or(Consequence::InPlace);
    let replaced =
        change.fields.iter().any(|field| field.impact.certain && field.impact.consequence == Consequence::Replacement);
    let perhaps = change.fields.iter().any(|field| field.impact.consequence == Consequence::Replacement);
    if replaced || perhaps {
        let loses = knowledge.replacement(was, is);
        change.consequence = worst.max(loses.consequence);
        change.impact = Some(Impact { certain: replaced && loses.certain, ..loses });
    } else {
        change.consequence = worst;
        change.impact = None;
    }
    change.action = if replaced { Action::Replace } else { Action::Update };
}
