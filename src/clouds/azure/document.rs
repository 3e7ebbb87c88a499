//! ARM templates as data: what is written for Deployment Stacks, and what is read back.

mod error;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use error::TemplateError;

/// The schema of templates for resource groups.
pub const SCHEMA: &str = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";

/// The largest template that is read, bytes (Azure Resource Manager documentation, "Azure subscription and service limits": 4 MB).
pub const LARGEST: usize = 4 * 1024 * 1024;

/// A template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Template {
    /// The schema that it follows.
    #[serde(rename = "$schema")]
    pub schema: String,
    /// Its own version; ours has always the first.
    #[serde(rename = "contentVersion")]
    pub content_version: String,
    /// What it says of itself.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
    /// What is given to it at deployment, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Value>,
    /// Values that it works out for itself, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, Value>,
    /// The resources, in the order in which they are written.
    #[serde(deserialize_with = "resources")]
    pub resources: Vec<Resource>,
    /// What it gives back, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outputs: BTreeMap<String, Value>,
}

impl Default for Template {
    fn default() -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            content_version: "1.0.0.0".to_owned(),
            metadata: Map::new(),
            parameters: BTreeMap::new(),
            variables: BTreeMap::new(),
            resources: Vec::new(),
            outputs: BTreeMap::new(),
        }
    }
}

/// A resource of a template.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The version of the type's interface.
    #[serde(rename = "apiVersion")]
    pub api: String,
    /// Its name, with those of the resources that it is a part of before it.
    pub name: String,
    /// The component that it was rendered from, in our own documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comments: Option<String>,
    /// Whether it is deployed at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Value>,
    /// The resource that it is laid over: of locks, role assignments and diagnostic settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Value>,
    /// What has to be there before it.
    #[serde(default, rename = "dependsOn", skip_serializing_if = "BTreeSet::is_empty")]
    pub depends_on: BTreeSet<String>,
    /// Everything else: location, tags, sku, identity, properties …
    #[serde(flatten)]
    pub body: Map<String, Value>,
}

impl Template {
    /// The template as JSON, indented, with a line break at the end.
    ///
    /// # Errors
    /// Where it can't be written as JSON.
    pub fn to_json(&self) -> Result<String, TemplateError> {
        let mut text = serde_json::to_string_pretty(self).map_err(TemplateError::Unwritable)?;
        text.push('\n');
        Ok(text)
    }

    /// Reads a template, ours or any other; with resources as a list or, since language version 2.0, by symbolic name.
    ///
    /// # Errors
    /// Where it is too large or no template.
    pub fn read(bytes: &[u8]) -> Result<Self, TemplateError> {
        if bytes.len() > LARGEST {
            return Err(TemplateError::TooLarge(bytes.len()));
        }
        serde_json::from_slice(bytes).map_err(TemplateError::NoTemplate)
    }
}

fn resources<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Resource>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        List(Vec<Resource>),
        Named(BTreeMap<String, Resource>),
    }
    Ok(match Written::deserialize(deserializer)? {
        Written::List(list) => list,
        Written::Named(named) => named.into_values().collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_reads_back_as_it_was_written_whether_its_resources_have_names_or_not() {
        let list = r#"{"$schema":"x","contentVersion":"1.0.0.0","resources":[{"type":"A/b","apiVersion":"1","name":"c","sku":{"name":"S"},"properties":{}}]}"#;
        let named = r#"{"$schema":"x","contentVersion":"1.0.0.0","languageVersion":"2.0","resources":{"one":{"type":"A/b","apiVersion":"1","name":"c","sku":{"name":"S"},"properties":{}}}}"#;
        let read = Template::read(list.as_bytes()).unwrap();
        assert_eq!(read, Template::read(named.as_bytes()).unwrap());
        assert_eq!(read, Template::read(read.to_json().unwrap().as_bytes()).unwrap());
    }

    #[test]
    fn what_is_too_large_is_not_read() {
        assert!(matches!(Template::read(&vec![b' '; LARGEST + 1]), Err(TemplateError::TooLarge(_))));
    }
}
