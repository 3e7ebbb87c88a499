//! What differs between a resource as it is and as a template wants it, property by property.

use serde_json::{Map, Value, json};

use super::types::same;

/// A change of a property (REST API reference, `DeploymentStacksWhatIfPropertyChange`).
#[derive(Clone, Debug, PartialEq)]
pub struct PropertyChange {
    /// Where it is, such as `properties.minimumTlsVersion`.
    pub path: String,
    /// As it is; none where it comes.
    pub before: Option<Value>,
    /// As it is to be; none where it goes.
    pub after: Option<Value>,
}

impl PropertyChange {
    /// As it is answered.
    pub fn to_json(&self) -> Value {
        let word = match (&self.before, &self.after) {
            (None, Some(_)) => "create",
            (Some(_), None) => "delete",
            (Some(Value::Array(_)), Some(Value::Array(_))) => "array",
            (Some(_) | None, _) => "modify",
        };
        let mut shown = json!({ "path": self.path, "changeType": word });
        for (name, value) in [("before", &self.before), ("after", &self.after)] {
            if let Some(value) = value {
                shown[name] = value.clone();
            }
        }
        if word == "array" {
            shown["children"] = json!([]);
        }
        shown
    }
}

/// What differs; lists are compared as wholes, and what is still written as an expression isn't compared.
pub fn between(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<PropertyChange> {
    let mut found = Vec::new();
    objects(before, after, "", &mut found);
    found
}

fn objects(before: &Map<String, Value>, after: &Map<String, Value>, path: &str, found: &mut Vec<PropertyChange>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    for (name, is) in before {
        match after.get(name) {
            None => found.push(PropertyChange { path: below(name), before: Some(is.clone()), after: None }),
            Some(wanted) => values(is, wanted, below(name), found),
        }
    }
    for (name, wanted) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
        found.push(PropertyChange { path: below(name), before: None, after: Some(wanted.clone()) });
    }
}

fn values(before: &Value, after: &Value, path: String, found: &mut Vec<PropertyChange>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => objects(before, after, &path, found),
        (_, after) if is_open(after) => {}
        (before, after) if same(before, after) => {}
        (before, after) => {
            found.push(PropertyChange { path, before: Some(before.clone()), after: Some(after.clone()) });
        }
    }
}

/// Whether a value holds an expression that isn't worked out yet.
fn is_open(value: &Value) -> bool {
    match value {
        Value::String(text) => text.starts_with('[') && text.ends_with(']') && !text.starts_with("[["),
        Value::Array(items) => items.iter().any(is_open),
        Value::Object(object) => object.iter().any(|(key, value)| key.starts_with('[') || is_open(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_property_that_differs_is_named_with_both_values() {
        let before =
            json!({ "tags": { "a": "1", "b": "2" }, "properties": { "x": { "y": 1 }, "list": [1], "open": "r.io" } });
        let after = json!({ "tags": { "a": "2" }, "properties": { "x": { "y": 1, "z": true }, "list": [2], "open": "[reference('r').x]" } });
        let (Value::Object(before), Value::Object(after)) = (before, after) else { panic!() };
        let found: Vec<Value> = between(&before, &after).iter().map(PropertyChange::to_json).collect();
        let words: Vec<String> = found
            .iter()
            .map(|one| format!("{} {}", one["changeType"].as_str().unwrap(), one["path"].as_str().unwrap()))
            .collect();
        assert_eq!(words, ["array properties.list", "create properties.x.z", "modify tags.a", "delete tags.b"]);
    }
}
