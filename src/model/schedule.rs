//! A clock that runs a function.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::reference::Reference;
use super::units::Time;

/// A clock that runs a function, either every so often or by a calendar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Schedule {
    /// What it is for, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The function.
    pub run: Reference,
    /// Every so often, in whole minutes; or
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Time>,
    /// by a calendar: minute, hour, day of the month, month, day of the week, as cron writes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[0-9*,/-]+ [0-9*,/-]+ [0-9*,/-]+ [0-9A-Za-z*,/-]+ [0-9A-Za-z*,/-]+$"), extend("x-expects" = "five fields as cron writes them, such as 0 2 * * *"))]
    pub cron: Option<String>,
    /// The time zone of the calendar, by its IANA name.
    #[serde(default = "utc")]
    pub time_zone: String,
    /// What the function is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Value>,
    /// Whether it runs; false keeps it in place and still.
    #[serde(default = "yes")]
    pub enabled: bool,
}

fn utc() -> String {
    "UTC".to_owned()
}

fn yes() -> bool {
    true
}
