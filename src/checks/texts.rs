//! Every value of a stack that people write, each with its place: variables, descriptions, tags, input, native properties.

use serde_json::Value;

use crate::model::stack::Stack;

/// A value that isn't a mapping or a list.
pub(super) struct Text {
    /// The keys from the top of the environment file.
    pub(super) path: Vec<String>,
    /// The value.
    pub(super) value: Value,
    /// Whether the last key is a name that people chose or a native property's, not a word of the model.
    pub(super) is_free: bool,
}

/// Every value.
pub(super) fn texts(stack: &Stack) -> Vec<Text> {
    let mut all = Vec::new();
    // A stack is plain data: it always has a JSON form.
    if let Ok(value) = serde_json::to_value(stack) {
        walk(&value, &mut Vec::new(), &mut all);
    }
    all
}

fn walk(value: &Value, path: &mut Vec<String>, all: &mut Vec<Text>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                path.push(key.clone());
                walk(inner, path, all);
                path.pop();
            }
        }
        Value::Array(list) => {
            for (at, inner) in list.iter().enumerate() {
                path.push(at.to_string());
                walk(inner, path, all);
                path.pop();
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            all.push(Text { path: path.clone(), value: value.clone(), is_free: is_free(path) });
        }
    }
}

fn is_free(path: &[String]) -> bool {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    matches!(
        path.as_slice(),
        ["functions" | "services", _, "environment", _]
            | ["schedules", _, "input", ..]
            | ["procedures", _, "run", "input", ..]
            | ["recovery", "backfill", "input", ..]
            | ["overrides" | "tags", ..]
            | ["databases", _, "parameters", _]
    )
}

/// Every key that people chose, with its path.
pub(super) fn keys(stack: &Stack) -> Vec<(Vec<String>, String)> {
    let mut keys: Vec<(Vec<String>, String)> = Vec::new();
    for text in texts(stack) {
        for (at, key) in text.path.iter().enumerate() {
            let path = text.path.get(..=at).unwrap_or_default().to_vec();
            if keys.last().is_none_or(|(last, _)| *last != path) {
                keys.push((path, key.clone()));
            }
        }
    }
    keys.sort();
    keys.dedup();
    keys
}
