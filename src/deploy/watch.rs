//! What whoever shows progress is told.

use std::time::Duration;

use crate::ledger::entry::{Intent, Versions};
use crate::ledger::lock::Lock;
use crate::plan::digest::Digest;
use crate::plan::stack::StackFacts;
use crate::ports::cloud::Progress;
use crate::ports::images::Pushed;

/// News of a run.
#[derive(Debug)]
pub enum News<'a> {
    /// The lock was taken from a holder that had not let go of it.
    TookOver {
        /// Who lost it.
        from: &'a Lock,
        /// Why that is right.
        why: &'a str,
    },
    /// The cloud is at work on the stack for somebody else, and is waited for.
    Waiting {
        /// The stack.
        stack: &'a StackFacts,
        /// How long already.
        elapsed: Duration,
    },
    /// An interrupted run is being finished.
    Resuming(&'a Intent),
    /// The cloud is computing what it would do.
    Previewing,
    /// The operation was handed to the cloud.
    Started,
    /// An image is being put into its registries.
    Pushing {
        /// Its digest.
        digest: &'a Digest,
    },
    /// It is there.
    Pushed {
        /// How much had to be sent.
        pushed: Pushed,
    },
    /// The database's schema is being brought up to date.
    Migrating,
    /// It is.
    Migrated {
        /// The versions, as far as they were told.
        versions: Versions,
    },
    /// What had to be there first is: the rest comes now.
    SecondStep,
    /// How far the operation is.
    Progress {
        /// How far.
        progress: &'a Progress,
        /// How long it has been followed.
        elapsed: Duration,
    },
    /// The cloud says that it is done, and what it made is looked at.
    Judging {
        /// What is looked at, such as `whether the stack's alarms stay quiet`.
        what: &'a str,
    },
    /// Calls go to an earlier version again, ahead of the stack.
    Switched {
        /// The id, in the document, of what leads them there.
        id: &'a str,
        /// The version in the cloud.
        version: &'a str,
    },
    /// Calls could not be led to an earlier version; they go there with the stack.
    NotSwitched {
        /// The id, in the document, of what leads them.
        id: &'a str,
        /// Why not.
        why: String,
    },
    /// Copies of a version that takes no calls any more run on.
    NotRetired {
        /// Why.
        why: String,
    },
    /// It isn't well: what was good before is deployed again.
    GoingBack,
    /// The cloud could not be asked how far it is; it will be asked again.
    Unanswered {
        /// What went wrong.
        why: String,
    },
}

/// Whoever shows progress.
pub trait Watch: Send + Sync {
    /// Takes a piece of news.
    fn news(&self, news: &News<'_>);
}

/// Shows nothing.
#[derive(Clone, Copy, Debug)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn news(&self, _: &News<'_>) {}
}
