//! A relational database, run by the cloud.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::units::{Processors, Size, Time};
use super::window::{DailyWindow, WeeklyWindow};

/// A relational database. It is private, encrypted at rest and in transit, and deleted only when its protection is lifted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Database {
    /// Which database it is.
    pub engine: DatabaseEngine,
    /// The engine's version: major (`"16"`) to follow the cloud's choice of minor, or exact (`"16.4"`).
    #[schemars(regex(pattern = r"^[1-9][0-9]*(\.[0-9]+)*$"), extend("x-expects" = "a version in quotes, such as \"16\""))]
    pub version: String,
    /// The database created inside at first.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,62}$"), extend("x-expects" = "a database name: lower-case letters, digits and underscores"))]
    pub name: String,
    /// The machine.
    pub size: DatabaseSize,
    /// The disk.
    pub storage: DatabaseStorage,
    /// Whether a standby in another zone takes over when the first fails.
    #[serde(default)]
    pub high_availability: bool,
    /// How many copies serve reads.
    #[serde(default)]
    #[schemars(range(max = 15))]
    pub replicas: u32,
    /// Another region in which a copy serves reads and takes over when this one is lost. On Google Cloud and Azure the stack makes it. On AWS, where a stack makes
    /// nothing outside of its region, an environment that stands there does, whose database `follows` this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[a-z][a-z0-9-]{2,31}$"), extend("x-expects" = "a region, such as us-west-2"))]
    pub replica_in: Option<String>,
    /// The database of another environment, in another region, that this one is a copy of: its identity, as the output `…Identity` of the stack there
    /// says it. AWS only. To be decided before it is made; `promoted` ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[!-~]{8,255}$"), extend("x-expects" = "the identity of a database, as an output of its stack says it"))]
    pub follows: Option<String>,
    /// Whether the copy took over, for good: where `follows` stands, this database follows nothing any more. Where `replica-in` does, the copy
    /// there doesn't, and what asks for this database's host is led to it; the first one stays where it is until it is taken away.
    #[serde(default, skip_serializing_if = "is_not")]
    pub promoted: bool,
    /// Copies for recovery.
    pub backup: DatabaseBackup,
    /// When the cloud may patch it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance: Option<WeeklyWindow>,
    /// Extensions that migrations may create, such as `postgis`.
    #[serde(default)]
    pub extensions: Vec<String>,
    /// Settings of the engine itself, such as `max_connections: 200`.
    #[serde(default)]
    pub parameters: BTreeMap<String, ParameterValue>,
    /// Whether components log in with their cloud identity in place of a password.
    #[serde(default)]
    pub identity_login: bool,
    /// Whether the engine's logs go to the log store.
    #[serde(default)]
    pub export_logs: bool,
    /// Whether a pooler stands in front, so that many short connections share few.
    #[serde(default)]
    pub pooler: bool,
    /// Whether it refuses to be deleted until this is lifted.
    #[serde(default = "yes")]
    pub protected: bool,
}

impl Database {
    /// The identity of the database that it follows.
    pub fn followed(&self) -> Option<&str> {
        self.follows.as_deref().filter(|_| !self.promoted)
    }

    /// Whether a copy of it follows it, here or in another region.
    pub fn is_copied(&self) -> bool {
        self.replicas > 0 || (self.replica_in.is_some() && !self.promoted)
    }
}

fn yes() -> bool {
    true
}

fn is_not(value: &bool) -> bool {
    !value
}

/// Which relational database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DatabaseEngine {
    /// PostgreSQL.
    Postgresql,
}

/// The machine of a database. The cloud's nearest class with at least so much is taken.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DatabaseSize {
    /// Virtual CPUs.
    pub vcpu: Processors,
    /// Memory.
    pub memory: Size,
}

/// The disk of a database.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DatabaseStorage {
    /// How large it is at first.
    pub size: Size,
    /// Operations a second that are guaranteed; the cloud's baseline where not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iops: Option<u32>,
    /// How far it may grow by itself; not at all where not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grow_to: Option<Size>,
}

/// Copies of a database for recovery: daily snapshots and the log between them, for restore to any point in time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DatabaseBackup {
    /// How long they are kept, in whole days.
    pub keep: Time,
    /// When the daily snapshot is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<DailyWindow>,
    /// Another region that has copies too, by the cloud's own name, so that they outlive the loss of this one; only Azure is particular
    /// about which. Google Cloud keeps them there alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[a-z][a-z0-9-]{2,31}$"), extend("x-expects" = "a region, such as us-west-2"))]
    pub copied_to: Option<String>,
}

/// The value of an engine's setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ParameterValue {
    /// A switch.
    Switch(bool),
    /// A whole number, in the setting's own unit.
    Number(i64),
    /// A decimal number.
    Decimal(f64),
    /// Text, as the engine reads it.
    Text(String),
}

impl std::fmt::Display for ParameterValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ParameterValue::Switch(on) => f.write_str(if *on { "1" } else { "0" }),
            ParameterValue::Number(number) => number.fmt(f),
            ParameterValue::Decimal(number) => number.fmt(f),
            ParameterValue::Text(text) => f.write_str(text),
        }
    }
}

/// The port on which PostgreSQL listens (IANA: postgresql).
pub const POSTGRESQL_PORT: u16 = 5432;
