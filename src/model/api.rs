//! An address on the internet at which a function answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reference::Reference;
use super::units::Size;

/// An address on the internet at which a function answers every request. It speaks TLS only, writes down who asked for what,
/// and holds callers to a rate. With a `domain` it is found under a name of yours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Api {
    /// What it offers, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The function that answers.
    pub run: Reference,
    /// How many requests are let through.
    pub throttle: Throttle,
    /// The largest request and the largest answer: checked against what the cloud carries.
    #[serde(default = "one_mebibyte")]
    pub largest_request: Size,
}

/// How many requests are let through; those beyond are answered with the status 429.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Throttle {
    /// Requests a second in the long run.
    #[schemars(range(min = 1, max = 100_000))]
    pub per_second: u32,
    /// Requests at once after a pause.
    #[schemars(range(min = 1, max = 100_000))]
    pub burst: u32,
}

fn one_mebibyte() -> Size {
    Size::mebibytes(1)
}
