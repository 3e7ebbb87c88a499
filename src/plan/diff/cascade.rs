//! What a replaced or updated resource does to those that refer to it.

use std::collections::{BTreeMap, BTreeSet};

use super::{empty, settle};
use crate::plan::change::{Action, Change, FieldChange};
use crate::plan::consequence::Impact;
use crate::plan::field_path::FieldPath;
use crate::plan::knowledge::{Edit, Knowledge, Movement};
use crate::plan::meaning::{Meaning, Referred};
use crate::plan::resource::Resource;

/// Adds the changes that follow from other changes, until nothing follows any more.
pub(super) fn spread(
    changes: &mut BTreeMap<String, Change>,
    old: &BTreeMap<&str, &Resource>,
    new: &BTreeMap<&str, &Resource>,
    knowledge: &dyn Knowledge,
) {
    let mut waiting: Vec<String> = changes
        .values()
        .filter(|change| matches!(change.action, Action::Replace | Action::Update))
        .map(|change| change.id.clone())
        .collect();
    if waiting.is_empty() {
        return;
    }
    let mut dependents: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (id, resource) in new {
        for on in &resource.depends_on {
            dependents.entry(on.as_str()).or_default().insert(id);
        }
    }
    let mut meanings: BTreeMap<&str, Meaning> = BTreeMap::new();
    // Each resource is looked at once as updated and once as replaced, so this ends.
    while let Some(id) = waiting.pop() {
        let (Some(target), Some(action)) = (new.get(id.as_str()), changes.get(&id).map(|c| c.action)) else {
            continue;
        };
        if !knowledge.stirs(target, action) {
            continue;
        }
        for dependent in dependents.get(id.as_str()).into_iter().flatten() {
            let (Some(was), Some(is)) = (old.get(dependent), new.get(dependent)) else {
                continue;
            };
            let before = changes.get(*dependent).map(|change| change.action);
            if was.kind != is.kind {
                continue;
            }
            let meaning = &*meanings.entry(dependent).or_insert_with(|| knowledge.meaning(is));
            let Some(moved) = follow(changes.get(*dependent), (was, is, meaning), target, action, knowledge) else {
                continue;
            };
            if before != Some(moved.action) {
                waiting.push((*dependent).to_owned());
            }
            changes.insert((*dependent).to_owned(), moved);
        }
    }
}

/// The dependent's change with the properties added whose values move with the target; none where nothing is added. The dependent is
/// given as it was, as it is, and by what it means now.
fn follow(
    known: Option<&Change>,
    (was, is, meaning): (&Resource, &Resource, &Meaning),
    target: &Resource,
    action: Action,
    knowledge: &dyn Knowledge,
) -> Option<Change> {
    let mut moved = Vec::new();
    references(meaning, &mut FieldPath::root(), &mut |path, value, referred| {
        if referred.id == target.id {
            let movement = knowledge.moves(target, action, referred);
            if movement != Movement::Stays {
                moved.push((path.clone(), value.clone(), movement));
            }
        }
    });
    if moved.is_empty() {
        return None;
    }
    let mut change = match known {
        Some(known) => known.clone(),
        None => empty(is, Action::Update),
    };
    let mut added = false;
    for (path, value, movement) in moved {
        let place = path.to_string();
        let sure = movement == Movement::Moves;
        // What was only possible while the target was to be updated is certain once it is replaced.
        change.fields.retain(|field| {
            !(sure && field.path == place && field.through.as_deref() == Some(&target.id) && !field.impact.certain)
        });
        if change.fields.iter().any(|field| covers(&field.path, &place)) {
            continue;
        }
        let edit = Edit { before: was, after: is, path: &path, was: Some(&value), is: Some(&value) };
        let impact = knowledge.field(&edit);
        change.fields.push(FieldChange {
            path: place,
            before: Some(value.shown()),
            after: Some(value.shown()),
            impact: Impact { certain: impact.certain && sure, ..impact },
            sensitive: false,
            through: Some(target.id.clone()),
        });
        added = true;
    }
    if !added {
        return None;
    }
    settle(&mut change, was, is, knowledge);
    Some(change)
}

/// Whether a difference at `path` already says everything about `place`.
fn covers(path: &str, place: &str) -> bool {
    place.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.') || rest.starts_with('['))
}

/// Called for each reference with the place and value of the scalar that holds it.
type Found<'f> = dyn FnMut(&FieldPath, &Meaning, &Referred) + 'f;

fn references(meaning: &Meaning, path: &mut FieldPath, found: &mut Found<'_>) {
    match meaning {
        Meaning::Scalar(scalar) => {
            for referred in &scalar.refers {
                found(path, meaning, referred);
            }
        }
        Meaning::Fields(fields) => {
            for (name, inner) in fields {
                path.in_field(name, |path| references(inner, path, found));
            }
        }
        Meaning::List(items) | Meaning::Set { items, .. } => {
            for (at, inner) in items.iter().enumerate() {
                path.in_item(at, |path| references(inner, path, found));
            }
        }
        Meaning::Secret(inner) | Meaning::Assumed(inner) => references(inner, path, found),
    }
}
