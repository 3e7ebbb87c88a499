//! An environment variable that a role reads.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An environment variable that a role reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// What it says, with units.
    pub meaning: String,
    /// Whether the role refuses to start without it.
    pub required: bool,
    /// Whether its value must not be seen.
    pub secret: bool,
    /// What stands when it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// The only words that it may hold; any text where none are given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_of: Option<Vec<String>>,
}
