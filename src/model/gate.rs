//! What a release has to pass on its way into an environment, and what a deployment has to show there.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::name::Name;
use super::reference::Reference;
use super::units::Time;

/// What a release has to pass on its way into an environment (`from`, `soak`, `tests`, `approval`), and what has to be seen
/// there after the cloud says that it is done (`alarms-quiet`, `health`, within `well-within`). A deployment that fails the
/// second kind goes back by itself to what was good before it, and the environment takes no promotion until somebody looked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Gates {
    /// The environment of the same system from which releases come. Any where not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Name>,
    /// How long a release must have been good in the environment that it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub soak: Option<Time>,
    /// What is run before a release is let in, each from the project's root; one that doesn't end with status 0 keeps it out.
    pub tests: Vec<GateTest>,
    /// Who has to say yes. Nobody where not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<GateApproval>,
    /// How long services may take until every copy runs, and databases until they are available, after the cloud says that a
    /// deployment is done. Looked at where this, `alarms-quiet` or `health` is given; 10m where only the others are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub well_within: Option<Time>,
    /// How long none of the environment's own alarms may ring after a deployment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarms_quiet: Option<Time>,
    /// A path that has to answer after a deployment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<GateHealth>,
}

impl Gates {
    /// Whether anything is looked at after a deployment.
    pub const fn looks_afterwards(&self) -> bool {
        self.well_within.is_some() || self.alarms_quiet.is_some() || self.health.is_some()
    }

    /// How long services and databases may take until they are well.
    pub fn well_within(&self) -> Time {
        self.well_within.unwrap_or(Time::minutes(10))
    }
}

/// A command that judges a release before it is let in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GateTest {
    /// The program and its arguments, as they are: no shell reads them.
    pub run: Vec<String>,
    /// How long it may take.
    #[serde(default = "ten_minutes")]
    pub within: Time,
}

fn ten_minutes() -> Time {
    Time::minutes(10)
}

/// Who has to say yes before a release is let in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GateApproval {
    /// How many different people.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 10))]
    pub count: u32,
    /// Whose yes counts, as the version control names them, such as `ana@example.com`. Anybody's where nobody is named.
    #[serde(default)]
    pub persons: Vec<String>,
}

fn one() -> u32 {
    1
}

/// A path that has to answer after a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GateHealth {
    /// What answers: a service with a public load balancer, or an API.
    pub of: Reference,
    /// The path that answers 200 when all is well.
    #[schemars(regex(pattern = r"^/[A-Za-z0-9_.~/-]{0,255}$"), extend("x-expects" = "a path, such as /health"))]
    pub path: String,
    /// Where the answer shows the build that answers: a JSON pointer such as `/build`, or a header's name such as `x-build`. It has to
    /// hold what the workload finds in its variable `BUILD_DIGEST`, and the build that was just deployed has to be the one. Without
    /// it, only the status 200 is seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        regex(pattern = r"^(/[A-Za-z0-9_~/-]{1,127}|[A-Za-z][A-Za-z0-9-]{0,63})$"),
        extend("x-expects" = "a JSON pointer such as /build, or a header's name such as x-build")
    )]
    pub build: Option<String>,
    /// How long it may take until it does.
    #[serde(default = "five_minutes")]
    pub within: Time,
}

fn five_minutes() -> Time {
    Time::minutes(5)
}
