//! Why a plan was not carried out.

use super::gate::Unwell;
use crate::ledger::chain::Fault;
use crate::ledger::entry::{Failure, Intent};
use crate::ledger::lock::HeldBy;
use crate::plan::stack::StackFacts;
use crate::ports::cloud::{CloudError, StackResource};
use crate::ports::ledger::StoreError;

/// Why a plan was not carried out, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// The cloud did not do what it was asked, before anything was started.
    #[error(transparent)]
    Cloud(#[from] CloudError),
    /// The ledger's store did not do what it was asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger is not what was written to it: nothing is written on top.
    #[error("{0}")]
    Ledger(#[from] Fault),
    /// An entry could not be written as JSON.
    #[error("an entry of the ledger can't be written: {0}")]
    Format(#[from] serde_json::Error),
    /// Another run holds the target.
    #[error("{} is locked by {} on {}", .target, .by.lock.holder.who, .by.lock.holder.host)]
    Locked {
        /// The target.
        target: String,
        /// Who holds it.
        by: Box<HeldBy>,
    },
    /// The lock was taken over by somebody else while this run was at work. It stopped before its next change.
    #[error("the lock of {target} was taken over by another run (epoch {ours} → {theirs})")]
    Fenced {
        /// The target.
        target: String,
        /// This run's epoch.
        ours: u64,
        /// The epoch now.
        theirs: u64,
    },
    /// An earlier run was interrupted and has to be finished first.
    #[error("an earlier run on {target} was interrupted: finish it with `landfall recover {target}`")]
    Pending {
        /// The target.
        target: String,
        /// What it was about to do.
        intent: Box<Intent>,
    },
    /// The world moved after the plan was made.
    #[error("the plan no longer fits: {0}")]
    Stale(String),
    /// The cloud refuses the document when it computes what it would do. Nothing was changed.
    #[error("the cloud refuses the document: {reason}")]
    Rejected {
        /// What the cloud said.
        reason: String,
    },
    /// A run was interrupted before the new value of a secret was sent, and no record holds it. Nothing was changed.
    #[error(
        "the new value of secret.{secret} of {target} was not sent before the run was interrupted: the old one holds"
    )]
    NotRotated {
        /// The target.
        target: String,
        /// The secret.
        secret: String,
    },
    /// The database's schema could not be brought up to date. Nothing else of the deployment was begun.
    #[error("the migrations failed: {why}")]
    Migration {
        /// The function that ran them: its id in the document.
        function: String,
        /// What it says.
        why: String,
        /// The end of its log, a line each.
        log: Vec<String>,
    },
    /// A step of a drill could not be done. What was done before it isn't done again.
    #[error("the drill stopped at `{step}`: {why}")]
    Drill {
        /// The step.
        step: String,
        /// Why.
        why: String,
        /// What to do about it.
        remedy: String,
        /// Whether it was asked to stop.
        interrupted: bool,
    },
    /// The cloud did it, and it failed.
    #[error("{} failed", .0.what)]
    Failed(Box<Failed>),
    /// The cloud did it, and what it made isn't well.
    #[error("what was deployed to {target} isn't well")]
    Unwell {
        /// The target.
        target: String,
        /// What isn't, and how going back ended.
        unwell: Box<Unwell>,
    },
    /// The process was asked to stop, or can't follow any longer, while the cloud goes on.
    #[error("{why}; {state}")]
    Interrupted {
        /// The target.
        target: String,
        /// Why this run stopped.
        why: String,
        /// What goes on in the cloud, or that nothing was begun.
        state: String,
    },
    /// The cloud is at work on the stack for somebody else.
    #[error("the stack {} is {}: somebody else is at work on it", .stack.name, .stack.state)]
    Busy {
        /// The stack.
        stack: Box<StackFacts>,
        /// Who started that, as far as the cloud tells.
        initiator: Option<String>,
    },
}

/// An operation that the cloud carried out and that failed.
#[derive(Debug)]
pub struct Failed {
    /// What was tried, such as `update of shop-prod`.
    pub what: String,
    /// The stack afterwards; none where it is gone.
    pub stack: Option<StackFacts>,
    /// The resource that failed first, if one did.
    pub first: Option<Failure>,
    /// The resources that are left in a failed state.
    pub stuck: Vec<StackResource>,
}
