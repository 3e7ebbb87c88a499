//! Terraform documents in their JSON notation: types, bytes, and reading them back.
//!
//! What a resource was rendered from, and which of a scanner's rules it doesn't follow and why, stands under `//`, which Terraform
//! leaves alone (Terraform language, "JSON Configuration Syntax", comment properties).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// The key that Terraform leaves alone.
const COMMENT: &str = "//";
/// The keys of a resource that the language has, and no provider.
const META: [&str; 5] = [COMMENT, "count", "depends_on", "for_each", "lifecycle"];

/// A document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// The settings of each provider, by its name.
    pub providers: BTreeMap<String, Map<String, Value>>,
    /// The values that the document is given.
    pub variables: BTreeMap<String, Map<String, Value>>,
    /// What is looked up, by type and name.
    pub data: BTreeMap<String, BTreeMap<String, Map<String, Value>>>,
    /// The resources, by type and name.
    pub resources: BTreeMap<String, BTreeMap<String, Resource>>,
    /// What the document gives back.
    pub outputs: BTreeMap<String, Map<String, Value>>,
}

/// A resource of a document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resource {
    /// The component that it was rendered from; none in a foreign document.
    pub component: Option<String>,
    /// The rules of checkov that it doesn't follow, each with the reason.
    pub unruled: BTreeMap<String, String>,
    /// How many there are, where that isn't one: an expression.
    pub count: Option<Value>,
    /// The addresses of what must be there first, beside what its arguments name.
    pub depends_on: BTreeSet<String>,
    /// What Terraform does when it changes or goes.
    pub lifecycle: Map<String, Value>,
    /// What the provider is told.
    pub arguments: Map<String, Value>,
}

/// Why a document can't be read.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// It isn't JSON.
    #[error("the document isn't JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A part isn't what Terraform takes there.
    #[error("`{place}` is {found}, and has to be {expected}")]
    Shape {
        /// Where.
        place: String,
        /// What has to stand there.
        expected: &'static str,
        /// What stands there.
        found: &'static str,
    },
}

impl Resource {
    /// Leaves out one of checkov's rules, with the reason.
    pub fn without_rule(&mut self, rule: &str, reason: &str) -> &mut Self {
        self.unruled.insert(rule.to_owned(), reason.to_owned());
        self
    }

    fn to_value(&self) -> Value {
        let mut comment = Map::new();
        if let Some(component) = &self.component {
            comment.insert("component".to_owned(), json!(component));
        }
        if !self.unruled.is_empty() {
            comment.insert("checkov".to_owned(), json!(self.unruled));
        }
        let mut body = self.arguments.clone();
        let meta = [
            (COMMENT, (!comment.is_empty()).then_some(Value::Object(comment))),
            ("count", self.count.clone()),
            ("depends_on", (!self.depends_on.is_empty()).then(|| json!(self.depends_on))),
            ("lifecycle", (!self.lifecycle.is_empty()).then(|| Value::Object(self.lifecycle.clone()))),
        ];
        body.extend(meta.into_iter().filter_map(|(key, value)| value.map(|value| (key.to_owned(), value))));
        Value::Object(body)
    }

    fn read(place: &str, value: &Value) -> Result<Self, DocumentError> {
        // A list of bodies is the same as one body after the other; a resource has one (JSON Configuration Syntax, "Block Mapping").
        let value = match value.as_array().map(Vec::as_slice) {
            Some([only]) => only,
            Some(_) | None => value,
        };
        let body = object(place, value)?;
        let comment = body.get(COMMENT);
        let names = |value: Option<&Value>| -> BTreeSet<String> {
            value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let said = |key: &str| comment.and_then(|comment| comment.get(key));
        let unruled = said("checkov").and_then(Value::as_object).into_iter().flatten();
        Ok(Self {
            component: said("component").and_then(Value::as_str).map(str::to_owned),
            unruled: unruled
                .filter_map(|(rule, reason)| reason.as_str().map(|reason| (rule.clone(), reason.to_owned())))
                .collect(),
            count: body.get("count").cloned(),
            depends_on: names(body.get("depends_on")),
            lifecycle: body.get("lifecycle").and_then(Value::as_object).cloned().unwrap_or_default(),
            arguments: body
                .iter()
                .filter(|(key, _)| !META.contains(&key.as_str()))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
        })
    }
}

impl Document {
    /// The document as JSON: the same bytes for the same document.
    ///
    /// # Errors
    /// Where a value can't be written as JSON.
    pub fn to_json(&self) -> Result<String, DocumentError> {
        let resources: BTreeMap<&String, BTreeMap<&String, Value>> = self
            .resources
            .iter()
            .map(|(kind, named)| (kind, named.iter().map(|(name, resource)| (name, resource.to_value())).collect()))
            .collect();
        let mut whole = Map::new();
        for (key, part, empty) in [
            ("provider", json!(self.providers), self.providers.is_empty()),
            ("variable", json!(self.variables), self.variables.is_empty()),
            ("data", json!(self.data), self.data.is_empty()),
            ("resource", json!(resources), self.resources.is_empty()),
            ("output", json!(self.outputs), self.outputs.is_empty()),
        ] {
            if !empty {
                whole.insert(key.to_owned(), part);
            }
        }
        Ok(serde_json::to_string_pretty(&whole)? + "\n")
    }

    /// Reads a document: ours, or another that keeps to one body a block.
    ///
    /// # Errors
    /// Where it isn't JSON, or a part isn't what Terraform takes there.
    pub fn read(text: &[u8]) -> Result<Self, DocumentError> {
        let whole: Value = serde_json::from_slice(text)?;
        let whole = object("the document", &whole)?;
        let mut document = Self::default();
        for (name, body) in section(whole, "provider")? {
            let body = body.as_array().and_then(|list| list.first()).unwrap_or(body);
            document.providers.insert(name.clone(), object(&format!("provider.{name}"), body)?.clone());
        }
        for (name, body) in section(whole, "variable")? {
            document.variables.insert(name.clone(), object(&format!("variable.{name}"), body)?.clone());
        }
        for (name, body) in section(whole, "output")? {
            document.outputs.insert(name.clone(), object(&format!("output.{name}"), body)?.clone());
        }
        for (kind, named) in section(whole, "data")? {
            for (name, body) in object(&format!("data.{kind}"), named)? {
                let body = object(&format!("data.{kind}.{name}"), body)?.clone();
                document.data.entry(kind.clone()).or_default().insert(name.clone(), body);
            }
        }
        for (kind, named) in section(whole, "resource")? {
            for (name, body) in object(&format!("resource.{kind}"), named)? {
                let resource = Resource::read(&format!("resource.{kind}.{name}"), body)?;
                document.resources.entry(kind.clone()).or_default().insert(name.clone(), resource);
            }
        }
        Ok(document)
    }
}

fn section<'a>(whole: &'a Map<String, Value>, key: &str) -> Result<Vec<(&'a String, &'a Value)>, DocumentError> {
    let Some(part) = whole.get(key) else { return Ok(Vec::new()) };
    Ok(object(key, part)?.iter().filter(|(name, _)| name.as_str() != COMMENT).collect())
}

fn object<'a>(place: &str, value: &'a Value) -> Result<&'a Map<String, Value>, DocumentError> {
    value.as_object().ok_or_else(|| DocumentError::Shape {
        place: place.to_owned(),
        expected: "an object",
        found: match value {
            Value::Null => "null",
            Value::Bool(_) => "a truth value",
            Value::Number(_) => "a number",
            Value::String(_) => "a text",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_read_back_as_it_was_written() {
        let mut resource = Resource { component: Some("bucket.pictures".to_owned()), ..Resource::default() };
        resource.without_rule("CKV_GCP_78", "the model asks for no earlier versions");
        resource.count = Some(json!("${var.x}"));
        resource.depends_on.insert("google_project_service.storage".to_owned());
        resource.lifecycle.insert("prevent_destroy".to_owned(), json!(true));
        resource.arguments.insert("name".to_owned(), json!("pictures"));
        let mut document = Document::default();
        document.providers.insert("google".to_owned(), Map::from_iter([("project".to_owned(), json!("p"))]));
        document.resources.entry("google_storage_bucket".to_owned()).or_default().insert("x".to_owned(), resource);
        let text = document.to_json().unwrap();
        assert_eq!(Document::read(text.as_bytes()).unwrap(), document);
    }

    #[test]
    fn what_is_no_document_is_refused_at_its_place() {
        let error = Document::read(br#"{"resource": {"google_x": []}}"#).unwrap_err();
        assert_eq!(error.to_string(), "`resource.google_x` is a list, and has to be an object");
    }
}
