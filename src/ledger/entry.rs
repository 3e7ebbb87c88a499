//! An entry of the ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::drill::Drill;
use super::flag::{Flag, Flags};
use super::gate::{Gate, Judgement};
use super::lock::Holder;
use crate::contract::schema::SchemaRange;
use crate::plan::deployment::{Migration, Place, Protection};
use crate::plan::digest::Digest;
use crate::plan::drift::Difference;
use crate::plan::serving::Serving;
use crate::plan::stack::Mark;

/// The format that this landfall writes. It reads this one and the one before, and refuses others: a new field that old
/// readers may ignore keeps the number, anything else raises it.
///
/// 2 brought approvals, holds and what lifts them, deployments that aren't well, and accepted drift. 3 brought images, migrations,
/// deployments in two steps, settings that are switched without a deployment, secrets that are rotated by a command, drills, and the program that
/// deploys where the cloud's own engine doesn't.
pub const FORMAT_VERSION: u32 = 3;

/// One entry: who did what to a target, and the entry before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The format, [`FORMAT_VERSION`] when it was written.
    pub format_version: u32,
    /// The target, `system/environment`.
    pub target: String,
    /// Its number, from 1 without a gap.
    pub sequence: u64,
    /// The digest of the entry before it; none for the first.
    pub previous: Option<Digest>,
    /// The epoch of the lock that its writer held.
    pub epoch: u64,
    /// When, on the writer's clock: for people, nothing is decided by it.
    pub at: Timestamp,
    /// Who wrote it.
    pub by: Holder,
    /// What it says.
    pub record: Record,
}

impl Entry {
    /// The bytes to store. Its digest is theirs.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

/// What an entry says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Record {
    /// Something is about to be done. Written before the first change in the cloud.
    Intent(Box<Intent>),
    /// How it ended.
    Outcome(Outcome),
    /// The process stopped while the cloud went on; `recover` finishes it.
    Interrupted(Interrupted),
    /// Somebody took the lock from a holder that had not let go of it.
    TakenOver(TakenOver),
    /// A person approved that a plan is carried out.
    Approved(Approved),
    /// The target takes no promotion until somebody has looked.
    Held(Held),
    /// Somebody has looked, and the target takes promotions again.
    Lifted(Lifted),
    /// What was changed by hand was looked at and is to stay.
    DriftAccepted(DriftAccepted),
    /// The database's schema was brought up to date, before the rest of a deployment.
    Migrated(Migrated),
    /// The way to another region was drilled.
    Drilled(Box<Drill>),
}

/// What is about to be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// Its identity, which is also the token that the cloud is given.
    pub id: String,
    /// What.
    pub purpose: Purpose,
    /// Where.
    pub place: Place,
    /// The stack's name.
    pub stack: String,
    /// The stack as it was found; none where there was none.
    pub before: Option<Mark>,
    /// The plan that is carried out, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Digest>,
    /// What was approved by name: ids of changes, or kinds of consequence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approved: Vec<String>,
}

/// What an intent is for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Purpose {
    /// A document is deployed.
    Deploy(Box<Deploy>),
    /// The stack is deleted.
    Destroy {
        /// Resources that stay in the cloud, by id.
        retain: Vec<String>,
        /// Whether the stack's protection against it is lifted first.
        #[serde(default)]
        lift_protection: bool,
    },
    /// A failed update that could not be undone is undone further.
    ContinueUndo {
        /// Resources left as they are, by id.
        skip: Vec<String>,
        /// The versions that serve again before that.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        switches: Vec<Serving>,
    },
    /// A setting is switched beside the stack.
    Switch(Box<Switch>),
}

/// A setting that is switched without a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switch {
    /// Its name in the files.
    pub setting: String,
    /// Where it stands, and what it is switched to.
    pub flag: Flag,
    /// What stood there before; none where nothing did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// Whether the files' value counts again from then on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reset: bool,
    /// Why, as whoever did it said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// All that is needed to carry out a deployment again, so that `recover` can finish it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deploy {
    /// The document; the ledger holds it by this digest.
    pub document: Digest,
    /// The name of the preview that is carried out.
    pub preview: String,
    /// Values for the document's parameters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// Values that some of them need for new versions to take over all at once, where otherwise they roll out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub at_once: BTreeMap<String, String>,
    /// The stack's tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// What protects the stack afterwards.
    pub protection: Protection,
    /// The object store for documents and code, where the environment names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
    /// What has to lie in that store, by key; the ledger holds it by these digests.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub uploads: BTreeMap<String, Digest>,
    /// What has to lie in registries of the stack before it is run, by the parameter that names it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub images: BTreeMap<String, PushedImage>,
    /// What is run before anything else of it is deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub migration: Option<Migration>,
    /// Parameters of a first step, where the registries have to be made before images can be pushed into them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ground: Option<BTreeMap<String, String>>,
    /// Whether it is to put back what was changed by hand, besides.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reverts_drift: bool,
    /// How many resources it creates, changes, replaces and deletes, as planned.
    pub tally: Tally,
    /// The release that it deploys; none where the files of a working copy were deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<ReleaseRef>,
    /// How it came about; none for what was recorded before releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// The database schemas that its builds work with, by artifact; nothing of one whose build doesn't say.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub schemas: BTreeMap<String, SchemaRange>,
    /// Why the target was held when this began, or is held by it. Kept here so that nobody has to read further back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<String>,
    /// What has to be seen after the cloud says that it is done; none where nothing is looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Gate>,
    /// The versions that serve again before the stack follows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub switches: Vec<Serving>,
    /// The intent of the unwell deployment that this goes back from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub takes_back: Option<String>,
    /// The settings that stay as they were switched, whatever the document says.
    #[serde(default, skip_serializing_if = "Flags::is_empty")]
    pub flags: Flags,
    /// The secret whose new value it brings to what reads it; none where it brings none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotates: Option<Rotation>,
    /// How often each secret was rotated by a command, besides what the files say. Kept here so that nobody has to read further back.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rotations: BTreeMap<String, u32>,
}

impl Deploy {
    /// A deployment of a document and of nothing besides.
    pub fn of(document: Digest) -> Self {
        Deploy {
            document,
            preview: String::new(),
            parameters: BTreeMap::new(),
            at_once: BTreeMap::new(),
            tags: BTreeMap::new(),
            protection: Protection::default(),
            bucket: None,
            uploads: BTreeMap::new(),
            images: BTreeMap::new(),
            migration: None,
            ground: None,
            reverts_drift: false,
            tally: Tally::default(),
            release: None,
            origin: None,
            schemas: BTreeMap::new(),
            held: None,
            gate: None,
            takes_back: None,
            flags: BTreeMap::new(),
            rotates: None,
            rotations: BTreeMap::new(),
            switches: Vec::new(),
        }
    }

    /// The values of its parameters when it is brought back: nobody waits for a rollout then.
    pub fn brought_back(&self) -> BTreeMap<String, String> {
        let mut parameters = self.parameters.clone();
        parameters.extend(self.at_once.clone());
        parameters
    }
}

/// A new value of a secret. It is never recorded itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    /// The secret's name in the files.
    pub secret: String,
    /// What the cloud calls it; none where somebody else put the new value there, and what reads it only starts anew. The version has
    /// the intent's identity, where the cloud takes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub physical: Option<String>,
    /// The version that the new one follows, where the cloud names versions itself and there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// A container image of a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushedImage {
    /// The digest by which registries name it.
    pub digest: Digest,
    /// What it is called in a registry that holds images of several names; nothing in records of landfall 0.1 on AWS, where none does.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The registries that it is run from: their ids in the document.
    pub registries: BTreeSet<String>,
    /// What it is made of; the ledger holds it by these digests.
    pub blobs: BTreeSet<Digest>,
}

/// A release by its identity and the name that people gave it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReleaseRef {
    /// The digest of what is sealed.
    pub id: Digest,
    /// Its name, such as `1.4.0`, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl fmt::Display for ReleaseRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} ({})", self.id.short()),
            None => f.write_str(self.id.short()),
        }
    }
}

/// How a deployment came about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "kebab-case")]
pub enum Origin {
    /// Somebody applied it.
    Applied,
    /// Its release was promoted.
    Promoted {
        /// From this environment of the same system.
        from: String,
    },
    /// An earlier deployment was brought back.
    RolledBack {
        /// The number of the entry with the intent that deployed it first.
        to: u64,
        /// The release that was left; none where that was none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<ReleaseRef>,
    },
}

/// How many resources a plan touches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Created.
    pub create: usize,
    /// Changed where they are.
    pub update: usize,
    /// Replaced.
    pub replace: usize,
    /// Deleted.
    pub delete: usize,
}

/// How something ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The intent that it ends.
    pub intent: String,
    /// How.
    pub ending: Ending,
    /// The stack afterwards; none where it is gone.
    pub after: Option<Mark>,
    /// The document that the cloud was found to have afterwards; none where it has none.
    pub document: Option<Digest>,
    /// The resource that failed first, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// How long it took, seconds, on the cloud's clock where that is known.
    pub seconds: u64,
    /// What was seen after the cloud said that it is done, where anything was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judgement: Option<Judgement>,
    /// Every setting that is switched from then on, where that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flags: Option<Flags>,
    /// The versions that serve afterwards, as far as they can be switched without the stack.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub serving: Vec<Serving>,
}

/// The ways to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Done, and verified as far as it could be asked.
    Succeeded,
    /// The cloud found nothing to do.
    NothingToDo,
    /// The cloud did it, and what it made isn't well.
    Unwell,
    /// It failed, and what was there before is there again.
    Undone,
    /// It failed, and the stack is neither as before nor as wanted.
    Inconsistent,
    /// It was never begun.
    Abandoned,
    /// The stack is gone.
    Destroyed,
    /// A setting is switched; the stack is as it was.
    Switched,
    /// A setting was not switched; nothing was changed.
    NotSwitched,
}

/// The resource that failed first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Its id in the document.
    pub resource: String,
    /// Its native type.
    pub kind: String,
    /// What the cloud said.
    pub reason: String,
}

/// A process that stopped while the cloud went on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interrupted {
    /// The intent that is still open.
    pub intent: String,
    /// Why the process stopped, such as `SIGTERM`.
    pub why: String,
    /// What was going on in the cloud when it stopped.
    pub state: String,
}

/// An approval of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approved {
    /// The digest of what was approved: target, release, document, parameters and changes. Another plan needs another approval.
    pub plan: Digest,
    /// Who gave it, as the version control names the person. The entry says which account of which machine that was.
    pub by: String,
}

/// A hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Why.
    pub why: String,
}

/// A hold that somebody lifted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifted {
    /// What was found.
    pub why: String,
}

/// A lock taken from a holder that had not let go of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TakenOver {
    /// Who held it.
    pub from: Holder,
    /// Why it was taken.
    pub why: String,
}

/// A run of migrations that was well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Migrated {
    /// The intent that it belongs to.
    pub intent: String,
    /// The schema's versions, as far as it told.
    pub versions: Versions,
}

/// A schema's versions around a run of migrations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// Before it; none where it didn't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
    /// After it; none where it didn't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
}

/// Drift that is to stay. It holds for these very values, until the target is destroyed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DriftAccepted {
    /// Every difference that is accepted from then on, those accepted before included.
    pub differences: Vec<Difference>,
}
