//! What is promised when a whole region is lost.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::name::Name;
use super::procedure::{ByHand, Query};
use super::units::Time;

/// What is promised when a whole region is lost, and what only the system's own people know of the way there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Recovery {
    /// The region that takes over, by the cloud's own name.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9-]{2,31}$"), extend("x-expects" = "a region, such as us-west-2"))]
    pub region: String,
    /// The environment of the same system that stands there.
    pub environment: Name,
    /// How long it may take until the system answers again.
    pub within: Time,
    /// How far back the data may be, as a time.
    pub may_lose: Time,
    /// What the restored database is told, once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset: Option<Query>,
    /// What makes the data that isn't copied anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backfill: Option<ByHand>,
}
