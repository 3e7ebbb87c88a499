//! A plan of the engine's, as it shows it (Terraform documentation, "JSON Output Format").

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::difference::{Marked, SECRET, fields, names};
use crate::drivers::gcp::{list, plain, resource, text};
use crate::plan::change::Action;
use crate::plan::drift::{DriftState, ResourceDrift};
use crate::ports::cloud::{PreviewChange, StackResource};

/// What is done to a resource; none where nothing is, or where it is only read.
fn action(change: &Value) -> Option<Action> {
    let actions: Vec<&str> = list(change, "/change/actions").filter_map(Value::as_str).collect();
    match actions.as_slice() {
        ["create"] => Some(Action::Create),
        ["update"] => Some(Action::Update),
        ["delete"] => Some(Action::Delete),
        ["delete", "create"] | ["create", "delete"] => Some(Action::Replace),
        ["forget"] => Some(Action::Forget),
        _ => None,
    }
}

fn managed<'a>(plan: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    list(plan, pointer).filter(|one| text(one, "/mode") == "managed")
}

fn part<'a>(change: &'a Value, name: &str) -> &'a Value {
    change.get("change").and_then(|change| change.get(name)).unwrap_or(&Value::Null)
}

/// The changes of a plan, ordered by resource.
pub(super) fn changes(plan: &Value) -> Vec<PreviewChange> {
    let one = |change: &Value| {
        let action = action(change)?;
        let unknown: BTreeSet<String> = match part(change, "after_unknown") {
            Value::Object(map) => map.iter().filter(|(_, one)| is_unknown(one)).map(|(name, _)| name.clone()).collect(),
            _ => BTreeSet::new(),
        };
        let known = names(part(change, "before"), part(change, "after"));
        let known: BTreeSet<String> = known.into_iter().filter(|name| !unknown.contains(name)).collect();
        let replaces = list(change, "/change/replace_paths").map(path);
        let fields: BTreeSet<String> = match action {
            Action::Update => known.union(&unknown).cloned().collect(),
            Action::Replace => replaces.collect(),
            Action::Create | Action::Delete | Action::Forget => BTreeSet::new(),
        };
        Some(PreviewChange {
            id: resource(text(change, "/address")),
            kind: text(change, "/type").to_owned(),
            action,
            replacement_possible: false,
            // Where only what isn't known yet may differ, it may turn out the same.
            certain: action != Action::Update || !known.is_empty(),
            fields: fields.into_iter().collect(),
        })
    };
    let mut found: Vec<PreviewChange> = managed(plan, "/resource_changes").filter_map(one).collect();
    found.sort_by(|one, other| one.id.cmp(&other.id));
    found
}

fn is_unknown(marks: &Value) -> bool {
    match marks {
        Value::Bool(unknown) => *unknown,
        Value::Array(all) => all.iter().any(is_unknown),
        Value::Object(map) => map.values().any(is_unknown),
        Value::Null | Value::Number(_) | Value::String(_) => false,
    }
}

/// A path to an argument: `settings.0.tier`.
fn path(steps: &Value) -> String {
    let steps = steps.as_array().into_iter().flatten().map(plain);
    steps.collect::<Vec<_>>().join(".")
}

/// The addresses of what a plan replaces.
pub(super) fn replaced(plan: &Value) -> BTreeSet<String> {
    let replaced = managed(plan, "/resource_changes").filter(|change| action(change) == Some(Action::Replace));
    replaced.map(|change| text(change, "/address").to_owned()).collect()
}

/// Whether a plan does anything at all; what stands in outputs counts.
pub(super) fn is_empty(plan: &Value) -> bool {
    let outputs = plan.get("output_changes").and_then(Value::as_object).into_iter().flatten();
    let still = |change: &Value| list(change, "/actions").all(|action| action == "no-op");
    changes(plan).is_empty() && outputs.map(|(_, change)| change).all(still)
}

/// What was changed by hand, by a plan of what is deployed: what the cloud has otherwise than the state, and the engine would put
/// back. What only the cloud sets, and nobody asked for, is no drift.
pub(super) fn drifts(plan: &Value) -> Vec<ResourceDrift> {
    let by_address = |pointer: &str| -> BTreeMap<String, &Value> {
        managed(plan, pointer).map(|one| (text(one, "/address").to_owned(), one)).collect()
    };
    let (drifted, planned) = (by_address("/resource_drift"), by_address("/resource_changes"));
    let mut found: Vec<ResourceDrift> = planned
        .iter()
        // What isn't there yet was made by nobody.
        .filter(|(address, change)| drifted.contains_key(*address) || !part(change, "before").is_null())
        .map(|(address, change)| {
            let drift = drifted.get(address).copied();
            let undone = action(change);
            let (state, differing) = match (drift, undone) {
                (Some(drift), Some(_)) if action(drift) == Some(Action::Delete) => (DriftState::Deleted, Vec::new()),
                (Some(drift), Some(_)) => {
                    let undone = names(part(change, "before"), part(change, "after"));
                    let marked = |value, secret| Marked { value: part(drift, value), secret: part(drift, secret) };
                    let (was, is) = (marked("before", "before_sensitive"), marked("after", "after_sensitive"));
                    let differing = fields(was, is, &undone);
                    let state = if differing.is_empty() { DriftState::InSync } else { DriftState::Modified };
                    (state, differing)
                }
                (Some(_) | None, _) => (DriftState::InSync, Vec::new()),
            };
            let known = drift.map_or_else(|| part(change, "before"), |drift| part(drift, "before"));
            ResourceDrift {
                id: resource(address),
                kind: text(change, "/type").to_owned(),
                physical: text(known, "/id").to_owned(),
                state,
                fields: differing,
            }
        })
        .collect();
    found.sort_by(|one, other| one.id.cmp(&other.id));
    found
}

/// The resources of a state as the engine shows it, ordered by id.
pub(super) fn resources(state: &Value) -> Vec<StackResource> {
    let one = |found: &Value| {
        let tainted = found.get("tainted") == Some(&Value::Bool(true));
        StackResource {
            id: resource(text(found, "/address")),
            kind: text(found, "/type").to_owned(),
            physical: Some(text(found, "/values/id").to_owned()).filter(|id| !id.is_empty()),
            state: if tainted { "APPLY_FAILED" } else { "APPLIED" }.to_owned(),
            reason: tainted.then(|| "it was left half-way, and is replaced the next time".to_owned()),
        }
    };
    let mut found: Vec<StackResource> = managed(state, "/values/root_module/resources").map(one).collect();
    found.sort_by(|one, other| one.id.cmp(&other.id));
    found
}

/// The outputs of a state; what is secret is not told.
pub(super) fn outputs(state: &Value) -> BTreeMap<String, String> {
    let all = state.pointer("/values/outputs").and_then(Value::as_object).into_iter().flatten();
    let value = |output: &Value| match output.get("sensitive") {
        Some(Value::Bool(true)) => SECRET.to_owned(),
        _ => output.get("value").map(plain).unwrap_or_default(),
    };
    all.map(|(name, output)| (name.clone(), value(output))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn change(address: &str, actions: &[&str], before: &Value, after: &Value) -> Value {
        json!({ "address": address, "mode": "managed", "type": "google_x",
            "change": { "actions": actions, "before": before, "after": after } })
    }

    #[test]
    fn a_plan_says_what_it_does_and_which_argument_replaces() {
        let mut update = change("google_x.a[0]", &["update"], &json!({ "n": 1, "at": "x" }), &json!({ "n": 2 }));
        update["change"]["after_unknown"] = json!({ "at": true });
        let mut perhaps = change("google_x.b", &["update"], &json!({ "at": "x" }), &json!({}));
        perhaps["change"]["after_unknown"] = json!({ "at": true });
        let mut replace = change("google_x.c", &["delete", "create"], &json!({ "n": 1 }), &json!({ "n": 2 }));
        replace["change"]["replace_paths"] = json!([["list", 0, "n"]]);
        let still = change("google_x.d", &["no-op"], &json!({}), &json!({}));
        let plan = json!({ "resource_changes": [replace, still, perhaps, update] });
        let told: Vec<String> = changes(&plan)
            .iter()
            .map(|change| format!("{} {:?} {} {:?}", change.id, change.action, change.certain, change.fields))
            .collect();
        assert_eq!(
            told,
            [
                r#"google_x.a Update true ["at", "n"]"#,
                r#"google_x.b Update false ["at"]"#,
                r#"google_x.c Replace true ["list.0.n"]"#,
            ]
        );
        assert_eq!(replaced(&plan), BTreeSet::from(["google_x.c".to_owned()]));
    }

    #[test]
    fn drift_is_what_the_engine_would_put_back() {
        let applied = json!({ "id": "i", "n": 1, "etag": "a" });
        let there = json!({ "id": "i", "n": 9, "etag": "b" });
        let gone = Value::Null;
        let plan = json!({
            "resource_drift": [
                change("google_x.changed", &["update"], &applied, &there),
                change("google_x.gone", &["delete"], &applied, &gone),
                change("google_x.touched", &["update"], &applied, &json!({ "id": "i", "n": 1, "etag": "c" })),
            ],
            "resource_changes": [
                change("google_x.changed", &["update"], &there, &json!({ "id": "i", "n": 1, "etag": "b" })),
                change("google_x.gone", &["create"], &gone, &applied),
                change("google_x.still", &["no-op"], &applied, &applied),
                change("google_x.touched", &["no-op"], &there, &there),
            ],
        });
        let told: Vec<String> = drifts(&plan)
            .iter()
            .map(|one| format!("{} {:?} {} {}", one.id, one.state, one.physical, one.lines().join(" ")))
            .collect();
        assert_eq!(
            told,
            [
                "google_x.changed Modified i google_x.changed/n: 1 → 9",
                "google_x.gone Deleted i google_x.gone (google_x) is gone",
                "google_x.still InSync i ",
                "google_x.touched InSync i ",
            ]
        );
    }

    #[test]
    fn a_secret_output_is_not_told() {
        let state =
            json!({ "values": { "outputs": { "a": { "value": "x" }, "b": { "value": "y", "sensitive": true } } } });
        let told: Vec<String> = outputs(&state).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(told, ["a=x", "b=(a secret)"]);
    }
}
