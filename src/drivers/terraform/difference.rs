//! Where two values of a resource differ, without telling what is secret.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::drivers::gcp::plain;
use crate::plan::drift::FieldDrift;

/// What stands for a value that mustn't be told.
pub(super) const SECRET: &str = "(a secret)";

/// A value, and where in it secrets are: the engine marks them in a value of the same form.
#[derive(Clone, Copy)]
pub(super) struct Marked<'a> {
    /// The value.
    pub(super) value: &'a Value,
    /// `true`, or a mapping or list that holds it, wherever something is secret.
    pub(super) secret: &'a Value,
}

impl<'a> Marked<'a> {
    fn inner(self, key: &str) -> Marked<'a> {
        let at = |value: &'a Value| match value {
            Value::Object(_) => &value[key],
            Value::Array(all) => key.parse::<usize>().ok().and_then(|at| all.get(at)).unwrap_or(&Value::Null),
            _ => &Value::Null,
        };
        // What is wholly secret is so in every part.
        let secret = if self.secret == &Value::Bool(true) { self.secret } else { at(self.secret) };
        Marked { value: at(self.value), secret }
    }

    fn keys(self) -> BTreeSet<String> {
        match self.value {
            Value::Object(map) => map.keys().cloned().collect(),
            Value::Array(all) => (0..all.len()).map(|at| at.to_string()).collect(),
            _ => BTreeSet::new(),
        }
    }

    fn told(self) -> Option<String> {
        match (self.value, self.secret) {
            (Value::Null, _) => None,
            (value, Value::Null | Value::Bool(false)) => Some(plain(value)),
            (value, secret) if has_secret(secret) || !value.is_object() => Some(SECRET.to_owned()),
            (value, _) => Some(plain(value)),
        }
    }
}

/// Whether anything in it is marked.
fn has_secret(marks: &Value) -> bool {
    match marks {
        Value::Bool(secret) => *secret,
        Value::Array(all) => all.iter().any(has_secret),
        Value::Object(map) => map.values().any(has_secret),
        Value::Null | Value::Number(_) | Value::String(_) => false,
    }
}

/// The names of the top-level arguments that differ.
pub(super) fn names(one: &Value, other: &Value) -> BTreeSet<String> {
    let keys = |value: &Value| value.as_object().map(|map| map.keys().cloned().collect()).unwrap_or_default();
    let all: BTreeSet<String> = keys(one);
    let all = all.into_iter().chain::<BTreeSet<String>>(keys(other));
    all.filter(|name| one.get(name).unwrap_or(&Value::Null) != other.get(name).unwrap_or(&Value::Null)).collect()
}

/// Where what is expected of a resource differs from what is there, within the arguments of these names.
pub(super) fn fields(expected: Marked<'_>, actual: Marked<'_>, within: &BTreeSet<String>) -> Vec<FieldDrift> {
    let mut found = Vec::new();
    for name in within {
        differ(&format!("/{name}"), expected.inner(name), actual.inner(name), &mut found);
    }
    found
}

fn differ(path: &str, expected: Marked<'_>, actual: Marked<'_>, found: &mut Vec<FieldDrift>) {
    if expected.value == actual.value {
        return;
    }
    let alike = matches!(
        (expected.value, actual.value),
        (Value::Object(_), Value::Object(_)) | (Value::Array(_), Value::Array(_))
    );
    if !alike {
        found.push(FieldDrift { path: path.to_owned(), expected: expected.told(), actual: actual.told() });
        return;
    }
    let keys: BTreeSet<String> = expected.keys().into_iter().chain(actual.keys()).collect();
    for key in keys {
        differ(&format!("{path}/{key}"), expected.inner(&key), actual.inner(&key), found);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(one: &Value, other: &Value, secret: &Value) -> Vec<String> {
        let marked = |value| Marked { value, secret };
        fields(marked(one), marked(other), &names(one, other)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn differences_are_told_where_they_are_and_secrets_never() {
        let before = json!({ "a": 1, "list": [{ "tier": "small", "password": "x" }], "same": true, "key": "k" });
        let after = json!({ "a": 2, "list": [{ "tier": "large", "password": "y" }], "same": true, "label": "me" });
        let secret = json!({ "list": [{ "password": true }], "key": true });
        assert_eq!(
            told(&before, &after, &secret),
            [
                "/a: 1 → 2",
                "/key: (a secret), removed by hand",
                "/label: me, added by hand",
                "/list/0/password: (a secret) → (a secret)",
                "/list/0/tier: small → large",
            ]
        );
    }

    #[test]
    fn what_has_a_secret_somewhere_inside_is_not_told_as_a_whole() {
        let before = json!({ "list": [] });
        let after = json!({ "list": [{ "password": "y" }] });
        let secret = json!({ "list": [{ "password": true }] });
        assert_eq!(told(&before, &after, &secret), ["/list/0: (a secret), added by hand"]);
    }
}
