//! Code that runs on an event and is gone when it has answered.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::access::Access;
use super::artifact::Architecture;
use super::metric::EmittedMetric;
use super::name::Name;
use super::reference::Reference;
use super::rollout::Rollout;
use super::units::{Size, Time};
use super::variable::{Variable, VariableName};

/// Code that runs on an event. It has a role of its own with exactly the access named here, and encrypted variables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Function {
    /// What it does, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The artifact that it runs.
    pub artifact: Name,
    /// What the artifact's entry point is told to be: the handler's name.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_.:/-]{1,128}$"), extend("x-expects" = "a handler's name: ASCII letters, digits and _ . : / -"))]
    pub handler: String,
    /// What runs it.
    #[serde(default)]
    pub runtime: Runtime,
    /// The processor.
    #[serde(default)]
    pub architecture: Architecture,
    /// Memory; processors come in proportion.
    pub memory: Size,
    /// The longest that a run may take.
    pub timeout: Time,
    /// Whether it stands in the private network; it must to reach databases and caches.
    #[serde(default)]
    pub private: bool,
    /// Environment variables.
    #[serde(default)]
    pub environment: BTreeMap<VariableName, Variable>,
    /// What it may do.
    #[serde(default)]
    pub access: Access,
    /// The queue whose messages run it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumes: Option<Consumption>,
    /// What happens when a run on an event fails.
    #[serde(default)]
    pub retry: Retry,
    /// How a new version takes over; all at once where not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<Rollout>,
    /// How many may run at the same time; the account's limit where not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub concurrency: Option<u32>,
    /// The metrics that it emits itself.
    #[serde(default)]
    pub emits: Vec<EmittedMetric>,
}

/// What runs a function's code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Runtime {
    /// Nothing: the artifact is an executable that asks for its events.
    #[default]
    Native,
    /// Node.js 22.
    Nodejs22,
    /// Python 3.13.
    #[serde(rename = "python3.13")]
    Python313,
}

/// The queue whose messages run a function.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Consumption {
    /// The queue.
    pub queue: Reference,
    /// The most messages that one run gets.
    #[serde(default = "ten")]
    #[schemars(range(min = 1, max = 10000))]
    pub batch: u32,
    /// How long to wait for a batch to fill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<Time>,
    /// The most runs at the same time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 1000))]
    pub concurrency: Option<u32>,
}

fn ten() -> u32 {
    10
}

/// What happens when a run on an event fails: again, with growing pauses, then into a queue for people to look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Retry {
    /// How often it is tried again.
    #[schemars(range(max = 2))]
    pub attempts: u32,
    /// The age at which an event is given up.
    pub give_up_after: Time,
    /// Where given-up events go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_letter: Option<Reference>,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 2, give_up_after: Time::seconds(6 * 3_600), dead_letter: None }
    }
}
