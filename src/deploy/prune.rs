//! Taking documents away that nothing needs any more, so that nothing that is needed is ever lost.
//!
//! A document is not deleted but moved below `pruned/`, where every reader finds it, and forgotten there a month later. A run
//!
//! 1. reads what is needed: of every target, and every release that is new;
//! 2. puts back what is needed and was pruned before;
//! 3. moves what isn't: first the copy is written, then the document goes;
//! 4. reads again what is needed, and puts back what somebody came to need meanwhile;
//! 5. forgets what was moved long ago and is not needed.
//!
//! Killed between any two calls, a document is in one of the two places or in both. Whoever records a deployment or a release while a
//! run is at work names documents that lie there, or have just been moved: they are read from either place, and the next run puts them
//! back before it forgets anything. Two runs don't harm each other: each moves into a folder of its own, and forgets only folders
//! that are old.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::book::Book;
use super::error::DeployError;
use super::objects::Objects;
use super::shelf::Shelf;
use crate::ledger::chain::Fault;
use crate::ledger::entry::{Ending, Record};
use crate::ledger::head::{DOCUMENTS, PRUNED, document_name, document_of, pruned_name};
use crate::plan::digest::Digest;
use crate::ports::clock::Clock;
use crate::ports::ledger::{LedgerStore, StoreError};
use crate::release::retention::Needs;
use crate::release::verify::{Flaw, parts};

/// What stays.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The system that is asked about; all that the ledger has where none is named, as for pruning it has to be.
    pub only: Option<String>,
    /// How many deployments of each target that is known here stay. Of a target that isn't, all do, until it is destroyed.
    pub keep: BTreeMap<String, usize>,
    /// What nothing needs stays as long as this after it was written.
    pub unused_for: Duration,
    /// What was pruned is forgotten after this.
    pub forget_after: Duration,
}

/// Why a release stays.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pin {
    /// A target has it, or had it so many different deployments ago.
    Target {
        /// The target.
        target: String,
        /// How many different deployments came after it.
        back: usize,
    },
    /// It was sealed a short while ago.
    New,
}

/// What is needed.
#[derive(Clone, Debug, Default)]
pub struct Pins {
    /// The documents.
    pub documents: BTreeSet<Digest>,
    /// The releases by system and digest, and why each is needed. Those that nobody needs are there with no reason.
    pub releases: BTreeMap<(String, Digest), Vec<Pin>>,
}

/// What a run did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// What was put back, because it is needed again.
    pub restored: Vec<Digest>,
    /// What was moved away, and how many bytes each has; no size where nothing was read.
    pub moved: BTreeMap<Digest, Option<usize>>,
    /// What was forgotten.
    pub forgotten: Vec<Digest>,
}

/// A ledger whose past is looked through.
pub struct Past {
    /// The ledger.
    pub store: Arc<dyn LedgerStore>,
    /// Time and chance.
    pub clock: Arc<dyn Clock>,
}

impl Past {
    /// What is needed.
    ///
    /// # Errors
    /// [`Fault`] where any target's entries aren't what was written, or a release isn't what was sealed: what can't be read may need
    /// anything.
    pub async fn pins(&self, rules: &Rules) -> Result<Pins, DeployError> {
        let mut pins = Pins::default();
        let of = |system: &str| rules.only.as_deref().is_none_or(|only| only == system);
        for (name, age) in self.store.aged("releases/").await? {
            let Some((system, digest)) = release_of(&name).filter(|(system, _)| of(system)) else { continue };
            let reasons = pins.releases.entry((system, digest)).or_default();
            if age < rules.unused_for {
                reasons.push(Pin::New);
            }
        }
        for target in self.targets().await? {
            let system = target.split('/').next().unwrap_or_default();
            if !of(system) {
                continue;
            }
            let needs = self.needs(&target, rules.keep.get(&target).copied()).await?;
            pins.documents.extend(needs.documents);
            for (release, back) in needs.releases {
                let reasons = pins.releases.entry((system.to_owned(), release)).or_default();
                reasons.push(Pin::Target { target: target.clone(), back });
            }
        }
        for ((system, release), _) in pins.releases.iter().filter(|(_, reasons)| !reasons.is_empty()) {
            let shelf = Shelf::new(Arc::clone(&self.store), Arc::clone(&self.clock), system);
            match shelf.release(release).await? {
                Ok(release) => pins.documents.extend(parts(&release).into_iter().map(|(_, digest)| digest.clone())),
                // What was sealed before may be gone with a ledger that was rebuilt since: there is nothing that could be kept.
                Err(Flaw::Gone { .. }) => {}
                Err(flaw) => {
                    let name = crate::release::sealed::object(system, release);
                    return Err(Fault::Unreadable { name, why: flaw.to_string() }.into());
                }
            }
        }
        Ok(pins)
    }

    /// Prunes; or says what it would prune.
    pub async fn prune(&self, rules: &Rules, dry: bool) -> Result<Pruned, DeployError> {
        let mut pruned = Pruned::default();
        let needed = self.pins(rules).await?.documents;
        self.restore(&needed, dry, &mut pruned).await?;
        let run = self.clock.unique();
        for (name, age) in self.store.aged(DOCUMENTS).await? {
            let Some(digest) = document_of(&name).filter(|digest| !needed.contains(digest)) else { continue };
            if age >= rules.unused_for {
                let size = if dry { None } else { self.set_aside(&run, &digest).await? };
                pruned.moved.insert(digest, size);
            }
        }
        let needed = if dry { needed } else { self.pins(rules).await?.documents };
        if !dry {
            self.restore(&needed, dry, &mut pruned).await?;
            pruned.moved.retain(|digest, _| !needed.contains(digest));
        }
        for (name, age) in self.store.aged(PRUNED).await? {
            let Some(digest) = document_of(&name).filter(|digest| !needed.contains(digest)) else { continue };
            if age >= rules.forget_after {
                if !dry {
                    self.store.remove(&name).await?;
                }
                pruned.forgotten.push(digest);
            }
        }
        Ok(pruned)
    }

    /// Every target that has records.
    async fn targets(&self) -> Result<BTreeSet<String>, DeployError> {
        let target = |name: &String| {
            let mut parts = name.strip_prefix("targets/")?.split('/');
            Some(format!("{}/{}", parts.next()?, parts.next()?))
        };
        Ok(self.store.list("targets/").await?.iter().filter_map(target).collect())
    }

    async fn needs(&self, target: &str, keep: Option<usize>) -> Result<Needs, DeployError> {
        let book = Book::new(Arc::clone(&self.store), Arc::clone(&self.clock), target);
        let mut needs = Needs::of_last(keep.unwrap_or(usize::MAX));
        let mut destroyed = None;
        book.backwards(|entry| {
            if let Record::Outcome(outcome) = &entry.record {
                destroyed.get_or_insert(outcome.ending == Ending::Destroyed);
            }
            // Who takes a target's files away and destroys it is done with it.
            !(keep.is_none() && destroyed == Some(true)) && needs.take(&entry)
        })
        .await?;
        Ok(needs)
    }

    /// Puts back what is needed and was moved away.
    async fn restore(&self, needed: &BTreeSet<Digest>, dry: bool, pruned: &mut Pruned) -> Result<(), DeployError> {
        let there: BTreeSet<String> = self.store.list(DOCUMENTS).await?.into_iter().collect();
        let moved = self.store.list(PRUNED).await?;
        let moved: BTreeSet<Digest> = moved.iter().filter_map(|name| document_of(name)).collect();
        for digest in moved.intersection(needed).filter(|digest| !there.contains(&document_name(digest))) {
            if !dry {
                let objects = Objects { store: &*self.store, clock: &*self.clock };
                let bytes = objects.document(digest).await?;
                objects.create(&document_name(digest), &sound(digest, bytes)?).await?;
            }
            pruned.restored.push(digest.clone());
        }
        Ok(())
    }

    /// Moves a document away; none where another run did meanwhile.
    async fn set_aside(&self, run: &str, digest: &Digest) -> Result<Option<usize>, DeployError> {
        let name = document_name(digest);
        let bytes = match self.store.read(&name).await {
            Ok(bytes) => sound(digest, bytes)?,
            Err(StoreError::Missing { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let objects = Objects { store: &*self.store, clock: &*self.clock };
        objects.create(&pruned_name(run, digest), &bytes).await?;
        self.store.remove(&name).await?;
        Ok(Some(bytes.len()))
    }
}

/// The bytes, where they are the document's.
fn sound(digest: &Digest, bytes: Vec<u8>) -> Result<Vec<u8>, Fault> {
    let found = Digest::of(&bytes);
    if found == *digest {
        return Ok(bytes);
    }
    Err(Fault::Unreadable { name: document_name(digest), why: format!("its digest is {found}: it was altered") })
}

/// The system and digest in the name of a release's object.
fn release_of(name: &str) -> Option<(String, Digest)> {
    let (system, file) = name.strip_prefix("releases/")?.split_once('/')?;
    let digest = format!("sha256:{}", file.strip_suffix(".json")?).parse().ok()?;
    Some((system.to_owned(), digest))
}
