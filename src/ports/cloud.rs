//! A cloud's engine: what landfall asks of CloudFormation, Infrastructure Manager and Deployment Stacks, in words of none of them.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::plan::change::Action;
use crate::plan::deployment::{Deployment, Place, Protection};
use crate::plan::destination::{Destination, Found};
use crate::plan::drift::ResourceDrift;
use crate::plan::serving::Serving;
use crate::plan::stack::{Mark, StackFacts};
use crate::ports::calls::Calls;
use crate::ports::copies::Copies;
use crate::ports::images::Images;
use crate::ports::migrations::Migrations;
use crate::ports::records::Records;
use crate::ports::secret::Secrets;
use crate::ports::setting::Settings;
use crate::ports::sight::Sight;

/// Why a cloud did not do what it was asked. Drivers retry what may pass by itself before they give one of these.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CloudError {
    /// There are no credentials, or they could not be read.
    #[error("no credentials for {cloud}: {why}")]
    NoCredentials {
        /// The cloud.
        cloud: String,
        /// Where they were looked for and what went wrong.
        why: String,
    },
    /// The credentials have run out. What runs in the cloud goes on.
    #[error("the credentials expired during {call}")]
    Expired {
        /// The call that was refused.
        call: String,
    },
    /// The credentials are another account's than the environment's.
    #[error("the environment belongs to account {expected}, the credentials to {actual}")]
    WrongAccount {
        /// The pinned account.
        expected: String,
        /// The account of the credentials.
        actual: String,
    },
    /// A permission is missing.
    #[error("{call} is denied: {message}")]
    Denied {
        /// The call that was refused.
        call: String,
        /// The permission that is missing, such as `cloudformation:CreateChangeSet`.
        action: String,
        /// What it has to be granted on.
        resource: String,
        /// What the cloud said.
        message: String,
    },
    /// The clocks of this machine and of the cloud are too far apart for a signature to hold.
    #[error("{call} is refused because this machine's clock is wrong: {message}")]
    ClockSkew {
        /// The call that was refused.
        call: String,
        /// What the cloud said.
        message: String,
    },
    /// The cloud asked to slow down until the deadline passed.
    #[error("{call} was throttled until the deadline of {waited_seconds} s")]
    Throttled {
        /// The call.
        call: String,
        /// How long it was retried, seconds.
        waited_seconds: u64,
    },
    /// The cloud could not be reached, or failed, until the deadline passed. A read: nothing was changed.
    #[error("{call} got no answer: {why}")]
    Unavailable {
        /// The call.
        call: String,
        /// What happened last.
        why: String,
    },
    /// A write was sent and its answer never came, also not after asking again: it may have happened.
    #[error("whether {call} happened is not known: {why}")]
    Ambiguous {
        /// The call.
        call: String,
        /// What happened last.
        why: String,
    },
    /// What was named isn't there.
    #[error("{what} does not exist")]
    NotFound {
        /// What was asked for.
        what: String,
    },
    /// The preview no longer fits the stack: something else changed it.
    #[error("the preview {preview} is obsolete: the stack was changed after it was made")]
    Obsolete {
        /// The preview.
        preview: String,
    },
    /// The store for documents and code belongs to somebody else, or is open to others.
    #[error("the bucket {bucket} must not be used: {why}")]
    ForeignBucket {
        /// The bucket.
        bucket: String,
        /// What is wrong with it.
        why: String,
    },
    /// The cloud understood and said no.
    #[error("{call} is refused ({code}): {message}")]
    Refused {
        /// The call.
        call: String,
        /// The cloud's code for the reason.
        code: String,
        /// What the cloud said.
        message: String,
    },
    /// The driver was asked for something that this cloud doesn't have, or this program was built without.
    #[error("{0}")]
    Unsupported(String),
}

/// Who is calling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The account, project or subscription.
    pub account: String,
    /// The person, role or service account, as the cloud names it.
    pub principal: String,
}

/// Whether a preview brings a stack into being.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PreviewKind {
    /// The stack isn't there, or is an empty shell.
    Create,
    /// The stack is there.
    Update,
    /// The stack is there, and what was changed by hand in it is to be put back.
    Revert,
}

/// What a preview says of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewChange {
    /// The resource's id in the document.
    pub id: String,
    /// Its native type.
    pub kind: String,
    /// What is done to it. [`Action::Replace`] only where the cloud is certain of it.
    pub action: Action,
    /// Whether the cloud decides only while it is at work if the resource is replaced.
    pub replacement_possible: bool,
    /// Whether the cloud is certain that anything is done to it. Not so where it is listed only because something that it refers to
    /// changes, which may leave the value as it is.
    pub certain: bool,
    /// The properties that the cloud names.
    pub fields: Vec<String>,
}

/// Where a preview stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PreviewState {
    /// It can be carried out.
    Ready,
    /// There is nothing to do.
    Empty,
    /// The cloud refuses the document.
    Failed(String),
    /// The stack was changed after it was made.
    Obsolete,
    /// It has been carried out, or is being carried out.
    Started,
}

/// What the cloud itself says it would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// The preview's identity.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The stack's identity.
    pub stack_id: String,
    /// Where it stands.
    pub state: PreviewState,
    /// What it would do, ordered by resource.
    pub changes: Vec<PreviewChange>,
}

/// An operation to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Carries out a preview.
    Execute {
        /// Its identity.
        preview: String,
    },
    /// Deletes the stack.
    Delete {
        /// Resources to leave in the cloud; only a stack whose deletion failed takes any.
        retain: Vec<String>,
    },
    /// Goes on undoing a failed update.
    ContinueUndo {
        /// Resources to leave as they are and to count as undone. They aren't: the stack no longer tells the truth about them.
        skip: Vec<String>,
    },
}

/// A started operation, with all that is needed to find it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationRef {
    /// The stack's identity.
    pub stack_id: String,
    /// The token that it was started with.
    pub token: String,
    /// The stack before it was started: seen again, it is an old answer, not an end. None where there was no stack.
    pub before: Option<Mark>,
}

/// What an event says happened to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The cloud began on it.
    Started,
    /// It is done.
    Done,
    /// It failed.
    Failed,
    /// Left as it is.
    Skipped,
}

/// What is being done to a resource when an event is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doing {
    /// It is created.
    Create,
    /// It is updated.
    Update,
    /// It is deleted.
    Delete,
    /// What was done to it is undone.
    Undo,
}

/// One event of an operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its identity: the same event given twice has it twice.
    pub id: String,
    /// When, on the cloud's clock.
    pub at: Timestamp,
    /// The resource's id in the document; the stack's name for the stack itself.
    pub resource: String,
    /// Whether it is about the stack itself.
    pub stack_itself: bool,
    /// The native type.
    pub kind: String,
    /// The resource in the cloud, once it is known.
    pub physical: Option<String>,
    /// What is being done to it.
    pub doing: Doing,
    /// How far that is.
    pub step: Step,
    /// Why, where the cloud says it.
    pub reason: Option<String>,
    /// Whether that reason is only that another resource failed.
    pub cancelled: bool,
    /// The cloud's own word.
    pub state: String,
}

/// How far an operation is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The stack now; none where it is gone.
    pub stack: Option<StackFacts>,
    /// Whether the cloud has been seen to take up the operation.
    pub started: bool,
    /// Whether the cloud has finished with it, judged by the stack and never by an event alone.
    pub finished: bool,
    /// All its events so far, oldest first, each once.
    pub events: Vec<Event>,
}

/// A resource of a stack, as the cloud lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackResource {
    /// Its id in the document.
    pub id: String,
    /// Its native type.
    pub kind: String,
    /// The resource in the cloud, where it was made.
    pub physical: Option<String>,
    /// The cloud's word for its state.
    pub state: String,
    /// What the cloud says about that state.
    pub reason: Option<String>,
}

/// One account and region of a cloud, with credentials.
///
/// A driver refuses every write until it has seen that its credentials belong to the account it was connected for.
#[async_trait]
pub trait Cloud: Calls + Copies + Images + Migrations + Records + Secrets + Settings + Sight {
    /// Who is calling.
    ///
    /// # Errors
    /// [`CloudError::WrongAccount`] where that isn't the account of the place connected to.
    async fn identity(&self) -> Result<Identity, CloudError>;

    /// Describes a stack by name or identity; none where there is none, or where it is deleted.
    async fn describe(&self, stack: &str) -> Result<Option<StackFacts>, CloudError>;

    /// The document that the stack was last deployed with, byte for byte as it was sent; none where there is none.
    async fn document(&self, stack: &str) -> Result<Option<String>, CloudError>;

    /// The resources that the stack has now, ordered by id.
    async fn resources(&self, stack: &str) -> Result<Vec<StackResource>, CloudError>;

    /// The policy of what updates may do, if the stack has one.
    async fn policy(&self, stack: &str) -> Result<Option<Value>, CloudError>;

    /// How a bucket is that copies of a stack's objects are to go into. Asked only where documents name one.
    async fn destination(&self, destination: &Destination) -> Result<Found, CloudError> {
        Err(CloudError::Unsupported(format!("the bucket {} can't be looked at", destination.bucket)))
    }

    /// Has the cloud compute what a deployment would do, and waits for the answer.
    /// Asking twice with the same name and token gives the same preview.
    async fn preview(
        &self,
        deployment: &Deployment,
        kind: PreviewKind,
        name: &str,
        token: &str,
    ) -> Result<Preview, CloudError>;

    /// Finds a preview by name; none where there is none.
    async fn find_preview(&self, stack: &str, name: &str) -> Result<Option<Preview>, CloudError>;

    /// Removes a preview, and the empty shell of a stack that it may have brought along. Done twice, the second does nothing.
    async fn discard(&self, stack: &str, preview: &str) -> Result<(), CloudError>;

    /// Starts an operation. Started twice with the same token, it runs once.
    ///
    /// # Errors
    /// [`CloudError::Ambiguous`] where the answer was lost and asking again did not help: follow it to learn more.
    async fn start(&self, stack: &str, operation: &Operation, token: &str) -> Result<(), CloudError>;

    /// How far an operation is.
    async fn progress(&self, operation: &OperationRef) -> Result<Progress, CloudError>;

    /// The token of whoever started what runs on the stack now or ran last, and when, as far as the cloud tells.
    async fn initiator(&self, stack: &str) -> Result<Option<String>, CloudError>;

    /// Sets what protects a stack. Does nothing where it is so already.
    async fn protect(&self, stack: &str, protection: &Protection) -> Result<(), CloudError>;

    /// The versions that the stack has serve, ordered by id, as far as others can be put in their place in seconds, without the
    /// stack; none where this cloud has no such switches.
    async fn serving(&self, _stack: &str) -> Result<Vec<Serving>, CloudError> {
        Ok(Vec::new())
    }

    /// Has calls go to that version. The stack has to follow: until then it says something else than what serves. Done twice, the
    /// second does nothing.
    ///
    /// # Errors
    /// [`CloudError::Refused`] where the version is gone.
    async fn serve(&self, serving: &Serving) -> Result<(), CloudError> {
        Err(CloudError::Unsupported(format!("{} can't be switched", serving.id)))
    }

    /// Ends the copies of versions that take no calls any more, where the stack left them running so that they could take them back. Done
    /// twice, the second does nothing.
    ///
    /// # Errors
    /// [`CloudError::Unavailable`] where the newest version doesn't take the calls yet.
    async fn retire(&self, _stack: &str) -> Result<(), CloudError> {
        Ok(())
    }

    /// Compares every resource with what the stack says. Takes the cloud minutes for a large stack.
    async fn drift(&self, stack: &str) -> Result<Vec<ResourceDrift>, CloudError>;
}

/// Connects to clouds.
#[async_trait]
pub trait Clouds: Send + Sync {
    /// A connection for one place. No call is made yet but what finding credentials needs.
    async fn connect(&self, place: &Place) -> Result<Box<dyn Cloud>, CloudError>;
}

/// Seconds that an operation on a resource type usually takes, by native type: what a progress display expects.
pub type Durations = BTreeMap<String, u64>;
