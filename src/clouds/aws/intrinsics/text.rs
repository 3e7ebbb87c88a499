//! Text that is put together from parts of which some may be unknown, in one canonical form.

use serde_json::{Value, json};

/// A piece of text under construction.
#[derive(Debug, Default)]
pub(super) struct Text {
    parts: Vec<Value>,
}

impl Text {
    /// Appends a resolved value. False where the value can't be part of a text: a list or an object that is no function.
    pub(super) fn push(&mut self, value: Value) -> bool {
        match value {
            Value::String(text) => self.literal(&text),
            Value::Number(number) => self.literal(&number.to_string()),
            Value::Bool(truth) => self.literal(&truth.to_string()),
            Value::Null | Value::Array(_) => return false,
            Value::Object(_) => match flat(&value) {
                Some(parts) => return parts.into_iter().all(|part| self.push(part)),
                None if super::function(&value).is_some() => self.parts.push(value),
                None => return false,
            },
        }
        true
    }

    pub(super) fn literal(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(Value::String(last)) = self.parts.last_mut() {
            last.push_str(text);
        } else {
            self.parts.push(Value::String(text.to_owned()));
        }
    }

    /// The text where all of it is known, else a flat `Fn::Join`; a single unknown part stands for itself.
    pub(super) fn finish(mut self) -> Value {
        match self.parts.len() {
            0 => Value::String(String::new()),
            1 => self.parts.remove(0),
            _ => json!({"Fn::Join": ["", self.parts]}),
        }
    }
}

/// The parts of a join that is already in canonical form.
fn flat(value: &Value) -> Option<Vec<Value>> {
    match value.get("Fn::Join")?.as_array()?.as_slice() {
        [Value::String(delimiter), Value::Array(parts)] if delimiter.is_empty() => Some(parts.clone()),
        _ => None,
    }
}

/// A scalar as CloudFormation writes it into text.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
