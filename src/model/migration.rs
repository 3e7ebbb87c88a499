//! How a database's schema follows the releases that use it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reference::Reference;

/// How a database's schema follows the releases that use it: a deployment gives the new code to one function first and runs it, and goes
/// on only when that was well. What runs meanwhile is the release before, so a migration must leave it able to work; what takes
/// something away comes in a later release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Migrations {
    /// The function that brings the schema up to date. It gets an empty event, may be run again at any time, and may answer with the
    /// schema's versions: `{"before": 3, "after": 5}`. It ends in an error where it could not.
    pub run: Reference,
}
