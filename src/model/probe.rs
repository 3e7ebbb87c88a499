//! A question asked from outside, so that somebody is told also when the whole cloud is down.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reference::Reference;
use super::units::Time;

/// A question that is asked from outside of the cloud, over and over: `landfall probe` writes it for a probing tool that runs elsewhere.
/// Alarms of the cloud are silent when the cloud is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(extend("x-expects" = "a question from outside, such as {of: api.v1, path: /health}"))]
pub struct Probe {
    /// What is asked: a service with a public load balancer, an API or a site, in an environment with a domain.
    pub of: Reference,
    /// The path that is asked for.
    #[schemars(regex(pattern = r"^/[A-Za-z0-9_.~/-]{0,255}$"), extend("x-expects" = "a path, such as /health"))]
    pub path: String,
    /// The status that it has to answer with.
    #[serde(default = "fine")]
    #[schemars(range(min = 100, max = 599))]
    pub status: u16,
    /// How long the whole answer may take.
    #[serde(default = "two_seconds")]
    pub within: Time,
    /// How often it is asked.
    #[serde(default = "one_minute")]
    pub every: Time,
    /// How many times in a row it has to fail before somebody is told.
    #[serde(default = "three")]
    #[schemars(range(min = 1, max = 60))]
    pub failures: u32,
}

fn fine() -> u16 {
    200
}

fn two_seconds() -> Time {
    Time::seconds(2)
}

fn one_minute() -> Time {
    Time::minutes(1)
}

fn three() -> u32 {
    3
}
