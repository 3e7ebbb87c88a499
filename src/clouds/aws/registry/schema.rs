//! The schema of one resource type.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use regex::Regex;
use serde_json::{Map, Value};

use super::check::{self, Finding};
use super::pattern;
use super::property::{Listed, Property};

/// What the registry says of one resource type.
#[derive(Debug)]
pub struct TypeSchema {
    kind: &'static str,
    document: Value,
    patterns: Mutex<BTreeMap<String, Option<Arc<Regex>>>>,
}

/// What the handler behind one verb of a type needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handler<'a> {
    /// The IAM actions that it calls, such as `sqs:CreateQueue`.
    pub permissions: Vec<&'a str>,
    /// How long it may take, in minutes, where the type says so; the registry's own default is 120.
    pub timeout_minutes: Option<u64>,
}

impl TypeSchema {
    pub(super) fn new(kind: &'static str, document: Value) -> Self {
        Self { kind, document, patterns: Mutex::default() }
    }

    /// The type's name, such as `AWS::SQS::Queue`.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// The whole schema as kept: JSON Schema draft 7 with the registry's additions.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// The properties by name, each with its JSON schema.
    pub fn properties(&self) -> &Map<String, Value> {
        static NONE: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
        self.document.get("properties").and_then(Value::as_object).unwrap_or_else(|| LazyLock::force(&NONE))
    }

    /// Properties that must be given.
    pub fn required(&self) -> Vec<&str> {
        self.strings("required")
    }

    /// Properties that can only be set when the resource is created: changing one replaces the resource.
    pub fn create_only(&self) -> Listed<'_> {
        self.listed("createOnlyProperties")
    }

    /// Properties whose change replaces the resource under conditions that only the service knows.
    pub fn conditional_create_only(&self) -> Listed<'_> {
        self.listed("conditionalCreateOnlyProperties")
    }

    /// Properties that the service sets and a template can't.
    pub fn read_only(&self) -> Listed<'_> {
        self.listed("readOnlyProperties")
    }

    /// Properties that can't be read back, such as passwords: drift can't be seen in them.
    pub fn write_only(&self) -> Listed<'_> {
        self.listed("writeOnlyProperties")
    }

    /// Properties that the type advises against.
    pub fn deprecated(&self) -> Listed<'_> {
        self.listed("deprecatedProperties")
    }

    /// The properties that together name a resource. With one alone, it is what `Ref` gives for types made for the registry.
    pub fn primary_identifier(&self) -> Listed<'_> {
        self.listed("primaryIdentifier")
    }

    /// In which order a replacement is carried out, where the type says so: `create_then_delete` or `delete_then_create`.
    pub fn replacement_strategy(&self) -> Option<&str> {
        self.document.get("replacementStrategy").and_then(Value::as_str)
    }

    /// The names that `Fn::GetAtt` takes, dotted; `*` stands for one part, at the end for the rest.
    pub fn attributes(&self) -> Vec<&str> {
        self.strings("attributes")
    }

    /// Whether `Fn::GetAtt` takes the name.
    pub fn has_attribute(&self, name: &str) -> bool {
        let wanted: Vec<_> = name.split('.').collect();
        self.attributes().iter().any(|attribute| {
            let parts: Vec<_> = attribute.split('.').collect();
            let fits = parts.iter().zip(&wanted).all(|(part, want)| *part == "*" || part == want);
            let open = parts.last() == Some(&"*") && wanted.len() >= parts.len();
            fits && (open || parts.len() == wanted.len())
        })
    }

    /// What the type's handlers need, by verb: `create`, `read`, `update`, `delete`, `list`. Empty for types that CloudFormation
    /// handles itself.
    pub fn handlers(&self) -> BTreeMap<&str, Handler<'_>> {
        let handlers = self.document.get("handlers").and_then(Value::as_object);
        handlers
            .into_iter()
            .flatten()
            .map(|(verb, handler)| {
                let permissions = strings(handler.get("permissions"));
                let timeout_minutes = handler.get("timeoutInMinutes").and_then(Value::as_u64);
                (verb.as_str(), Handler { permissions, timeout_minutes })
            })
            .collect()
    }

    /// The property that holds the tags, such as `Tags`; none where the type can't be tagged or doesn't say.
    pub fn tag_property(&self) -> Option<&str> {
        let tagging = self.document.get("tagging")?;
        if tagging.get("taggable") == Some(&Value::Bool(false)) {
            return None;
        }
        let property = tagging.get("tagProperty").and_then(Value::as_str)?;
        property.strip_prefix("/properties/")
    }

    /// The schema at a path into the properties, such as `["VpcConfig", "SubnetIds", "0"]`; none where the schema says nothing of it.
    pub fn property(&self, path: &[&str]) -> Option<Property<'_>> {
        Property::root(self).descend(path)
    }

    /// What is wrong with a resource's properties, as far as its schema tells. Intrinsic functions count as any value; where the
    /// schema can't be evaluated nothing is reported.
    pub fn check(&self, properties: &Value) -> Vec<Finding> {
        check::check(self, properties)
    }

    /// Follows a `$ref` inside this schema.
    pub(super) fn resolve(&self, reference: &str) -> Option<&Value> {
        self.document.pointer(reference.strip_prefix('#')?)
    }

    /// A pattern of this schema, compiled once; none where it can't be compiled faithfully.
    pub(super) fn pattern(&self, text: &str) -> Option<Arc<Regex>> {
        let mut patterns = self.patterns.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = patterns.get(text) {
            return known.clone();
        }
        let compiled = pattern::compile(text).map(Arc::new);
        patterns.insert(text.to_owned(), compiled.clone());
        compiled
    }

    fn listed(&self, key: &str) -> Listed<'_> {
        Listed::new(self.strings(key))
    }

    fn strings(&self, key: &str) -> Vec<&str> {
        strings(self.document.get(key))
    }
}

fn strings(list: Option<&Value>) -> Vec<&str> {
    let list = list.and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use crate::clouds::aws::registry::find;

    #[test]
    fn what_replaces_a_queue_and_who_may_make_one_is_known() {
        let queue = find("AWS::SQS::Queue").unwrap();
        assert_eq!(queue.create_only().iter().collect::<Vec<_>>(), ["FifoQueue", "QueueName"]);
        assert_eq!(queue.primary_identifier().iter().collect::<Vec<_>>(), ["QueueUrl"]);
        assert!(queue.read_only().covers(&["Arn"]));
        assert!(queue.handlers()["create"].permissions.contains(&"sqs:CreateQueue"));
        assert_eq!(queue.tag_property(), Some("Tags"));
    }

    #[test]
    fn conditions_write_only_and_order_of_replacement_are_known() {
        let database = find("AWS::RDS::DBInstance").unwrap();
        assert!(database.conditional_create_only().covers(&["Engine"]));
        assert!(database.write_only().covers(&["MasterUserPassword"]));
        let delete_first = crate::clouds::aws::registry::types()
            .filter_map(find)
            .filter(|schema| schema.replacement_strategy() == Some("delete_then_create"));
        assert!(delete_first.count() > 50);
    }

    #[test]
    fn attributes_of_nested_stacks_are_open_and_those_of_queues_are_not() {
        let stack = find("AWS::CloudFormation::Stack").unwrap();
        assert!(stack.has_attribute("Outputs.Inner.Outputs.Url"));
        assert!(!stack.has_attribute("Outputs"));
        let queue = find("AWS::SQS::Queue").unwrap();
        assert!(queue.has_attribute("Arn"));
        assert!(!queue.has_attribute("Url"));
    }
}
