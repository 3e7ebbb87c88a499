//! A rendered template, and how its parts are read.

use serde_json::Value;

use crate::case::{Case, Outcome, root};
use crate::template;

/// The rendered template of a target.
pub(crate) struct Production(pub(crate) Value);

impl Production {
    /// What a target of `environments/` is rendered to.
    pub(crate) fn of(target: &str) -> Outcome<Self> {
        let case = Case { target: target.parse()?, above: root().to_owned() };
        Ok(Self(serde_json::to_value(template::of(&case)?)?))
    }

    /// A part of a resource, by a JSON pointer.
    pub(crate) fn at(&self, id: &str, pointer: &str) -> Outcome<&Value> {
        let path = format!("/Resources/{id}/{pointer}");
        Ok(self.0.pointer(&path).ok_or_else(|| format!("nothing at {path}"))?)
    }

    /// A property of a resource, by a JSON pointer.
    pub(crate) fn property(&self, id: &str, pointer: &str) -> Outcome<&Value> {
        self.at(id, &format!("Properties/{pointer}"))
    }

    /// A property of an alarm.
    pub(crate) fn alarm(&self, name: &str, pointer: &str) -> Outcome<&Value> {
        self.property(&format!("Alarm{name}"), pointer)
    }

    /// The identifiers of the resources of a type.
    pub(crate) fn of_type(&self, kind: &str) -> Vec<&str> {
        let resources = self.0["Resources"].as_object();
        resources.into_iter().flatten().filter(|(_, it)| it["Type"] == kind).map(|(id, _)| id.as_str()).collect()
    }

    /// Everything that is allowed by a role, as `action resource`.
    pub(crate) fn allowed(&self, role: &str) -> Outcome<Vec<String>> {
        let statements = self.property(role, "Policies/0/PolicyDocument/Statement")?.as_array();
        let mut allowed = Vec::new();
        for statement in statements.into_iter().flatten().filter(|statement| statement["Effect"] == "Allow") {
            for action in statement["Action"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                allowed.push(format!("{action} {}", statement["Resource"]));
            }
        }
        Ok(allowed)
    }
}
