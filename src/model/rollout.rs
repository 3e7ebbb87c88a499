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

/// New copies of a service are started beside the old ones; once they are well they take every request at once, and the old ones stay
/// for a while. When an alarm rings until then, every request goes to the old ones again, and the deployment fails. New copies that
/// don't get well never take over: the deployment waits for them. `landfall apply --at-once` doesn't wait for the old ones to go and
/// watches nothing, and so does every rollback: neither can wait for an alarm that rings already. Taking this out of the files again
/// may interrupt the service for a moment. A cloud that doesn't watch by itself has landfall watch, once the deployment is done: what
/// rang before it began isn't counted then, and `landfall recover` goes on for a process that ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ServiceRollout {
    /// How long the old copies (blue) stay beside the new ones (green) that took over, such as 10m.
    pub blue_green: Time,
    /// The alarms that have to stay quiet meanwhile.
    #[schemars(length(min = 1, max = 10))]
    pub watch: Vec<Reference>,
}
