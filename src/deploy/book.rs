//! One target's part of a ledger: appending under a fence, and reading back with proof.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::error::DeployError;
use super::objects::{Objects, TRIES};
use crate::ledger::chain::{self, Audit, Fault};
use crate::ledger::drill::Drill;
use crate::ledger::entry::{Entry, FORMAT_VERSION, Record};
use crate::ledger::flag::Flags;
use crate::ledger::head::{Head, Pointer, document_name, drift_name, drill_name, entry_name, head_name, lock_name};
use crate::ledger::lock::{Holder, Lock};
use crate::ledger::sighting::{Seen, Sighting};
use crate::ledger::standing::Standing;
use crate::plan::digest::Digest;
use crate::plan::drift::Difference;
use crate::ports::clock::Clock;
use crate::ports::ledger::{LedgerStore, StoreError, Version};
use crate::release::rollback::{NoWay, Way, way};

/// A target's entries.
#[derive(Clone)]
pub struct Book {
    pub(super) store: Arc<dyn LedgerStore>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) target: String,
}

impl Book {
    /// The entries of a target in a ledger.
    pub fn new(store: Arc<dyn LedgerStore>, clock: Arc<dyn Clock>, target: &str) -> Self {
        Book { store, clock, target: target.to_owned() }
    }

    /// The target.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The head, and which write of it that is; none before the first entry.
    ///
    /// # Errors
    /// [`Fault`] where it is unreadable, newer than this landfall, or another target's.
    pub async fn head(&self) -> Result<Option<(Head, Version)>, DeployError> {
        let name = head_name(&self.target);
        let Some(cell) = self.store.cell(&name).await? else {
            return Ok(None);
        };
        let head: Head = chain::read(&name, &cell.bytes)?;
        if head.target != self.target {
            return Err(Fault::Misplaced { name, target: head.target, sequence: head.sequence }.into());
        }
        Ok(Some((head, cell.version)))
    }

    /// The lock as it is stored; none before the first.
    pub async fn lock(&self) -> Result<Option<(Lock, Version)>, DeployError> {
        let name = lock_name(&self.target);
        let cell = self.store.cell(&name).await?;
        cell.map(|cell| Ok((chain::read(&name, &cell.bytes)?, cell.version))).transpose()
    }

    /// Where the target stands, from as few entries as that takes.
    pub async fn standing(&self) -> Result<Standing, DeployError> {
        let mut standing = Standing::default();
        self.backwards(|entry| standing.take(&entry)).await?;
        Ok(standing)
    }

    /// The last entries, newest first, `limit` at most, each proved against the one after it.
    pub async fn latest(&self, limit: usize) -> Result<Vec<Entry>, DeployError> {
        let mut entries = Vec::new();
        if limit > 0 {
            self.backwards(|entry| {
                entries.push(entry);
                entries.len() < limit
            })
            .await?;
        }
        Ok(entries)
    }

    /// Reads entries from the newest backwards, each proved against the one after it, as long as `more` asks for another.
    pub async fn backwards(&self, mut more: impl FnMut(Entry) -> bool) -> Result<(), DeployError> {
        let Some((head, _)) = self.head().await? else { return Ok(()) };
        let mut next = head.digest;
        let mut sequence = head.sequence;
        while sequence > 0 {
            let entry = self.entry(sequence, next.as_ref()).await?;
            next = entry.previous.clone();
            sequence -= 1;
            if !more(entry) {
                break;
            }
        }
        Ok(())
    }

    /// The way back to what was good, to `to` or to the last, and the entries that tell it, newest first: as few as that takes.
    pub async fn way_back(&self, to: Option<&str>) -> Result<(Vec<Entry>, Result<Way, NoWay>), DeployError> {
        let mut entries = Vec::new();
        let mut found = Err(NoWay::Nothing);
        self.backwards(|entry| {
            entries.push(entry);
            found = way(&entries, to);
            !matches!(found, Ok(_) | Err(NoWay::Already(_)))
        })
        .await?;
        Ok((entries, found))
    }

    /// How long ago an entry was written, on the store's own clock.
    pub async fn age_of(&self, entry: &Entry) -> Result<Duration, DeployError> {
        let digest = Digest::of(&entry.to_bytes()?);
        Ok(self.store.age(&entry_name(&self.target, entry.sequence, &digest)).await?)
    }

    /// The drift that is accepted, and the entry that says so; none where none is.
    pub async fn accepted(&self) -> Result<Option<(Entry, Vec<Difference>)>, DeployError> {
        let Some(Pointer { sequence, digest }) = self.head().await?.and_then(|(head, _)| head.accepted) else {
            return Ok(None);
        };
        let entry = self.entry(sequence, Some(&digest)).await?;
        let Record::DriftAccepted(accepted) = &entry.record else { return Ok(None) };
        let differences = accepted.differences.clone();
        Ok(Some((entry, differences)))
    }

    /// What was found by who looked for drift last; none where nobody did.
    pub async fn sighting(&self) -> Result<Option<Sighting>, DeployError> {
        let name = drift_name(&self.target);
        let Some(cell) = self.store.cell(&name).await? else { return Ok(None) };
        let sighting: Sighting = chain::read(&name, &cell.bytes)?;
        if sighting.target != self.target {
            return Err(Fault::Misplaced { name, target: sighting.target, sequence: 0 }.into());
        }
        Ok(Some(sighting))
    }

    /// Leaves a note of what was found by looking for drift. Somebody who looked at the same moment may have left theirs: that one stays.
    pub async fn sighted(&self, by: Holder, deployment: Option<u64>, found: Seen) -> Result<(), DeployError> {
        let (format_version, target) = (FORMAT_VERSION, self.target.clone());
        let note = Sighting { format_version, target, at: self.clock.now(), by, deployment, found };
        let mut bytes = serde_json::to_vec_pretty(&note)?;
        bytes.push(b'\n');
        let name = drift_name(&self.target);
        let before = self.store.cell(&name).await?.map(|cell| cell.version);
        match self.store.swap(&name, before.as_ref(), &bytes).await {
            Ok(_) | Err(StoreError::Moved { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The drill that runs, or ran last; none where there never was one.
    pub async fn drill(&self) -> Result<Option<Drill>, DeployError> {
        let name = drill_name(&self.target);
        let Some(cell) = self.store.cell(&name).await? else { return Ok(None) };
        let drill: Drill = chain::read(&name, &cell.bytes)?;
        if drill.way.target != self.target {
            return Err(Fault::Misplaced { name, target: drill.way.target, sequence: 0 }.into());
        }
        Ok(Some(drill))
    }

    /// The last drill that ended, and the number of its entry; none where none did.
    pub async fn last_drill(&self) -> Result<Option<(u64, Drill)>, DeployError> {
        let Some(Pointer { sequence, digest }) = self.head().await?.and_then(|(head, _)| head.drill) else {
            return Ok(None);
        };
        let Record::Drilled(drill) = self.entry(sequence, Some(&digest)).await?.record else { return Ok(None) };
        Ok(Some((sequence, *drill)))
    }

    /// Writes how far a drill is. Only who holds the target's lock does that; a write whose answer got lost is found when it is read back.
    pub async fn write_drill(&self, drill: &Drill) -> Result<(), DeployError> {
        let mut bytes = serde_json::to_vec_pretty(drill)?;
        bytes.push(b'\n');
        let name = drill_name(&self.target);
        let mut tries = 0;
        loop {
            let cell = self.store.cell(&name).await?;
            if cell.as_ref().is_some_and(|cell| cell.bytes == bytes) {
                return Ok(());
            }
            let error = match self.store.swap(&name, cell.as_ref().map(|cell| &cell.version), &bytes).await {
                Ok(_) => return Ok(()),
                Err(error @ (StoreError::Moved { .. } | StoreError::Unavailable { .. })) if tries < TRIES => error,
                Err(error) => return Err(error.into()),
            };
            tracing::debug!(%error, "how far the drill is was not written: again");
            tries += 1;
            self.objects().pause(tries).await;
        }
    }

    /// The settings that are switched.
    pub async fn flags(&self) -> Result<Flags, DeployError> {
        let Some(Pointer { sequence, digest }) = self.head().await?.and_then(|(head, _)| head.flags) else {
            return Ok(Flags::new());
        };
        let Record::Outcome(outcome) = self.entry(sequence, Some(&digest)).await?.record else {
            return Ok(Flags::new());
        };
        Ok(outcome.flags.unwrap_or_default())
    }

    /// Proves the whole chain.
    pub async fn audit(&self) -> Result<Audit, DeployError> {
        let head = self.head().await?.map(|(head, _)| head);
        let witness = self.lock().await?.map_or(0, |(lock, _)| lock.witness);
        let mut objects = BTreeMap::new();
        for name in self.names().await? {
            let bytes = self.store.read(&name).await?;
            objects.insert(name, bytes);
        }
        Ok(chain::audit(&self.target, head.as_ref(), witness, &objects))
    }

    /// Refuses a ledger whose head was put back to an earlier state.
    pub async fn check_head(&self, witness: u64) -> Result<(), DeployError> {
        let names = self.names().await?;
        match self.head().await? {
            Some((head, _)) => chain::rolled_back(&head, witness, &names).map_or(Ok(()), |fault| Err(fault.into())),
            None => {
                let audit = chain::audit(
                    &self.target,
                    None,
                    witness,
                    &names.into_iter().map(|name| (name, Vec::new())).collect(),
                );
                audit.faults.into_iter().next().map_or(Ok(()), |fault| Err(fault.into()))
            }
        }
    }

    pub(super) async fn names(&self) -> Result<Vec<String>, DeployError> {
        Ok(self.store.list(&format!("targets/{}/entries/", self.target)).await?)
    }

    async fn entry(&self, sequence: u64, digest: Option<&Digest>) -> Result<Entry, DeployError> {
        let missing = |name: String| Fault::Missing { target: self.target.clone(), sequence, name };
        let digest = digest.ok_or_else(|| missing("its digest".to_owned()))?;
        let name = entry_name(&self.target, sequence, digest);
        match self.store.read(&name).await {
            Ok(bytes) => Ok(chain::open(&self.target, sequence, digest, &bytes)?),
            Err(StoreError::Missing { .. }) => Err(missing(name).into()),
            Err(error) => Err(error.into()),
        }
    }

    /// Raises the epoch in the head, so that every writer with a lower one is fenced from here on.
    pub async fn raise(&self, epoch: u64, by: &Holder) -> Result<(), DeployError> {
        self.move_head(epoch, by, |head| Head { epoch, ..head }).await.map(|_| ())
    }

    /// Appends an entry under a fence: it counts once the head refers to it, and never where the head has a higher epoch.
    /// `witness` is the number of the last entry that the writer has seen.
    ///
    /// # Errors
    /// [`DeployError::Fenced`] where another run has taken the lock over; [`Fault`] where the head is gone, or stands before what
    /// the writer has seen: nothing is begun anew on top of a ledger that was lost.
    pub async fn append(&self, epoch: u64, by: &Holder, record: &Record, witness: u64) -> Result<Entry, DeployError> {
        let (head, version) = self.head_under(epoch, by).await?;
        if version.is_none() {
            return Err(Fault::NoHead { target: self.target.clone() }.into());
        }
        if head.sequence < witness {
            let (target, head) = (self.target.clone(), head.sequence);
            return Err(Fault::RolledBack { target, head, seen: witness }.into());
        }
        let entry = Entry {
            format_version: FORMAT_VERSION,
            target: self.target.clone(),
            sequence: head.sequence + 1,
            previous: head.digest,
            epoch,
            at: self.clock.now(),
            by: by.clone(),
            record: record.clone(),
        };
        let bytes = entry.to_bytes()?;
        let digest = Digest::of(&bytes);
        self.objects().create(&entry_name(&self.target, entry.sequence, &digest), &bytes).await?;
        let here = Pointer { sequence: entry.sequence, digest };
        let after = |head: Head| head.after(record, here.clone());
        self.move_head(epoch, by, after).await?;
        Ok(entry)
    }

    /// Stores a document by its digest. Stored again, nothing happens.
    pub async fn store_document(&self, bytes: &[u8]) -> Result<Digest, DeployError> {
        let digest = Digest::of(bytes);
        self.objects().create(&document_name(&digest), bytes).await?;
        Ok(digest)
    }

    /// A document by its digest.
    ///
    /// # Errors
    /// [`Fault::Altered`] where the bytes are not those that were stored.
    pub async fn document(&self, digest: &Digest) -> Result<Vec<u8>, DeployError> {
        let bytes = self.objects().document(digest).await?;
        let found = Digest::of(&bytes);
        if found != *digest {
            let name = document_name(digest);
            return Err(Fault::Unreadable { name, why: format!("its digest is {found}: it was altered") }.into());
        }
        Ok(bytes)
    }

    async fn head_under(&self, epoch: u64, by: &Holder) -> Result<(Head, Option<Version>), DeployError> {
        match self.head().await? {
            Some((head, _)) if head.epoch > epoch => {
                Err(DeployError::Fenced { target: self.target.clone(), ours: epoch, theirs: head.epoch })
            }
            Some((head, version)) => Ok((head, Some(version))),
            None => {
                let head = Head::before_the_first(self.target.clone(), epoch, by.landfall.clone());
                Ok((head, None))
            }
        }
    }

    /// Moves the head by compare-and-swap. A swap whose answer got lost is found to have happened when the head is read back.
    async fn move_head(&self, epoch: u64, by: &Holder, change: impl Fn(Head) -> Head) -> Result<(), DeployError> {
        let name = head_name(&self.target);
        let (before, mut version) = self.head_under(epoch, by).await?;
        let after = Head { landfall: by.landfall.clone(), ..change(before.clone()) };
        if after == before && version.is_some() {
            return Ok(());
        }
        let mut bytes = serde_json::to_vec_pretty(&after)?;
        bytes.push(b'\n');
        let mut tries = 0;
        loop {
            let error = match self.store.swap(&name, version.as_ref(), &bytes).await {
                Ok(_) => return Ok(()),
                Err(error @ (StoreError::Moved { .. } | StoreError::Unavailable { .. })) => error,
                Err(error) => return Err(error.into()),
            };
            if tries >= TRIES {
                return Err(error.into());
            }
            tries += 1;
            self.objects().pause(tries).await;
            let (now, found) = self.head_under(epoch, by).await?;
            if found.is_some() && now == after {
                return Ok(());
            }
            if now != before {
                // Only the holder of the lock writes: whoever wrote this holds it by now.
                return Err(DeployError::Fenced { target: self.target.clone(), ours: epoch, theirs: now.epoch });
            }
            version = found;
        }
    }

    pub(super) fn objects(&self) -> Objects<'_> {
        Objects { store: &*self.store, clock: &*self.clock }
    }
}

impl std::fmt::Debug for Book {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Book").field("target", &self.target).finish_non_exhaustive()
    }
}
