//! The head of a target's chain.

use serde::{Deserialize, Serialize};

use super::entry::{Ending, FORMAT_VERSION, Record};
use crate::plan::digest::Digest;

/// The last entry that counts. Moving it by compare-and-swap is what makes an entry count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The format of the ledger.
    pub format_version: u32,
    /// The target, so that a head copied to another target is noticed.
    pub target: String,
    /// The last entry's number; 0 before the first.
    pub sequence: u64,
    /// The last entry's digest; none before the first.
    pub digest: Option<Digest>,
    /// The highest epoch of the lock so far: a writer with a lower one has lost the lock.
    pub epoch: u64,
    /// The landfall that moved it last.
    pub landfall: String,
    /// The entry that says what drift is accepted; none where none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Pointer>,
    /// The entry that says which settings are switched; none where none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flags: Option<Pointer>,
    /// The entry with the last drill of the way to another region; none where none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<Pointer>,
}

impl Head {
    /// A chain's head before its first entry.
    pub fn before_the_first(target: String, epoch: u64, landfall: String) -> Self {
        let format_version = FORMAT_VERSION;
        Head {
            format_version,
            target,
            sequence: 0,
            digest: None,
            epoch,
            landfall,
            accepted: None,
            flags: None,
            drill: None,
        }
    }

    /// The head once an entry was written.
    #[must_use]
    pub fn after(self, record: &Record, here: Pointer) -> Self {
        let at = Some(here.clone());
        let (accepted, flags) = match record {
            Record::DriftAccepted(_) => (at, self.flags),
            Record::Outcome(outcome) if outcome.ending == Ending::Destroyed => (None, None),
            Record::Outcome(outcome) => match &outcome.flags {
                Some(flags) => (self.accepted, at.filter(|_| !flags.is_empty())),
                None => (self.accepted, self.flags),
            },
            Record::Intent(_)
            | Record::Interrupted(_)
            | Record::TakenOver(_)
            | Record::Approved(_)
            | Record::Held(_)
            | Record::Lifted(_)
            | Record::Migrated(_)
            | Record::Drilled(_) => (self.accepted, self.flags),
        };
        let drill = if matches!(record, Record::Drilled(_)) { Some(here.clone()) } else { self.drill };
        Head { sequence: here.sequence, digest: Some(here.digest), accepted, flags, drill, ..self }
    }
}

/// An entry, by number and digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointer {
    /// Its number.
    pub sequence: u64,
    /// Its digest.
    pub digest: Digest,
}

/// The object's name for an entry: by number, so that a listing is in order, and by digest, so that a leftover never
/// stands in the way of the entry that took its number.
pub fn entry_name(target: &str, sequence: u64, digest: &Digest) -> String {
    format!("targets/{target}/entries/{sequence:010}-{}.json", digest.short())
}

/// The object's name for a target's head.
pub fn head_name(target: &str) -> String {
    format!("targets/{target}/head.json")
}

/// The object's name for a target's lock.
pub fn lock_name(target: &str) -> String {
    format!("targets/{target}/lock.json")
}

/// The object's name for what was found by who looked for drift last.
pub fn drift_name(target: &str) -> String {
    format!("targets/{target}/drift.json")
}

/// The object's name for the drill that runs, or ran last.
pub fn drill_name(target: &str) -> String {
    format!("targets/{target}/drill.json")
}

/// The object's name for what could not be proved when a run rebuilt a target's entries.
pub fn lost_name(target: &str, run: &str, name: &str) -> String {
    format!("targets/{target}/lost/{run}/{}", name.rsplit('/').next().unwrap_or(name))
}

/// Where documents lie.
pub const DOCUMENTS: &str = "documents/";

/// Where documents lie that nothing needs any more, until they are forgotten.
pub const PRUNED: &str = "pruned/";

/// The object's name for a document.
pub fn document_name(digest: &Digest) -> String {
    format!("{DOCUMENTS}{}", digest.hex())
}

/// The object's name for a document that a run has pruned: each run has a folder of its own, so that what one run moved there is never
/// mistaken for what another did long ago.
pub fn pruned_name(run: &str, digest: &Digest) -> String {
    format!("{PRUNED}{run}/{}", digest.hex())
}

/// The digest in the name of a document, pruned or not.
pub fn document_of(name: &str) -> Option<Digest> {
    format!("sha256:{}", name.rsplit('/').next()?).parse().ok()
}
