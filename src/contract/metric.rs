//! A metric that a role emits.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A metric that a role emits, in the contract's namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// Its name.
    pub name: String,
    /// Its unit, such as `Count` or `Seconds`.
    pub unit: String,
}
