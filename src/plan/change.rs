//! A change to one resource: what is done to it, field by field, and what that does.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::consequence::{Consequence, Impact};

/// What happens to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It is created.
    Create,
    /// It is changed where it is.
    Update,
    /// A new one is created, then the old one is deleted.
    Replace,
    /// It is deleted.
    Delete,
    /// It leaves the document but is kept in the cloud, by its deletion policy.
    Forget,
}

impl Action {
    /// The word for it in a sentence about the resource: `is created`, `is replaced` …
    pub fn word(self) -> &'static str {
        match self {
            Action::Create => "create",
            Action::Update => "update",
            Action::Replace => "replace",
            Action::Delete => "delete",
            Action::Forget => "forget",
        }
    }
}

/// One property that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FieldChange {
    /// Where it is, such as `VpcConfig.SubnetIds[1]`.
    pub path: String,
    /// The value before; none where the property is new.
    pub before: Option<Value>,
    /// The value after; none where the property is removed.
    pub after: Option<Value>,
    /// What this difference does, and how we know.
    pub impact: Impact,
    /// Whether the values are secret; `before` and `after` then hold a mask.
    #[serde(default)]
    pub sensitive: bool,
    /// The id of the resource whose change gives this property a new value, where the document's text is the same on both sides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<String>,
}

/// What happens to one resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// The resource's id in the document.
    pub id: String,
    /// Its native type.
    pub kind: String,
    /// The component it was rendered from, where known.
    pub component: Option<String>,
    /// The id under which the user wrote it, where a macro made this resource from another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// What is done.
    pub action: Action,
    /// The worst of what its fields do, or what deleting it does.
    pub consequence: Consequence,
    /// Why the resource as a whole has that consequence, where no field says it (a deletion, say).
    pub impact: Option<Impact>,
    /// The properties that differ; empty for creation and deletion.
    pub fields: Vec<FieldChange>,
}

/// One output of the document that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutputChange {
    /// The output's name.
    pub name: String,
    /// The value before; none where it is new.
    pub before: Option<Value>,
    /// The value after; none where it is removed.
    pub after: Option<Value>,
    /// The name under which other stacks import it, before or after.
    pub exported: Option<String>,
    /// What may go wrong, such as another stack that still imports it.
    pub warning: Option<String>,
}
