//! What workloads write down.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::units::Time;

/// The logs of every function, service and load balancer of the stack, encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Logs {
    /// How long they are kept.
    pub keep: Time,
}

impl Default for Logs {
    fn default() -> Self {
        Self { keep: Time::days(30) }
    }
}
