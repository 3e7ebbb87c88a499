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

impl SettingValue {
    /// The same kind of value with what a text says; none where it doesn't say one of that kind.
    pub fn like(&self, text: &str) -> Option<SettingValue> {
        match self {
            SettingValue::Switch(_) => text.parse().ok().map(SettingValue::Switch),
            SettingValue::Number(_) => text.parse().ok().map(SettingValue::Number),
            SettingValue::Decimal(_) => {
                text.parse().ok().filter(|number: &f64| number.is_finite()).map(SettingValue::Decimal)
            }
            SettingValue::Text(_) => Some(SettingValue::Text(text.to_owned())),
        }
    }

    /// What values of this kind are, for people.
    pub fn expects(&self) -> &'static str {
        match self {
            SettingValue::Switch(_) => "true or false",
            SettingValue::Number(_) => "a whole number",
            SettingValue::Decimal(_) => "a number",
            SettingValue::Text(_) => "text",
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stands_for_a_value_of_the_kind_that_the_files_give() {
        let on = SettingValue::Switch(true);
        assert_eq!(on.like("false"), Some(SettingValue::Switch(false)));
        assert_eq!([on.like("no"), on.like("0"), on.like("")], [None, None, None]);
        assert_eq!(SettingValue::Number(1).like("-7"), Some(SettingValue::Number(-7)));
        assert_eq!(SettingValue::Number(1).like("7.5"), None);
        assert_eq!(SettingValue::Decimal(1.5).like("2").map(|value| value.to_string()), Some("2".to_owned()));
        assert_eq!(SettingValue::Decimal(1.5).like("NaN"), None);
        assert_eq!(SettingValue::Text("a".into()).like("b"), Some(SettingValue::Text("b".into())));
    }
}
