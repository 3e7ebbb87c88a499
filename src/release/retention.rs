//! What has to stay so that an environment can go back: read from its records alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::ledger::entry::{Ending, Entry, Purpose, Record};
use crate::plan::digest::Digest;

/// What a target needs of the past.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    keep: usize,
    /// How intents ended, and with which document.
    endings: BTreeMap<String, (Ending, Option<Digest>)>,
    /// The deployments that served, as far as they differ: what was deployed, and with which parameters.
    served: BTreeSet<(Digest, BTreeMap<String, String>)>,
    /// The documents and files that have to stay.
    pub documents: BTreeSet<Digest>,
    /// The releases that have to stay, and how many different deployments came after each: none after what serves.
    pub releases: BTreeMap<Digest, usize>,
}

impl Needs {
    /// What a target needs to bring back any of its last `keep` deployments that differ, the one that serves among them.
    pub fn of_last(keep: usize) -> Self {
        Needs { keep, ..Needs::default() }
    }

    /// Reads entries from the last one backwards. Returns whether an earlier one matters too.
    ///
    /// Whatever lies between the kept ones stays as well: a failed deployment is what a rollback compares with, an open one is what
    /// `recover` carries out. So does what was destroyed: whoever destroys by mistake deploys again.
    pub fn take(&mut self, entry: &Entry) -> bool {
        match &entry.record {
            Record::Outcome(outcome) => {
                self.endings.insert(outcome.intent.clone(), (outcome.ending, outcome.document.clone()));
            }
            Record::Intent(intent) => {
                let ended = self.endings.remove(&intent.id);
                let (ending, document) = ended.map_or((None, None), |(ending, document)| (Some(ending), document));
                let Purpose::Deploy(deploy) = &intent.purpose else {
                    self.documents.extend(document);
                    return true;
                };
                let kept = (deploy.document.clone(), deploy.parameters.clone());
                if matches!(ending, Some(Ending::Succeeded | Ending::NothingToDo)) && !self.served.contains(&kept) {
                    if self.served.len() >= self.keep {
                        return false;
                    }
                    self.served.insert(kept);
                }
                self.documents.insert(deploy.document.clone());
                self.documents.extend(document);
                self.documents.extend(deploy.uploads.values().cloned());
                self.documents.extend(deploy.images.values().flat_map(|image| image.blobs.iter().cloned()));
                if let Some(release) = &deploy.release {
                    self.releases.entry(release.id.clone()).or_insert(self.served.len().saturating_sub(1));
                }
            }
            Record::Interrupted(_)
            | Record::TakenOver(_)
            | Record::Approved(_)
            | Record::Held(_)
            | Record::Lifted(_)
            | Record::DriftAccepted(_)
            | Record::Migrated(_)
            | Record::Drilled(_) => {}
        }
        true
    }
}
