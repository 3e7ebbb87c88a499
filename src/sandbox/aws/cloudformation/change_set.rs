//! A change set as the sandbox keeps it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::changes::ResourceChange;
use super::operation::OnFailure;
use super::stack::Definition;
use super::status::{ChangeSetStatus, ExecutionStatus};
use super::validation::Finding;

/// A proposed change to a stack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangeSet {
    /// Its ARN.
    pub id: String,
    /// Its name, unique in the stack.
    pub name: String,
    /// Whether it creates the stack.
    pub creates: bool,
    /// Whether it counts from what the cloud has instead of what the stack last gave, so that drift is put back.
    #[serde(default)]
    pub reverts_drift: bool,
    /// When it was asked for.
    pub created: Timestamp,
    /// When it's computed.
    pub ready: Timestamp,
    /// How it comes out, once it's computed.
    pub status: ChangeSetStatus,
    /// Why.
    pub status_reason: Option<String>,
    /// Whether it can be executed, once it's computed.
    pub execution: ExecutionStatus,
    /// What it is for.
    pub description: Option<String>,
    /// What the stack would be made from.
    pub definition: Definition,
    /// What would change.
    pub changes: Vec<ResourceChange>,
    /// What the checks found.
    pub findings: Vec<Finding>,
    /// What to do when the execution fails, if it was said.
    pub on_failure: Option<OnFailure>,
    /// The token of the request.
    pub token: Option<String>,
    /// The operation that made it.
    pub operation_id: String,
    /// The request that asked for it.
    pub essence: BTreeMap<String, String>,
}

impl ChangeSet {
    /// Its state now.
    pub fn status_at(&self, now: Timestamp) -> ChangeSetStatus {
        if now >= self.ready {
            return self.status;
        }
        let half = self.created + self.ready.duration_since(self.created) / 2;
        if now < half { ChangeSetStatus::CreatePending } else { ChangeSetStatus::CreateInProgress }
    }

    /// Whether it can be executed now.
    pub fn execution_at(&self, now: Timestamp) -> ExecutionStatus {
        if now < self.ready { ExecutionStatus::Unavailable } else { self.execution }
    }
}
