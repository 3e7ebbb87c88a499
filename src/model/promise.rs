//! What is promised for the day on which something is lost.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::units::Time;

/// What is promised for five losses: until when the system answers again, and how far back its data may be. `landfall runbook` says
/// beside each what the components and the cloud's usual times come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Promises {
    /// A machine is lost, with a copy of a service or a node of a cache on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<Promise>,
    /// A database is lost, with its machine or its zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<Promise>,
    /// The region is lost. Where `recovery` names another, the promise stands there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Promise>,
    /// Data are garbled or deleted, by a mistake or a defect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Promise>,
    /// Somebody got in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breach: Option<Promise>,
}

/// What is promised for a loss.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Promise {
    /// How long it may take until the system answers again.
    pub within: Time,
    /// How far back the data may be, as a time; `0s` where nothing may be lost.
    pub may_lose: Time,
}
