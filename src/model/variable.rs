//! Environment variables of a workload.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reference::{Attribute, Reference};
use super::text::{TextError, written_as_text};

/// What an environment variable holds. A secret is only ever a reference: the workload gets the secret's identifier or,
/// where the cloud can do so safely, its value; it never stands in a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(extend("x-expects" = "text, a number, true or false, or a reference such as {from: database.main.host} or {secret: secret.payment}"))]
pub enum Variable {
    /// Plain text.
    Text(String),
    /// A whole number, passed as text.
    Number(i64),
    /// A decimal number, passed as text.
    Decimal(f64),
    /// `true` or `false`, passed as text.
    Switch(bool),
    /// What another component gives, such as a host name.
    From(FromAttribute),
    /// A secret.
    Secret(FromSecret),
}

/// The value of an attribute of another component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FromAttribute {
    /// Which one, such as `database.main.host`.
    pub from: Attribute,
}

/// A secret, by reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FromSecret {
    /// Which one: a secret, or a database or cache for the login that the cloud keeps for it.
    pub secret: Reference,
}

/// The name of an environment variable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VariableName(String);

impl VariableName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for VariableName {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let grammar = text.len() <= 128
            && text.starts_with(|first: char| first.is_ascii_uppercase())
            && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
        if grammar {
            Ok(Self(text.to_owned()))
        } else {
            Err(TextError::new(text, "a variable's name: upper-case letters, digits and underscores"))
        }
    }
}

impl fmt::Display for VariableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

written_as_text!(
    VariableName,
    name: "VariableName",
    pattern: r"^[A-Z][A-Z0-9_]{0,127}$",
    expects: "a variable's name: upper-case letters, digits and underscores"
);
