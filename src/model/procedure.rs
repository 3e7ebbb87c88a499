//! What people do when something is wrong: the parts of a runbook that only the system's own people know.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::reference::Reference;

/// What people do when something is wrong. `landfall runbook` puts it beside the procedures that follow from the components.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Procedure {
    /// What has happened, such as `A customer missed an alert`.
    pub title: String,
    /// The alarms that lead here.
    #[serde(default)]
    pub alarms: Vec<Reference>,
    /// What is looked at or done, in this order, a sentence each.
    #[serde(default)]
    pub steps: Vec<String>,
    /// The function that is run by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<ByHand>,
    /// What the database is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<Query>,
}

/// A function that is run by hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ByHand {
    /// The function.
    pub function: Reference,
    /// What it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Value>,
    /// When it is run, or until when it is run again, for people.
    pub when: String,
    /// Where its answer says how much is left to do, as a JSON pointer such as `/remaining`: it is run again until that is 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^(/[^/]+)+$"), extend("x-expects" = "a JSON pointer, such as /remaining"))]
    pub left: Option<String>,
}

/// What a database is asked or told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Query {
    /// The database.
    pub database: Reference,
    /// The SQL; `:name` stands for what the reader puts there.
    pub sql: String,
}
