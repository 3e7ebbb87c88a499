//! When a target was last looked at for drift, and what was found: a note beside its entries, by which nothing is decided.
//!
//! Looking changes nothing, so it is no entry of the chain and takes no lock: the last one who looked leaves the note.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::lock::Holder;

/// What somebody found who looked for drift.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// The format of the ledger.
    pub format_version: u32,
    /// The target, so that a note copied to another target is noticed.
    pub target: String,
    /// When, on the clock of whoever looked: for people.
    pub at: Timestamp,
    /// Who looked.
    pub by: Holder,
    /// The entry of the deployment that the cloud was compared with; none where nothing was deployed. A later deployment makes the note
    /// a thing of the past.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<u64>,
    /// What was found.
    pub found: Seen,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Seen {
    /// The stack was compared.
    Compared {
        /// The resources that differ and were not accepted, by their ids in the document.
        open: Vec<String>,
        /// How many differ and were accepted.
        accepted: usize,
    },
    /// It is deployed, and its stack is gone.
    Gone,
    /// It isn't deployed.
    NotDeployed,
}
