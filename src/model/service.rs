//! A container that runs all the time, in as many copies as the load asks for.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::access::Access;
use super::artifact::Architecture;
use super::metric::EmittedMetric;
use super::name::Name;
use super::rollout::ServiceRollout;
use super::units::{Percent, Processors, Size, Time};
use super::variable::{Variable, VariableName};

/// A container that runs all the time. It stands in the private network, has a role of its own with exactly the access
/// named here, and runs without root on a read-only file system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Service {
    /// What it does, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The artifact that it runs.
    pub artifact: Name,
    /// The registry that holds its images.
    pub registry: Name,
    /// The command and its arguments; the image's own where not given.
    #[serde(default)]
    pub command: Vec<String>,
    /// The processor.
    #[serde(default)]
    pub architecture: Architecture,
    /// Virtual CPUs of each copy.
    pub vcpu: Processors,
    /// Memory of each copy.
    pub memory: Size,
    /// The TCP port on which it listens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1024))]
    pub port: Option<u16>,
    /// How many copies.
    pub scale: Scale,
    /// How new copies take the place of old ones.
    #[serde(default)]
    pub deployment: Deployment,
    /// How a new version takes over from all of the old one at once, with a way back; copy by copy, as `deployment` says, where not
    /// given. It needs a load balancer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<ServiceRollout>,
    /// The load balancer in front of it; none for a worker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load_balancer: Option<LoadBalancer>,
    /// Environment variables.
    #[serde(default)]
    pub environment: BTreeMap<VariableName, Variable>,
    /// What it may do.
    #[serde(default)]
    pub access: Access,
    /// The metrics that it emits itself.
    #[serde(default)]
    pub emits: Vec<EmittedMetric>,
    /// Where each copy tells its own measurements, in Prometheus' text format, to whoever asks from within the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<MetricsPage>,
}

impl Service {
    /// The port on which copies tell their measurements; none where they tell none or listen on no port.
    pub fn metrics_port(&self) -> Option<u16> {
        self.metrics.as_ref().and_then(|page| page.port.or(self.port))
    }
}

/// Where a copy of a service tells its own measurements.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(extend("x-expects" = "where measurements are told, such as {path: /metrics}"))]
pub struct MetricsPage {
    /// The path that is asked for.
    #[serde(default = "metrics_path")]
    #[schemars(regex(pattern = r"^/[A-Za-z0-9_.~/-]{0,255}$"), extend("x-expects" = "a path, such as /metrics"))]
    pub path: String,
    /// The port; the service's own where not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1024))]
    pub port: Option<u16>,
}

/// The path that Prometheus asks for where it is told none (its documentation, "Configuration", `metrics_path`).
fn metrics_path() -> String {
    "/metrics".to_owned()
}

/// How many copies of a service run. Each target that is given adds copies when it is exceeded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Scale {
    /// The fewest, and how many there are at first.
    #[schemars(range(max = 1000))]
    pub min: u32,
    /// The most.
    #[schemars(range(min = 1, max = 1000))]
    pub max: u32,
    /// The processor use to keep to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Percent>,
    /// The memory use to keep to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Percent>,
    /// Requests a minute and copy to keep to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub requests: Option<u32>,
    /// The pause after copies were added.
    #[serde(default = "five_minutes")]
    pub out_cooldown: Time,
    /// The pause after copies were taken away.
    #[serde(default = "ten_minutes")]
    pub in_cooldown: Time,
}

fn five_minutes() -> Time {
    Time::minutes(5)
}

fn ten_minutes() -> Time {
    Time::minutes(10)
}

/// How new copies take the place of old ones. A new version whose copies don't become healthy is rolled back by itself.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Deployment {
    /// The most copies at any time, as a share of how many there should be.
    pub most: Percent,
    /// The fewest healthy copies at any time, as a share of how many there should be.
    pub least_healthy: Percent,
}

impl Default for Deployment {
    fn default() -> Self {
        Self { most: Percent::new(200.0), least_healthy: Percent::new(100.0) }
    }
}

/// What spreads requests over the copies of a service. It speaks TLS and sends plain requests on to TLS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LoadBalancer {
    /// Whether the internet reaches it; else only the network does.
    #[serde(default)]
    pub public: bool,
    /// How it finds out which copies are well.
    pub health: HealthCheck,
    /// How long it waits for an answer.
    #[serde(default = "a_minute")]
    pub idle_timeout: Time,
    /// How long a copy that is taken away may finish its requests.
    #[serde(default = "half_a_minute")]
    pub drain: Time,
    /// How long one visitor's requests go to the same copy, for services that keep something of a visitor in a copy; each
    /// request goes wherever there is room where not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sticky: Option<Time>,
    /// Whether it refuses to be deleted until this is lifted.
    #[serde(default = "yes")]
    pub protected: bool,
}

fn a_minute() -> Time {
    Time::seconds(60)
}

fn half_a_minute() -> Time {
    Time::seconds(30)
}

fn yes() -> bool {
    true
}

/// How a load balancer finds out which copies are well.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct HealthCheck {
    /// The path that answers 200 when all is well.
    #[schemars(regex(pattern = r"^/[A-Za-z0-9_.~/-]{0,255}$"), extend("x-expects" = "a path, such as /health"))]
    pub path: String,
    /// The pause between two checks.
    #[serde(default = "half_a_minute")]
    pub every: Time,
    /// The longest that an answer may take.
    #[serde(default = "five_seconds")]
    pub timeout: Time,
    /// Good answers in a row that make a copy well.
    #[serde(default = "two")]
    #[schemars(range(min = 2, max = 10))]
    pub healthy: u32,
    /// Bad answers in a row that make it unwell.
    #[serde(default = "three")]
    #[schemars(range(min = 2, max = 10))]
    pub unhealthy: u32,
}

fn five_seconds() -> Time {
    Time::seconds(5)
}

fn two() -> u32 {
    2
}

fn three() -> u32 {
    3
}
