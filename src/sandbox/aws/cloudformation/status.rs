//! The states of stacks, resources and change sets, and what each allows.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Declares a status enum whose names on the wire are its variants' in upper case.
macro_rules! status {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_meta])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// The name on the wire.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The status with this name on the wire.
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($text => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.as_str())
            }
        }
    };
}

status! {
    /// The state of a stack.
    StackStatus {
        /// Only change sets exist.
        ReviewInProgress = "REVIEW_IN_PROGRESS",
        /// Being created.
        CreateInProgress = "CREATE_IN_PROGRESS",
        /// Created.
        CreateComplete = "CREATE_COMPLETE",
        /// The creation failed and nothing was rolled back.
        CreateFailed = "CREATE_FAILED",
        /// The creation failed; what was created is being deleted.
        RollbackInProgress = "ROLLBACK_IN_PROGRESS",
        /// The creation failed and what was created is gone; the stack can only be deleted.
        RollbackComplete = "ROLLBACK_COMPLETE",
        /// The creation failed and what was created couldn't be deleted; the stack can only be deleted.
        RollbackFailed = "ROLLBACK_FAILED",
        /// Being updated.
        UpdateInProgress = "UPDATE_IN_PROGRESS",
        /// Updated; what isn't needed any more is being deleted.
        UpdateCompleteCleanupInProgress = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        /// Updated.
        UpdateComplete = "UPDATE_COMPLETE",
        /// The update failed and nothing was rolled back.
        UpdateFailed = "UPDATE_FAILED",
        /// The update failed; what was is being restored.
        UpdateRollbackInProgress = "UPDATE_ROLLBACK_IN_PROGRESS",
        /// The restoring failed.
        UpdateRollbackFailed = "UPDATE_ROLLBACK_FAILED",
        /// Restored; what the failed update created is being deleted.
        UpdateRollbackCompleteCleanupInProgress = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        /// Restored.
        UpdateRollbackComplete = "UPDATE_ROLLBACK_COMPLETE",
        /// Being deleted.
        DeleteInProgress = "DELETE_IN_PROGRESS",
        /// Some resources couldn't be deleted.
        DeleteFailed = "DELETE_FAILED",
        /// Deleted.
        DeleteComplete = "DELETE_COMPLETE",
    }
}

impl StackStatus {
    /// Something is being done to the stack now.
    pub fn is_in_progress(self) -> bool {
        self.as_str().ends_with("_IN_PROGRESS") && self != Self::ReviewInProgress
    }

    /// An update, or a change set of type `UPDATE`, may start. The failed states are those in which the last operation was told
    /// not to roll back.
    pub fn allows_update(self) -> bool {
        matches!(
            self,
            Self::CreateComplete
                | Self::UpdateComplete
                | Self::UpdateRollbackComplete
                | Self::CreateFailed
                | Self::UpdateFailed
        )
    }
}

status! {
    /// The state of a resource in a stack.
    ResourceStatus {
        /// Being created.
        CreateInProgress = "CREATE_IN_PROGRESS",
        /// Couldn't be created.
        CreateFailed = "CREATE_FAILED",
        /// Created.
        CreateComplete = "CREATE_COMPLETE",
        /// Being updated, or restored.
        UpdateInProgress = "UPDATE_IN_PROGRESS",
        /// Couldn't be updated, or restored.
        UpdateFailed = "UPDATE_FAILED",
        /// Updated, or restored.
        UpdateComplete = "UPDATE_COMPLETE",
        /// Being deleted.
        DeleteInProgress = "DELETE_IN_PROGRESS",
        /// Couldn't be deleted.
        DeleteFailed = "DELETE_FAILED",
        /// Deleted.
        DeleteComplete = "DELETE_COMPLETE",
        /// Left alone where it would have been deleted.
        DeleteSkipped = "DELETE_SKIPPED",
    }
}

status! {
    /// The state of a change set.
    ChangeSetStatus {
        /// Accepted.
        CreatePending = "CREATE_PENDING",
        /// Being computed.
        CreateInProgress = "CREATE_IN_PROGRESS",
        /// Computed.
        CreateComplete = "CREATE_COMPLETE",
        /// It couldn't be computed, or holds no changes.
        Failed = "FAILED",
    }
}

status! {
    /// Whether a change set can be executed.
    ExecutionStatus {
        /// Not yet, or never.
        Unavailable = "UNAVAILABLE",
        /// It can.
        Available = "AVAILABLE",
        /// It's being executed.
        ExecuteInProgress = "EXECUTE_IN_PROGRESS",
        /// It was.
        ExecuteComplete = "EXECUTE_COMPLETE",
        /// It was and failed.
        ExecuteFailed = "EXECUTE_FAILED",
        /// The stack has changed since.
        Obsolete = "OBSOLETE",
    }
}
