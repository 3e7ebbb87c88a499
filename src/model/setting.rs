//! A plain value that workloads read while they run, such as a feature flag.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A plain value in the cloud's store of parameters. Workloads are told where it stands and read it themselves, so that it can be
/// changed there without a deployment; what a deployment last wrote stays until a deployment writes another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(extend("x-expects" = "a setting, such as {description: whether mails are sent, value: true}"))]
pub struct Setting {
    /// What it decides, for people.
    pub description: String,
    /// Where it stands below `/ENVIRONMENT/SYSTEM/`, such as `features/enable_email`; its own name where not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[a-z0-9_.-]{1,64}(/[a-z0-9_.-]{1,64}){0,8}$"), extend("x-expects" = "a path, such as features/enable_email"))]
    pub path: Option<String>,
    /// The value that deployments write; it is no secret.
    pub value: SettingValue,
}

/// The value of a setting; readers get it as text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(extend("x-expects" = "text, a number, true or false"))]
pub enum SettingValue {
    /// `true` or `false`.
    Switch(bool),
    /// A whole number.
    Number(i64),
    /// A decimal number.
    Decimal(f64),
    /// Text.
    Text(String),
}

impl fmt::Display for SettingValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SettingValue::Switch(on) => on.fmt(f),
            SettingValue::Number(number) => number.fmt(f),
            SettingValue::Decimal(number) => number.fmt(f),
            SettingValue::Text(text) => f.write_str(text),
        }
    }
}
