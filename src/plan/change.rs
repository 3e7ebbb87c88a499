//! A change to one resource: what is done to it, field by field, and what that does.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::consequence::{Consequence, Impact};

/// What happens to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

/// One property that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Where it is, such as `VpcConfig.SubnetIds[1]`.
    pub path: String,
    /// The value before; none where the property is new.
    pub before: Option<Value>,
    /// The value after; none where the property is removed.
    pub after: Option<Value>,
    /// What this difference does, and how we know.
    pub impact: Impact,
}

/// What happens to one resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The resource's id in the document.
    pub id: String,
    /// Its native type.
    pub kind: String,
    /// The component it was rendered from, where known.
    pub component: Option<String>,
    /// What is done.
    pub action: Action,
    /// The worst of what its fields do, or what deleting it does.
    pub consequence: Consequence,
    /// Why the resource as a whole has that consequence, where no field says it (a deletion, say).
    pub impact: Option<Impact>,
    /// The properties that differ; empty for creation and deletion.
    pub fields: Vec<FieldChange>,
}
