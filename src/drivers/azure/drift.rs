//! Drift: every managed resource is read and compared with what the stack's template says of it.
//!
//! Deployment Stacks have no drift detection. What the template sets is compared, and nothing else: what Azure adds by itself is no
//! drift. What the template takes from other resources isn't known here and isn't compared.

use serde_json::{Map, Value};

use super::Azure;
use super::call::Call;
use super::expected::{Given, resources};
use super::identifier::{kind, label};
use super::stack::{facts, list, plain, stack_name, text};
use crate::plan::drift::{DriftState, FieldDrift, ResourceDrift};
use crate::ports::cloud::CloudError;

impl Azure {
    pub(super) async fn compare_resources(&self, stack: &str) -> Result<Vec<ResourceDrift>, CloudError> {
        let Some(found) = self.read_stack(stack).await? else {
            return Ok(Vec::new());
        };
        let template = self.export_template(stack).await?.unwrap_or_default();
        let template: Value = serde_json::from_str(&template).unwrap_or_default();
        let parameters = facts(&found).parameters;
        let group = stack_name(stack);
        let given = Given { subscription: &self.place.account, group, parameters: &parameters };
        let expected = resources(&template, given);
        let mut drifts = Vec::new();
        for managed in list(&found, "/properties/resources") {
            let (id, version) = (text(managed, "/id"), text(managed, "/apiVersion"));
            let name = label(id);
            let mut drift = ResourceDrift {
                id: name.clone(),
                kind: kind(id),
                physical: id.to_owned(),
                state: DriftState::NotChecked,
                fields: Vec::new(),
            };
            if let Some(expected) = expected.get(&name) {
                let permission = format!("{}/read", kind(id));
                match self.caller.find(&Call::get(&permission, id, version)).await? {
                    None => drift.state = DriftState::Deleted,
                    Some(actual) => {
                        let actual = actual.as_object().cloned().unwrap_or_default();
                        objects(&expected.body, &actual, "", &mut drift.fields);
                        drift.fields.sort_by(|one, other| one.path.cmp(&other.path));
                        let same = drift.fields.is_empty();
                        drift.state = if same { DriftState::InSync } else { DriftState::Modified };
                    }
                }
            }
            drifts.push(drift);
        }
        drifts.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(drifts)
    }
}

fn objects(expected: &Map<String, Value>, actual: &Map<String, Value>, path: &str, found: &mut Vec<FieldDrift>) {
    for (name, expected) in expected {
        let path = format!("{path}/{name}");
        let actual = actual.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        match (expected, actual) {
            (Value::Object(expected), Some(Value::Object(actual))) => {
                objects(expected, actual, &path, found);
                // A label that somebody adds is theirs alone: Azure adds none.
                if path == "/tags" {
                    let added = actual.iter().filter(|(key, _)| !expected.contains_key(*key));
                    found.extend(added.map(|(key, value)| FieldDrift {
                        path: format!("{path}/{key}"),
                        expected: None,
                        actual: Some(plain(value)),
                    }));
                }
            }
            (Value::Array(expected), Some(Value::Array(actual))) if expected.len() == actual.len() => {
                for (index, (expected, actual)) in expected.iter().zip(actual).enumerate() {
                    let one = Map::from_iter([(index.to_string(), expected.clone())]);
                    let other = Map::from_iter([(index.to_string(), actual.clone())]);
                    objects(&one, &other, &path, found);
                }
            }
            (expected, Some(actual)) if same(expected, actual, &path) => {}
            // What says nothing is often not given back.
            (expected, None) if says_nothing(expected) => {}
            (expected, actual) => {
                found.push(FieldDrift { path, expected: Some(plain(expected)), actual: actual.map(plain) });
            }
        }
    }
}

/// Whether two values mean the same: locations and identifiers are written in more than one way.
fn same(expected: &Value, actual: &Value, path: &str) -> bool {
    match (expected, actual) {
        (Value::String(expected), Value::String(actual)) if path == "/location" => {
            expected.replace(' ', "").eq_ignore_ascii_case(&actual.replace(' ', ""))
        }
        (Value::String(expected), Value::String(actual)) if expected.starts_with("/subscriptions/") => {
            expected.eq_ignore_ascii_case(actual)
        }
        (Value::Number(expected), Value::Number(actual)) => expected.as_f64() == actual.as_f64(),
        (expected, actual) => expected == actual,
    }
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(object) => object.values().all(says_nothing),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn drift(expected: Value, actual: Value) -> Vec<String> {
        let mut found = Vec::new();
        objects(expected.as_object().unwrap(), actual.as_object().unwrap(), "", &mut found);
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_was_changed_added_or_removed_by_hand_is_named() {
        let expected = json!({ "location": "eastus", "tags": { "a": "1", "b": "2" }, "properties": { "tls": "1.2", "rules": [{ "n": 1 }], "off": false } });
        let actual = json!({ "location": "East US", "tags": { "a": "1", "c": "3" }, "properties": { "tls": "1.0", "rules": [{ "n": 2, "made": true }], "own": 1 } });
        assert_eq!(
            drift(expected, actual),
            [
                "/properties/rules/0/n: 1 → 2",
                "/properties/tls: 1.2 → 1.0",
                "/tags/b: 2, removed by hand",
                "/tags/c: 3, added by hand",
            ]
        );
    }

    #[test]
    fn what_azure_adds_or_writes_otherwise_is_no_drift() {
        let id = "/subscriptions/S/resourceGroups/g/providers/A.B/c/d";
        let expected = json!({ "properties": { "id": id, "size": 1, "list": [] } });
        let actual = json!({ "properties": { "id": id.to_lowercase(), "size": 1.0, "state": "Ready" }, "id": "x" });
        assert_eq!(drift(expected, actual), Vec::<String>::new());
    }
}
