//! The name under which the internet finds the system.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A domain. A certificate for it and everything one level below is made and renewed by the cloud.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Domain {
    /// The domain's name, such as `ops.example.com`.
    #[schemars(regex(pattern = r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$"), extend("x-expects" = "a domain's name, such as ops.example.com"))]
    pub name: String,
    /// The cloud's identifier of the DNS zone that holds it: records are then made there. Without it, somebody adds them by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[A-Za-z0-9_./-]{1,256}$"), extend("x-expects" = "the identifier of a DNS zone"))]
    pub zone: Option<String>,
}
