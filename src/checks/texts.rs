//! Everything of a stack that people write, each with its place: variables, descriptions, tags, input, native properties, and the
//! keys above them.

use serde_json::Value;

use crate::model::stack::Stack;

/// What people wrote at a place.
#[derive(Clone, Copy, Debug)]
pub enum Written<'stack> {
    /// The last key of the path.
    Key(&'stack str),
    /// A value that isn't a mapping or a list.
    Value(&'stack Value),
}

/// A step from the top of the environment file.
#[derive(Clone, Copy, Debug)]
enum Step<'stack> {
    Key(&'stack str),
    Index(usize),
}

/// The steps from the top of the environment file to what was written.
#[derive(Clone, Debug)]
pub struct Way<'stack>(Vec<Step<'stack>>);

impl<'stack> Way<'stack> {
    /// The path, as a finding takes it.
    pub(super) fn path(&self) -> Vec<String> {
        let text = |step: &Step<'_>| match step {
            Step::Key(key) => (*key).to_owned(),
            Step::Index(at) => at.to_string(),
        };
        self.0.iter().map(text).collect()
    }

    /// The last key; the place in a list is none.
    pub(super) fn key(&self) -> Option<&'stack str> {
        self.0.iter().rev().find_map(|step| match step {
            Step::Key(key) => Some(*key),
            Step::Index(_) => None,
        })
    }

    /// Whether the last key is a name that people chose or a native property's, not a word of the model.
    pub(super) fn is_free(&self) -> bool {
        let key = |at: usize| match self.0.get(at) {
            Some(Step::Key(key)) => key,
            Some(Step::Index(_)) | None => "",
        };
        match (key(0), key(2)) {
            ("overrides" | "tags", _) | ("schedules", "input") => true,
            ("functions" | "services", "environment") | ("databases", "parameters") => self.0.len() == 4,
            ("procedures", "run") => key(3) == "input",
            ("recovery", "input") => key(1) == "backfill",
            _ => false,
        }
    }
}

/// Shows `look` every value, and every key with a value below it, in the order of the file's keys.
pub(super) fn each(stack: &Stack, mut look: impl FnMut(&Way<'_>, Written<'_>)) {
    // A stack is plain data: it always has a JSON form.
    if let Ok(value) = serde_json::to_value(stack) {
        walk(&value, &mut Way(Vec::new()), &mut look);
    }
}

fn walk<'stack>(value: &'stack Value, way: &mut Way<'stack>, look: &mut impl FnMut(&Way<'_>, Written<'_>)) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                way.0.push(Step::Key(key));
                if !is_empty(inner) {
                    look(way, Written::Key(key));
                }
                walk(inner, way, look);
                way.0.pop();
            }
        }
        Value::Array(list) => {
            for (at, inner) in list.iter().enumerate() {
                way.0.push(Step::Index(at));
                walk(inner, way, look);
                way.0.pop();
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => look(way, Written::Value(value)),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
