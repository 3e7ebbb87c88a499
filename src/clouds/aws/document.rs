//! The CloudFormation template as data: what we write, and what we read of anybody's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A CloudFormation template. Field order is the order in which the sections are written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Template {
    /// Always `2010-09-09`, the only version there is.
    #[serde(rename = "AWSTemplateFormatVersion", skip_serializing_if = "Option::is_none")]
    pub format_version: Option<String>,
    /// The macros to run, such as `AWS::Serverless-2016-10-31`; a string or a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transform: Option<Value>,
    /// What the stack is, for people; at most 1,024 bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Anything; CloudFormation doesn't read it.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
    /// Values given when the stack is deployed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Map<String, Value>>,
    /// Constant tables for `Fn::FindInMap`.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub mappings: Map<String, Value>,
    /// Named truth values that decide which resources exist.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub conditions: Map<String, Value>,
    /// Assertions about parameters.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub rules: Map<String, Value>,
    /// SAM's defaults for its resources.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub globals: Map<String, Value>,
    /// The resources by logical id.
    pub resources: BTreeMap<String, TemplateResource>,
    /// The values that the stack gives back.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub outputs: BTreeMap<String, Map<String, Value>>,
}

/// One resource of a template.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TemplateResource {
    /// The type, such as `AWS::SQS::Queue`.
    #[serde(rename = "Type")]
    pub kind: String,
    /// The condition under which it exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// Logical ids to create first, beside those that the properties refer to; a string or a list in what we read, a list in what we write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depends_on: Option<Value>,
    /// What becomes of the physical resource when it leaves the stack: `Delete`, `Retain`, `Snapshot` …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<String>,
    /// What becomes of the old physical resource when it is replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_replace_policy: Option<String>,
    /// How some types are updated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_policy: Option<Value>,
    /// When some types count as created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_policy: Option<Value>,
    /// Anything; ours holds `Landfall.Component` and the scanners' suppressions with their reasons.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
    /// The properties.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub properties: Map<String, Value>,
}
