//! What a template says of its resources, as far as it can be known without Azure: what it gives out of other resources isn't.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// A resource as the template says it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expected {
    /// Its properties; those that only Azure can work out are left out.
    pub(super) body: Map<String, Value>,
}

/// The resources of a template by their ids in the document, those of nested templates among them.
pub(super) fn resources(template: &Value, parameters: &BTreeMap<String, String>) -> BTreeMap<String, Expected> {
    let mut found = BTreeMap::new();
    collect(template, parameters, &mut found);
    found
}

fn collect(template: &Value, parameters: &BTreeMap<String, String>, found: &mut BTreeMap<String, Expected>) {
    for resource in template.get("resources").and_then(Value::as_array).into_iter().flatten() {
        let Some(object) = resource.as_object() else { continue };
        let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
        if let Some(nested) = resource.pointer("/properties/template") {
            // Its parameters come from expressions of the template around it.
            collect(nested, &BTreeMap::new(), found);
            continue;
        }
        let over = object.get("scope").and_then(Value::as_str).and_then(over);
        let label = match over {
            Some(over) => format!("{}/{} on {over}", text("type"), text("name")),
            None => format!("{}/{}", text("type"), text("name")),
        };
        let own = ["type", "apiVersion", "name", "comments", "condition", "scope", "dependsOn"];
        let body = object.iter().filter(|(key, _)| !own.contains(&key.as_str()));
        let body = body.filter_map(|(key, value)| Some((key.clone(), known(value, parameters)?))).collect();
        found.insert(label, Expected { body });
    }
}

/// The resource that an expression names, without its namespace.
fn over(scope: &str) -> Option<String> {
    let mut quoted = scope.split('\'').skip(1).step_by(2);
    let (_, kind) = quoted.next()?.split_once('/')?;
    Some(format!("{kind}/{}", quoted.collect::<Vec<_>>().join("/")))
}

/// A value without what isn't known; none where nothing of it is. A list with something unknown in it isn't known at all, as its
/// elements are told apart by their places.
fn known(value: &Value, parameters: &BTreeMap<String, String>) -> Option<Value> {
    match value {
        Value::String(text) => match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(inner) if inner.starts_with('[') => text.get(1..).map(|text| Value::String(text.to_owned())),
            Some(inner) => {
                let name = inner.strip_prefix("parameters('")?.strip_suffix("')")?;
                parameters.get(name).map(|value| Value::String(value.clone()))
            }
            None => Some(value.clone()),
        },
        Value::Array(items) => {
            items.iter().map(|item| whole(item, parameters)).collect::<Option<Vec<_>>>().map(Value::Array)
        }
        Value::Object(object) => {
            let found: Map<String, Value> = object
                .iter()
                .filter(|(key, _)| !key.starts_with('['))
                .filter_map(|(key, value)| Some((key.clone(), known(value, parameters)?)))
                .collect();
            (object.is_empty() || !found.is_empty()).then_some(Value::Object(found))
        }
        other => Some(other.clone()),
    }
}

/// An element of a list: objects keep what is known of them.
fn whole(value: &Value, parameters: &BTreeMap<String, String>) -> Option<Value> {
    match value {
        Value::Object(_) => Some(known(value, parameters).unwrap_or(Value::Object(Map::new()))),
        other => known(other, parameters),
    }
}
