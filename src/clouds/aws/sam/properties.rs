//! The properties of a SAM resource or event, taken one after the other: whatever is left in the end is reported, so that nothing
//! gets lost.

use serde_json::{Map, Value};

use super::error::SamError;
use crate::clouds::aws::registry::near;

/// The properties that haven't been taken yet.
#[derive(Debug)]
pub(super) struct Properties {
    resource: String,
    path: String,
    left: Map<String, Value>,
    taken: Vec<String>,
}

impl Properties {
    pub(super) fn new(resource: &str, path: &str, properties: Map<String, Value>) -> Self {
        Self { resource: resource.to_owned(), path: path.to_owned(), left: properties, taken: Vec::new() }
    }

    /// The logical id of the resource that they belong to.
    pub(super) fn resource(&self) -> &str {
        &self.resource
    }

    /// The path of one of them, for messages.
    pub(super) fn path(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.taken.push(name.to_owned());
        self.left.remove(name)
    }

    /// As [`Properties::take`], where SAM looks whether the value is true in the sense of Python.
    pub(super) fn take_truthy(&mut self, name: &str) -> Option<Value> {
        self.take(name).filter(truthy)
    }

    pub(super) fn require(&mut self, name: &str) -> Result<Value, SamError> {
        self.take(name).ok_or_else(|| self.invalid(name, "it is required"))
    }

    pub(super) fn object(&mut self, name: &str) -> Result<Option<Map<String, Value>>, SamError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Object(object)) => Ok(Some(object)),
            Some(_) => Err(self.invalid(name, "it must be an object")),
        }
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, SamError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.invalid(name, "it must be text")),
        }
    }

    /// Copies those that pass through unchanged.
    pub(super) fn pass(&mut self, names: &[&str], into: &mut Map<String, Value>) {
        for name in names {
            if let Some(value) = self.take(name) {
                into.insert((*name).to_owned(), value);
            }
        }
    }

    /// Refuses properties that SAM knows and landfall doesn't expand.
    pub(super) fn refuse(&mut self, names: &[&str], why: &str) -> Result<(), SamError> {
        match names.iter().find(|name| self.left.contains_key(**name)) {
            Some(name) => Err(SamError::unsupported(&self.resource, &self.path(name), why)),
            None => {
                self.taken.extend(names.iter().map(|name| (*name).to_owned()));
                Ok(())
            }
        }
    }

    /// Reports what hasn't been taken.
    pub(super) fn finish(self) -> Result<(), SamError> {
        let Some(name) = self.left.keys().next() else { return Ok(()) };
        let meant = near(name, self.taken.iter().map(String::as_str));
        let remedy = meant.map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
        Err(self.invalid(name, &format!("SAM has no such property here{remedy}")))
    }

    pub(super) fn invalid(&self, name: &str, what: &str) -> SamError {
        SamError::invalid(&self.resource, &self.path(name), what)
    }
}

/// Whether Python takes the value for true.
pub(super) fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(truth) => *truth,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(object) => !object.is_empty(),
    }
}
