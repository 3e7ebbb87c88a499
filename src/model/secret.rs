//! A value that nobody may read in passing. Its value never stands in a file of ours: it is made by the cloud, or put there by a person.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A secret. The stack makes its place; the value is generated there or put there from outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(extend("x-expects" = "a place for a secret, such as {description: opens the payment provider}; its value is put there from outside"))]
pub struct Secret {
    /// What it opens, for people.
    pub description: String,
    /// How it gets its value.
    #[serde(default)]
    pub value: SecretValue,
    /// Where it stands below `/ENVIRONMENT/SYSTEM/`, such as `mail/key`; a place that the cloud makes up where not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[a-z0-9_.-]{1,64}(/[a-z0-9_.-]{1,64}){0,8}$"), extend("x-expects" = "a path, such as mail/key"))]
    pub path: Option<String>,
    /// How often its value was changed. Raise it after a new value was put there, and deploy: what reads the secret starts anew
    /// and reads it again, and the ledger has a record of it.
    #[serde(default)]
    pub rotation: u32,
}

impl Secret {
    /// Whether a person puts its value there.
    pub fn is_external(&self) -> bool {
        self.value == SecretValue::External
    }
}

/// How a secret gets its value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SecretValue {
    /// A person puts it there after the first deployment; until then it holds random text that opens nothing.
    #[default]
    External,
    /// The cloud makes random text that nobody needs to know.
    Generated,
}
