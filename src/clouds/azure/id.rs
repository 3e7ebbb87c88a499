//! Resources as others refer to them.

use serde_json::Value;

use super::expression::{expression, quoted};
use super::types;

/// A resource of the template by type and name. Names are literal, so that a reader finds a resource by them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id {
    /// Its type.
    pub(super) kind: &'static str,
    /// Its name, with those of the resources that it is a part of before it: `account/default/container`.
    pub(super) name: String,
}

impl Id {
    /// The resource of that type and name.
    pub(super) fn new(kind: &'static str, name: impl Into<String>) -> Self {
        Self { kind, name: name.into() }
    }

    /// A part of it.
    pub(super) fn child(&self, kind: &'static str, name: &str) -> Self {
        Self::new(kind, format!("{}/{name}", self.name))
    }

    /// How plans and drivers name it: type and name.
    pub(super) fn label(&self) -> String {
        format!("{}/{}", self.kind, self.name)
    }

    /// Its identifier, as an expression without brackets.
    pub(super) fn text(&self) -> String {
        let names: Vec<String> = self.name.split('/').map(quoted).collect();
        format!("resourceId({}, {})", quoted(self.kind), names.join(", "))
    }

    /// Its identifier.
    pub(super) fn value(&self) -> Value {
        expression(self.text())
    }

    /// What it gives back once it is there, such as `loginServer`.
    pub(super) fn gives(&self, property: &str) -> Value {
        expression(format!("reference({}, {}).{property}", self.text(), quoted(types::find(self.kind).api)))
    }
}

/// A role by its identifier, as the cloud knows it in every subscription.
pub(super) fn role(guid: &str) -> Value {
    expression(format!("subscriptionResourceId('Microsoft.Authorization/roleDefinitions', {})", quoted(guid)))
}
