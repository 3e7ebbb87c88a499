//! The order in which the changes of a plan are carried out.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Action, Change};
use super::resource::Resource;

/// One thing that is done to one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The resource's id.
    pub id: String,
    /// What is done.
    pub doing: Doing,
}

/// What is done in a step. A replacement is two steps: [`Doing::Create`] early and [`Doing::Delete`] at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doing {
    /// The resource, or its successor, is created.
    Create,
    /// It is changed where it is.
    Update,
    /// It, or its predecessor, is deleted.
    Delete,
    /// It is left behind.
    Forget,
}

/// Why there is no order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// Some resources wait for each other in a circle.
    #[error("these resources wait for each other in a circle: {}; take one of the references out", .0.join(" → "))]
    Circle(Vec<String>),
}

/// The steps of a plan: creations and updates, each after those that it depends on, then deletions, each after those that depend on
/// it. Among equals the order is that of the ids.
///
/// # Errors
/// [`OrderError::Circle`] where resources of either document depend on each other in a circle.
pub fn steps(changes: &[Change], before: &[Resource], after: &[Resource]) -> Result<Vec<Step>, OrderError> {
    let by_id: BTreeMap<&str, &Change> = changes.iter().map(|c| (c.id.as_str(), c)).collect();
    let mut steps = Vec::new();
    for id in sorted(after)? {
        let doing = match by_id.get(id.as_str()).map(|change| change.action) {
            Some(Action::Create | Action::Replace) => Doing::Create,
            Some(Action::Update) => Doing::Update,
            Some(Action::Delete | Action::Forget) | None => continue,
        };
        steps.push(Step { id, doing });
    }
    for id in sorted(before)?.into_iter().rev() {
        let doing = match by_id.get(id.as_str()).map(|change| change.action) {
            Some(Action::Delete | Action::Replace) => Doing::Delete,
            Some(Action::Forget) => Doing::Forget,
            Some(Action::Create | Action::Update) | None => continue,
        };
        steps.push(Step { id, doing });
    }
    Ok(steps)
}

/// The ids of all resources, each after those that it depends on.
///
/// # Errors
/// [`OrderError::Circle`] where there is no such order.
pub fn sorted(resources: &[Resource]) -> Result<Vec<String>, OrderError> {
    let mut waits: BTreeMap<&str, BTreeSet<&str>> =
        resources.iter().map(|resource| (resource.id.as_str(), BTreeSet::new())).collect();
    let known: BTreeSet<&str> = waits.keys().copied().collect();
    for resource in resources {
        if let Some(on) = waits.get_mut(resource.id.as_str()) {
            on.extend(resource.depends_on.iter().map(String::as_str).filter(|id| known.contains(id)));
        }
    }
    let mut needed_by: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (id, on) in &waits {
        for target in on {
            needed_by.entry(target).or_default().push(id);
        }
    }
    let mut free: BTreeSet<&str> = waits.iter().filter(|(_, on)| on.is_empty()).map(|(id, _)| *id).collect();
    let mut done = Vec::with_capacity(waits.len());
    while let Some(id) = free.pop_first() {
        done.push(id.to_owned());
        waits.remove(id);
        for waiting in needed_by.get(id).into_iter().flatten() {
            if let Some(on) = waits.get_mut(waiting) {
                on.remove(id);
                if on.is_empty() {
                    free.insert(waiting);
                }
            }
        }
    }
    match waits.keys().next() {
        None => Ok(done),
        Some(start) => Err(OrderError::Circle(circle(start, &waits))),
    }
}

/// Walks from one waiting resource until it meets one twice.
fn circle(start: &str, waits: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<String> {
    let mut way: Vec<&str> = vec![start];
    while let Some(next) =
        way.last().and_then(|id| waits.get(id)).and_then(|on| on.iter().find(|id| waits.contains_key(**id)))
    {
        if let Some(at) = way.iter().position(|id| id == next) {
            way.push(next);
            return way.into_iter().skip(at).map(str::to_owned).collect();
        }
        way.push(next);
    }
    way.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::consequence::Consequence;
    use std::collections::BTreeMap;

    fn resource(id: &str, on: &[&str]) -> Resource {
        Resource {
            id: id.to_owned(),
            kind: "T".to_owned(),
            component: None,
            origin: None,
            properties: serde_json::Value::Null,
            attributes: BTreeMap::new(),
            depends_on: on.iter().map(|id| (*id).to_owned()).collect(),
        }
    }

    fn change(id: &str, action: Action) -> Change {
        Change {
            id: id.to_owned(),
            kind: "T".to_owned(),
            component: None,
            origin: None,
            action,
            consequence: Consequence::InPlace,
            impact: None,
            fields: vec![],
        }
    }

    #[test]
    fn creations_follow_what_they_need_and_deletions_come_last_and_backwards() -> Result<(), OrderError> {
        let before = [resource("Net", &[]), resource("Old", &["Net"]), resource("Db", &["Net"])];
        let after = [resource("App", &["Db"]), resource("Db", &["Net"]), resource("Net", &[])];
        let changes = [
            change("App", Action::Create),
            change("Db", Action::Replace),
            change("Net", Action::Replace),
            change("Old", Action::Delete),
        ];
        let steps: Vec<(String, Doing)> =
            steps(&changes, &before, &after)?.into_iter().map(|step| (step.id, step.doing)).collect();
        let expected = [
            ("Net", Doing::Create),
            ("Db", Doing::Create),
            ("App", Doing::Create),
            ("Old", Doing::Delete),
            ("Db", Doing::Delete),
            ("Net", Doing::Delete),
        ];
        assert_eq!(steps, expected.map(|(id, doing)| (id.to_owned(), doing)).to_vec());
        Ok(())
    }

    #[test]
    fn a_circle_is_named_from_one_resource_back_to_itself() {
        let resources = [resource("A", &["C"]), resource("B", &["A"]), resource("C", &["B"]), resource("D", &["A"])];
        let error = sorted(&resources).unwrap_err();
        assert_eq!(
            error.to_string(),
            "these resources wait for each other in a circle: A → C → B → A; take one of the references out"
        );
    }

    #[test]
    fn a_dependency_on_something_outside_the_document_is_no_obstacle() -> Result<(), OrderError> {
        assert_eq!(sorted(&[resource("A", &["Elsewhere"])])?, ["A"]);
        Ok(())
    }
}
