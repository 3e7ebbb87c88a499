//! The CloudFormation template as data: what we write, and what we read of anybody's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub mod error;
mod json;
mod scalar;
mod structure;
mod text;

pub use error::{DocumentError, Place};
pub use text::MOST_BYTES;
pub(crate) use text::read as read_value;

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
    /// Checks by a hook of the account, such as a blue/green deployment.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub hooks: Map<String, Value>,
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
    /// The version of a custom resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<Value>,
    /// Which of SAM's globals don't hold for this resource; a list, or `*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignore_globals: Option<Value>,
    /// Anything; ours holds `Landfall.Component` and the scanners' suppressions with their reasons.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
    /// The properties.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub properties: Map<String, Value>,
}

impl Template {
    /// Reads a template: YAML with or without short tags such as `!Sub`, or JSON.
    ///
    /// # Errors
    /// Text that is larger than CloudFormation takes, that is neither YAML nor JSON, or that is no template; with the place where known.
    pub fn read(bytes: &[u8]) -> Result<Self, DocumentError> {
        structure::template(text::read(bytes)?).map_err(|wrong| {
            let path = wrong.path.join("/");
            let places = text::places(bytes);
            let key = if path.is_empty() { String::new() } else { format!("/{path}") };
            DocumentError::Structure {
                place: places.get(&key).copied(),
                path: if path.is_empty() { "the template".to_owned() } else { wrong.path.join(".") },
                what: wrong.what,
            }
        })
    }

    /// Where things stand in a template's text, by path such as `/Resources/Queue/Properties/QueueName`: for messages. Empty for a text
    /// that can't be read.
    pub fn places(bytes: &[u8]) -> BTreeMap<String, Place> {
        text::places(bytes)
    }

    /// The template as YAML. The same template gives the same bytes, and any reader of YAML 1.1 or 1.2 gets the same values back: text that
    /// one of them would take for something else, such as `on` or `0123`, is quoted.
    ///
    /// # Errors
    /// None that a template can cause; the writer's own are passed on.
    pub fn to_yaml(&self) -> Result<String, WriteError> {
        let options = serde_saphyr::ser_options! {
            // 1.1 is what CloudFormation reads.
            yaml_12: false,
            // Long lines stay whole: folding is for prose.
            folded_wrap_chars: usize::MAX,
        };
        serde_saphyr::to_string_with_options(self, options).map_err(|error| WriteError(error.to_string()))
    }

    /// The template as indented JSON, with a line break at the end.
    ///
    /// # Errors
    /// None that a template can cause; the writer's own are passed on.
    pub fn to_json(&self) -> Result<String, WriteError> {
        let mut text = serde_json::to_string_pretty(self).map_err(|error| WriteError(error.to_string()))?;
        text.push('\n');
        Ok(text)
    }
}

/// A template that can't be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the template can't be written: {0}")]
pub struct WriteError(String);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn template(properties: Value) -> Template {
        let resource = TemplateResource {
            kind: "AWS::SQS::Queue".to_owned(),
            properties: properties.as_object().cloned().unwrap_or_default(),
            ..TemplateResource::default()
        };
        Template { resources: BTreeMap::from([("Queue".to_owned(), resource)]), ..Template::default() }
    }

    fn error(text: &str) -> String {
        Template::read(text.as_bytes()).expect_err(text).to_string()
    }

    #[test]
    fn a_template_is_read_with_all_its_sections() {
        let text = "
AWSTemplateFormatVersion: 2010-09-09
Transform: AWS::Serverless-2016-10-31
Description: d
Parameters: {Stage: {Type: String}}
Conditions: {C: !Equals [!Ref Stage, prod]}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Condition: C
    DependsOn: [Other]
    DeletionPolicy: Retain
    Properties: {QueueName: !Sub '${Stage}-q'}
Outputs: {Url: {Value: !Ref Queue}}
";
        let template = Template::read(text.as_bytes()).unwrap();
        let queue = &template.resources["Queue"];
        assert_eq!(queue.kind, "AWS::SQS::Queue");
        assert_eq!(queue.deletion_policy.as_deref(), Some("Retain"));
        assert_eq!(queue.properties["QueueName"], json!({"Fn::Sub": "${Stage}-q"}));
        assert_eq!(template.outputs["Url"]["Value"], json!({"Ref": "Queue"}));
        for written in [template.to_yaml().unwrap(), template.to_json().unwrap()] {
            assert_eq!(Template::read(written.as_bytes()).unwrap(), template);
        }
    }

    #[test]
    fn what_is_no_template_is_refused_at_its_place() {
        assert_eq!(
            error("Resource: {}\n"),
            "line 1, column 1: Resource: there is no such section of a template; did you mean Resources?"
        );
        let json = "{\n  \"Resources\": {\n    \"Q\": {\"Typ\": \"x\"}\n  }\n}";
        assert_eq!(
            error(json),
            "line 3, column 11: Resources.Q.Typ: there is no such attribute of a resource; did you mean Type?"
        );
        assert_eq!(error("Resources:\n  Q: {}\n"), "line 2, column 3: Resources.Q: the Type is missing");
        assert!(error("Resources:\n  my-queue: {Type: x}\n").contains("letters and digits"));
        assert!(error("Resources:\n  Q:\n    Type: x\n    Properties:\n").contains("must be an object, not null"));
        assert!(error("AWSTemplateFormatVersion: 2010\nResources: {}\n").contains("must be text"));
        assert!(error("- a\n").contains("a template is an object"));
        assert!(error("").contains("a template is an object"));
        assert!(error("Resources: {'Fn::ForEach::X': [a, b, {}]}").contains("only CloudFormation knows"));
    }

    #[test]
    fn what_another_reader_would_take_for_something_else_is_quoted() {
        let yaml =
            template(json!({"a": ["on", "0123", "1:30", "2012-10-17", "<<", "=", "1e3", "~", ""]})).to_yaml().unwrap();
        for text in ["on", "0123", "1:30", "2012-10-17", "<<", "=", "~"] {
            assert!(!yaml.contains(&format!("- {text}\n")), "{text} in {yaml}");
        }
    }

    fn values() -> impl Strategy<Value = Value> {
        let text = prop_oneof![
            "[ -~]{0,20}",
            "[ \\t\\n\\r#:'\"|>&*!%@`,{}\\[\\]-]{0,12}",
            "[0-9_.:eE+x-]{1,10}",
            "\\PC{0,10}",
            "[a-z]{1,60}( [a-z]{1,60}){0,8}\n?",
            any::<String>(),
        ];
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (-1e9..1e9).prop_map(Value::from),
            text.clone().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(text.clone(), inner, 0..5)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_value_comes_back_from_yaml_and_json_as_it_went_in(value in values()) {
            let template = template(json!({"Value": value}));
            let yaml = template.to_yaml().expect("it can be written");
            prop_assert_eq!(&Template::read(yaml.as_bytes()).expect("it can be read"), &template, "{}", yaml);
            let json = template.to_json().expect("it can be written");
            prop_assert_eq!(&Template::read(json.as_bytes()).expect("it can be read"), &template);
        }
    }
}
