//! What one component may do with another.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reference::{Kind, Reference};

/// What a component may do, by the component that it is done to. Network paths, permissions and login rights all
/// follow from this, and from two statements that say as much: a function may receive from the queue that it consumes, and
/// a workload may read a secret that one of its variables holds.
pub type Access = BTreeMap<Reference, Vec<Grant>>;

/// One thing that may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Grant {
    /// Open connections: databases, caches.
    Connect,
    /// Read what is stored: buckets, secrets, settings.
    Read,
    /// Create and overwrite: buckets.
    Write,
    /// Delete: buckets.
    Delete,
    /// Put messages in: queues.
    Send,
    /// Take messages out: queues.
    Receive,
    /// Notify: topics.
    Publish,
    /// Run: functions.
    Invoke,
}

impl Grant {
    /// The word in the environment file.
    pub const fn word(self) -> &'static str {
        match self {
            Grant::Connect => "connect",
            Grant::Read => "read",
            Grant::Write => "write",
            Grant::Delete => "delete",
            Grant::Send => "send",
            Grant::Receive => "receive",
            Grant::Publish => "publish",
            Grant::Invoke => "invoke",
        }
    }

    /// What can be granted on a component of that kind.
    pub const fn on(kind: Kind) -> &'static [Grant] {
        match kind {
            Kind::Database | Kind::Cache => &[Grant::Connect],
            Kind::Bucket => &[Grant::Read, Grant::Write, Grant::Delete],
            Kind::Secret | Kind::Setting => &[Grant::Read],
            Kind::Queue => &[Grant::Send, Grant::Receive],
            Kind::Topic => &[Grant::Publish],
            Kind::Function => &[Grant::Invoke],
            Kind::Alarm
            | Kind::Api
            | Kind::Artifact
            | Kind::Budget
            | Kind::CostAnomaly
            | Kind::Dashboard
            | Kind::Registry
            | Kind::Schedule
            | Kind::Service
            | Kind::Site => &[],
        }
    }
}
