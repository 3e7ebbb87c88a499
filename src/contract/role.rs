//! One thing that an executable can be told to be.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::metric::Metric;
use super::variable::Variable;
use crate::model::access::Grant;

/// What one role needs and gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Its name: a function's handler, or the first word of a service's command.
    #[serde(rename = "role")]
    pub name: String,
    /// The forms in which it works.
    pub runs_as: Vec<RunsAs>,
    /// The environment variables that it reads.
    pub variables: Vec<Variable>,
    /// The TCP port that it listens on where no variable says otherwise; none for one that doesn't listen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The path that answers 200 when all is well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_path: Option<String>,
    /// The variables that hold the address of a queue which it sends to.
    #[serde(default)]
    pub queues: Vec<String>,
    /// The metrics that it emits.
    pub metrics: Vec<Metric>,
    /// What it does with other components, by their kind (`database`, `queue`, …), in the words of `access`.
    pub permissions: BTreeMap<String, Vec<Grant>>,
    /// The least memory that it works in, MiB.
    pub memory_mib: u64,
    /// The least time that a run must be allowed, seconds; none for a role that runs on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
}

/// A form in which a role works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunsAs {
    /// It works on events and is gone when it has answered.
    Function,
    /// It runs once, to its end.
    Job,
    /// It runs on and listens.
    Service,
}

impl fmt::Display for RunsAs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RunsAs::Function => "function",
            RunsAs::Job => "job",
            RunsAs::Service => "service",
        })
    }
}

impl Role {
    /// The variable of that name.
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().find(|variable| variable.name == name)
    }
}
