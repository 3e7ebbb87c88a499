//! The template while it is being written.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::document::{Template, TemplateResource};
use super::encryption::Purpose;
use super::{expression, tags};
use crate::diagnostics::finding::Finding;
use crate::model::placement::Target;
use crate::model::stack::Stack;

/// The template while it is being written, with what came up on the way.
pub(super) struct Draft<'a> {
    /// Which deployment it is.
    pub(super) target: &'a Target,
    /// What it needs.
    pub(super) stack: &'a Stack,
    /// What was written so far.
    pub(super) template: Template,
    /// What came up.
    pub(super) findings: Vec<Finding>,
    /// The keys that something is encrypted with.
    pub(super) keys: BTreeSet<Purpose>,
    /// Whether something writes access logs into the bucket for them.
    pub(super) access_logs: bool,
    /// The tags of every resource.
    tags: BTreeMap<String, String>,
}

impl<'a> Draft<'a> {
    /// An empty template.
    pub(super) fn new(target: &'a Target, stack: &'a Stack) -> Self {
        Self {
            target,
            stack,
            template: Template {
                format_version: Some("2010-09-09".to_owned()),
                description: Some(stack.description.clone()),
                ..Template::default()
            },
            findings: Vec::new(),
            keys: BTreeSet::new(),
            access_logs: false,
            tags: tags::of(target, stack),
        }
    }

    /// Adds a resource for a component; properties that are null are left out. Says so where two components come to the
    /// same logical id.
    pub(super) fn add(
        &mut self,
        component: &str,
        id: impl Into<String>,
        kind: &str,
        mut properties: Value,
    ) -> &mut TemplateResource {
        let id = id.into();
        if let Value::Object(properties) = &mut properties {
            tags::put(kind, properties, &self.tags);
        }
        settle(&mut properties);
        let properties = match properties {
            Value::Object(properties) => properties,
            _ => Map::new(),
        };
        let mut metadata = Map::new();
        metadata.insert("Landfall".to_owned(), json!({ "Component": component }));
        let resource = TemplateResource { kind: kind.to_owned(), metadata, properties, ..TemplateResource::default() };
        if let Some(other) = self.template.resources.get(&id) {
            let other = component_of(other).to_owned();
            self.findings.push(
                Finding::error("same-logical-id", path(component), format!("`{component}` and `{other}` come to the same logical id, `{id}`"))
                    .why("CloudFormation names resources by letters and digits only, so names that differ in hyphens alone, or end in a word that landfall adds, can meet")
                    .fix("rename one of the two")
                    .related(path(&other), "the other one"),
            );
        }
        self.template.resources.entry(id).insert_entry(resource).into_mut()
    }

    /// The Amazon Resource Name of the key for a purpose; the key is then made.
    pub(super) fn key(&mut self, purpose: Purpose) -> Value {
        self.keys.insert(purpose);
        expression::attribute(purpose.logical(), "Arn")
    }

    /// Adds something that the stack gives back.
    pub(super) fn output(&mut self, id: impl Into<String>, description: impl Into<String>, value: Value) {
        let mut output = Map::new();
        output.insert("Description".to_owned(), Value::String(description.into()));
        output.insert("Value".to_owned(), value);
        self.template.outputs.insert(id.into(), output);
    }
}

/// Says why a scanner's rule isn't followed here.
pub(super) trait Suppressed {
    /// Leaves out one of checkov's rules, with the reason.
    fn without_rule(&mut self, rule: &str, reason: &str) -> &mut Self;
    /// Leaves out one of cfn-lint's rules, with the reason.
    fn without_lint(&mut self, rule: &str, reason: &str) -> &mut Self;
    /// Sets what becomes of the resource when it leaves the stack, and of the old one when it is replaced.
    fn policies(&mut self, deletion: &str, replacement: &str) -> &mut Self;
}

impl Suppressed for TemplateResource {
    fn without_rule(&mut self, rule: &str, reason: &str) -> &mut Self {
        let checkov = self.metadata.entry("checkov").or_insert_with(|| json!({ "skip": [] }));
        if let Some(skip) = checkov.get_mut("skip").and_then(Value::as_array_mut) {
            skip.push(json!({ "id": rule, "comment": reason }));
        }
        self
    }

    fn without_lint(&mut self, rule: &str, reason: &str) -> &mut Self {
        self.metadata.insert("cfn-lint".to_owned(), json!({ "config": { "ignore_checks": [rule] }, "reason": reason }));
        self
    }

    fn policies(&mut self, deletion: &str, replacement: &str) -> &mut Self {
        self.deletion_policy = Some(deletion.to_owned());
        self.update_replace_policy = Some(replacement.to_owned());
        self
    }
}

/// The component that a resource was rendered from.
pub(super) fn component_of(resource: &TemplateResource) -> &str {
    resource
        .metadata
        .get("Landfall")
        .and_then(|landfall| landfall.get("Component"))
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Where a component stands in the environment file: `["databases", "main"]` for `database.main`, `["network"]` for `network`.
pub(super) fn path(component: &str) -> Vec<String> {
    match component.parse::<crate::model::reference::Reference>() {
        Ok(reference) => reference.path().to_vec(),
        Err(_) => vec![component.to_owned()],
    }
}

/// Takes nulls out of objects and makes text that looks like an expression plain, at any depth. Expressions of our own
/// stay as they are.
fn settle(value: &mut Value) {
    match value {
        Value::Object(object)
            if object.len() == 1 && object.keys().all(|key| key == "Fn::Sub" || key == "Fn::Join") => {}
        Value::Object(object) => {
            object.retain(|_, value| !value.is_null());
            object.values_mut().for_each(settle);
        }
        Value::Array(items) => items.iter_mut().for_each(settle),
        Value::String(text) => {
            if text.contains("${") {
                *value = expression::plain(text);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
