//! The document while it is being written.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::document::{Document, Resource};
use super::expression::{self, code, written};
use super::{labels, services};
use crate::diagnostics::finding::Finding;
use crate::model::placement::Target;
use crate::model::reference::Reference;
use crate::model::stack::Stack;

/// The document while it is being written, with what came up on the way.
pub(super) struct Draft<'a> {
    /// Which deployment it is.
    pub(super) target: &'a Target,
    /// What it needs.
    pub(super) stack: &'a Stack,
    /// What was written so far.
    pub(super) document: Document,
    /// What came up.
    pub(super) findings: Vec<Finding>,
    /// The labels of every resource.
    labels: BTreeMap<String, String>,
}

impl<'a> Draft<'a> {
    /// An empty document.
    pub(super) fn new(target: &'a Target, stack: &'a Stack) -> Self {
        let labels = labels::of(target, stack);
        Self { target, stack, document: Document::default(), findings: Vec::new(), labels }
    }

    /// The project that it stands in.
    pub(super) fn project(&self) -> &'a str {
        &self.stack.placement.account
    }

    /// The region that it stands in.
    pub(super) fn region(&self) -> &'a str {
        &self.stack.placement.region
    }

    /// Adds a resource for a component; arguments that are null are left out. The API that it belongs to is switched on first.
    pub(super) fn add(
        &mut self,
        component: &str,
        kind: &str,
        name: impl Into<String>,
        mut arguments: Value,
    ) -> &mut Resource {
        if let Value::Object(arguments) = &mut arguments {
            labels::put(kind, arguments, &self.labels);
        }
        let arguments = match written(arguments) {
            Value::Object(arguments) => arguments,
            _ => Map::new(),
        };
        let depends_on = services::of(kind).map(services::address).into_iter().collect();
        let resource = Resource { component: Some(component.to_owned()), arguments, depends_on, ..Resource::default() };
        self.document.resources.entry(kind.to_owned()).or_default().entry(name.into()).insert_entry(resource).into_mut()
    }

    /// Adds something that the stack gives back.
    pub(super) fn output(&mut self, name: impl Into<String>, description: impl Into<String>, value: Value) {
        let value = written(json!({ "description": description.into(), "value": value }));
        if let Value::Object(output) = value {
            self.document.outputs.insert(name.into(), output);
        }
    }

    /// The project's number, which Google's own accounts are named by.
    pub(super) fn project_number(&mut self) -> String {
        let body = Map::from_iter([("project_id".to_owned(), Value::String(expression::plain(self.project())))]);
        self.document.data.entry("google_project".to_owned()).or_default().insert("here".to_owned(), body);
        "data.google_project.here.number".to_owned()
    }

    /// Says that a component is rendered nearly as asked: what is asked, what is rendered instead, what would be as asked.
    pub(super) fn nearly(
        &mut self,
        code: &'static str,
        of: &Reference,
        rest: &[&str],
        asked: impl Into<String>,
        why: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.findings.push(Finding::approximated(code, at(of, rest), asked).why(why).fix(fix));
    }

    /// Says that nothing of Google Cloud comes near: what is asked, why, what to do.
    pub(super) fn refuse(
        &mut self,
        code: &'static str,
        of: &Reference,
        rest: &[&str],
        asked: impl Into<String>,
        why: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.findings.push(Finding::refused(code, at(of, rest), asked).why(why).fix(fix));
    }
}

/// What Terraform gives of a resource, such as `google_pubsub_topic.queue_orders.id`.
pub(super) fn attribute(kind: &str, name: &str, attribute: &str) -> Value {
    code(format!("{kind}.{name}.{attribute}"))
}

/// A place in a component.
pub(super) fn at(of: &Reference, rest: &[&str]) -> Vec<String> {
    of.path().into_iter().chain(rest.iter().map(|part| (*part).to_owned())).collect()
}
