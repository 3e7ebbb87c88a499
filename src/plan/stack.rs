//! A stack's state in words that fit every cloud's engine, and what may be done to a stack in that state.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a stack stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// A shell without resources: a first deployment was prepared and not carried out.
    Empty,
    /// Its resources are being created.
    Creating,
    /// Its resources are being updated.
    Updating,
    /// The update succeeded; what it replaced is being removed.
    CleaningUp,
    /// A failed creation is being undone.
    UndoingCreation,
    /// A failed update is being undone.
    UndoingUpdate,
    /// Its resources are being deleted.
    Deleting,
    /// The last operation succeeded.
    Steady,
    /// The last update failed and was undone: what was there before it serves.
    UpdateUndone,
    /// The creation failed and was left as it is.
    CreationFailed,
    /// The creation failed and was undone: nothing serves, and the stack can only be deleted.
    CreationUndone,
    /// The creation failed, and so did undoing it: resources may be left; the stack can only be deleted.
    CreationUndoFailed,
    /// The last update failed and was left as it is.
    UpdateFailed,
    /// The last update failed, and so did undoing it: resources are a mixture of before and after.
    UpdateUndoFailed,
    /// Deletion failed: some resources are gone.
    DeletionFailed,
    /// The stack is gone.
    Deleted,
}

impl Phase {
    /// Whether the cloud is at work on the stack, so that nothing else can be started.
    pub fn is_busy(self) -> bool {
        match self {
            Phase::Creating
            | Phase::Updating
            | Phase::CleaningUp
            | Phase::UndoingCreation
            | Phase::UndoingUpdate
            | Phase::Deleting => true,
            Phase::Empty
            | Phase::Steady
            | Phase::UpdateUndone
            | Phase::CreationFailed
            | Phase::CreationUndone
            | Phase::CreationUndoFailed
            | Phase::UpdateFailed
            | Phase::UpdateUndoFailed
            | Phase::DeletionFailed
            | Phase::Deleted => false,
        }
    }

    /// Whether what the stack describes is wholly there: an update may start from here.
    pub fn is_serving(self) -> bool {
        matches!(self, Phase::Steady | Phase::UpdateUndone)
    }
}

/// A stack as the cloud describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackFacts {
    /// The identity that no later stack of the same name shares.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub phase: Phase,
    /// The cloud's own word for where it stands, such as `UPDATE_COMPLETE`.
    pub state: String,
    /// What the cloud says about that state, if anything.
    pub reason: Option<String>,
    /// When it was created, on the cloud's clock.
    pub created: Option<Timestamp>,
    /// When its last update began, on the cloud's clock; none where it was never updated.
    pub updated: Option<Timestamp>,
    /// Whether the cloud refuses to delete it until that protection is lifted.
    pub protected: bool,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The values that its document was deployed with.
    pub parameters: BTreeMap<String, String>,
    /// The values that it gives back.
    pub outputs: BTreeMap<String, String>,
}

impl StackFacts {
    /// The facts that tell whether the stack was touched since it was looked at.
    pub fn mark(&self) -> Mark {
        Mark { id: self.id.clone(), state: self.state.clone(), updated: self.updated }
    }
}

/// What changes about a stack whenever anything is done to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mark {
    /// The stack's identity.
    pub id: String,
    /// The cloud's word for its state.
    pub state: String,
    /// When its last update began; none where it was never updated.
    pub updated: Option<Timestamp>,
}
