//! What an environment is guarded against.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an environment is guarded against, beside the protection that single components have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Protection {
    /// The cloud refuses to delete the stack until this is lifted.
    pub termination: bool,
    /// The cloud refuses to replace or delete what holds data (databases, caches, buckets, secrets, registries) in an update.
    pub data: bool,
}
