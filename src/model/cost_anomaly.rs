//! A watch for unusual spending.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reference::Reference;
use super::units::Money;

/// A watch that learns what is usual and tells of what isn't.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CostAnomaly {
    /// Told of from this much a day above the usual.
    pub daily_above: Money,
    /// Who is told.
    pub notify: Vec<Reference>,
}
