//! What differs between a resource as it is and as a configuration wants it, argument by argument, and whether that takes another
//! resource.

use serde_json::{Map, Value, json};

use super::expression::has_unknown;
use super::types::plain;
use crate::clouds::gcp::provider::{self, Argument, Block};

/// A change of a property (Infrastructure Manager REST reference, `PropertyChange`).
#[derive(Clone, Debug, PartialEq)]
pub struct PropertyChange {
    /// Where it is, such as `settings.tier`.
    pub path: String,
    /// As it is; none where it comes.
    pub before: Option<Value>,
    /// As it is to be; none where it goes or isn't known yet.
    pub after: Option<Value>,
    /// Whether only another resource can have it.
    pub forces_new: bool,
    /// Whether it is a secret.
    pub sensitive: bool,
}

impl PropertyChange {
    /// As it is answered. Secrets aren't told.
    pub fn to_json(&self) -> Value {
        let mut shown = json!({ "path": self.path });
        for (name, value) in [("before", &self.before), ("after", &self.after)] {
            let Some(value) = value else { continue };
            if self.sensitive {
                shown[format!("{name}SensitivePaths")] = json!([""]);
            } else {
                shown[name] = value.clone();
            }
        }
        shown
    }
}

/// What differs.
pub fn between(kind: &str, before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<PropertyChange> {
    let mut found = Vec::new();
    if let Some(block) = provider::find(kind) {
        of_block(block, before, after, &Above { path: "", forces_new: false, sensitive: false }, &mut found);
    }
    found
}

/// What is above a property.
struct Above<'a> {
    path: &'a str,
    forces_new: bool,
    sensitive: bool,
}

fn of_block(
    block: &Block,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    above: &Above<'_>,
    found: &mut Vec<PropertyChange>,
) {
    for (name, argument) in block {
        let is = before.get(name).filter(|value| !value.is_null());
        let wanted = after.get(name).filter(|value| !value.is_null());
        let path = if above.path.is_empty() { name.clone() } else { format!("{}.{name}", above.path) };
        let below = Above {
            path: &path,
            forces_new: above.forces_new || argument.forces_new(),
            sensitive: above.sensitive || argument.sensitive(),
        };
        of_argument(argument, is, wanted, &below, found);
    }
}

fn of_argument(
    argument: &Argument,
    is: Option<&Value>,
    wanted: Option<&Value>,
    at: &Above<'_>,
    found: &mut Vec<PropertyChange>,
) {
    let (Some(is), Some(wanted)) = (is, wanted) else {
        let empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
        if is.or(wanted).is_some_and(|value| !empty(value)) {
            found.push(change(is, wanted, &with_secrets(argument, at)));
        }
        return;
    };
    if let Some(block) = &argument.block {
        let (one, other) = (bodies(is), bodies(wanted));
        if one.len() == other.len() && !argument.is_set() {
            let many = one.len() > 1;
            for (index, (one, other)) in one.iter().zip(&other).enumerate() {
                let path = if many { format!("{}[{index}]", at.path) } else { at.path.to_owned() };
                of_block(block, one, other, &Above { path: &path, ..*at }, found);
            }
            return;
        }
    }
    if canonical(argument, is) != canonical(argument, wanted) {
        found.push(change(Some(is), Some(wanted), &with_secrets(argument, at)));
    }
}

/// A block that is told as a whole is a secret where anything in it is.
fn with_secrets<'a>(argument: &Argument, at: &Above<'a>) -> Above<'a> {
    fn holds(argument: &Argument) -> bool {
        argument.sensitive() || argument.block.iter().flatten().any(|(_, inner)| holds(inner))
    }
    Above { sensitive: at.sensitive || holds(argument), ..*at }
}

fn change(is: Option<&Value>, wanted: Option<&Value>, at: &Above<'_>) -> PropertyChange {
    PropertyChange {
        path: at.path.to_owned(),
        before: is.cloned(),
        after: wanted.filter(|wanted| !has_unknown(wanted)).cloned(),
        forces_new: at.forces_new,
        sensitive: at.sensitive,
    }
}

/// The bodies of a block: one, or a list of them.
fn bodies(value: &Value) -> Vec<Map<String, Value>> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_object).cloned().collect(),
        value => value.as_object().cloned().into_iter().collect(),
    }
}

/// A value in the form in which two that mean the same are equal: sets in order, numbers and truth values as text.
fn canonical(argument: &Argument, value: &Value) -> Value {
    let mut items: Vec<Value> = match (&argument.block, value) {
        (Some(block), value) => bodies(value)
            .into_iter()
            .map(|body| {
                let known = body.iter().filter(|(_, value)| !value.is_null());
                let inner = known.map(|(name, value)| {
                    let value = block.get(name).map_or_else(|| text(value), |argument| canonical(argument, value));
                    (name.clone(), value)
                });
                Value::Object(inner.collect())
            })
            .collect(),
        (None, Value::Array(items)) => items.iter().map(text).collect(),
        (None, value) => return text(value),
    };
    if argument.is_set() {
        items.sort_by_key(Value::to_string);
    }
    Value::Array(items)
}

fn text(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(text).collect(),
        Value::Object(object) => Value::Object(object.iter().map(|(key, value)| (key.clone(), text(value))).collect()),
        other => Value::String(plain(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(kind: &str, before: Value, after: Value) -> Vec<String> {
        let (Value::Object(before), Value::Object(after)) = (before, after) else { panic!("no objects") };
        between(kind, &before, &after)
            .iter()
            .map(|one| format!("{}{}", one.path, if one.forces_new { " anew" } else { "" }))
            .collect()
    }

    #[test]
    fn what_means_the_same_does_not_differ() {
        let before = json!({ "name": "a", "settings": [{ "tier": "x", "disk_size": 10, "database_flags": [{ "name": "a", "value": "1" }, { "name": "b", "value": "2" }] }] });
        let after = json!({ "name": "a", "settings": { "tier": "x", "disk_size": "10", "database_flags": [{ "name": "b", "value": "2" }, { "name": "a", "value": "1" }] } });
        assert!(paths("google_sql_database_instance", before, after).is_empty());
    }

    #[test]
    fn each_argument_that_differs_is_named_and_whether_it_takes_another_resource() {
        let before = json!({ "region": "a", "settings": { "tier": "x" } });
        let after = json!({ "region": "b", "settings": { "tier": "y", "edition": "ENTERPRISE" } });
        let found = paths("google_sql_database_instance", before, after);
        assert_eq!(found, ["region anew", "settings.edition", "settings.tier"]);
    }

    #[test]
    fn a_secret_is_not_told() {
        let (one, other) = (json!({ "secret_data": "a" }), json!({ "secret_data": "b" }));
        let (Value::Object(one), Value::Object(other)) = (one, other) else { panic!("no objects") };
        let shown = between("google_secret_manager_secret_version", &one, &other)[0].to_json();
        assert_eq!(shown["beforeSensitivePaths"], json!([""]));
        assert!(shown.get("before").is_none() && shown.get("after").is_none());
    }
}
