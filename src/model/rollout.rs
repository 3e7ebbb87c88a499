//! How a new version of a workload takes over from the one before it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reference::Reference;
use super::units::{Percent, Time};

/// A new version takes a share of the calls first, and all of them once alarms have stayed quiet for a while. When one rings, every
/// call goes to the version before again, and the deployment fails. `landfall apply --at-once` leaves this out, and so does every
/// rollback: neither can wait for an alarm that rings already.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rollout {
    /// The share of calls that the new version takes first, such as 10%.
    pub canary: Percent,
    /// How long it takes no more than that.
    #[serde(rename = "for")]
    pub lasts: Time,
    /// The alarms that have to stay quiet meanwhile. One that measures an API is watched from the deployment after the one that
    /// brings it into being.
    #[schemars(length(min = 1, max = 10))]
    pub watch: Vec<Reference>,
}
