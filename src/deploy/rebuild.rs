//! Beginning a target's entries anew where they were lost, in part or wholly.
//!
//! What can still be proved from the first entry on is kept; the rest is set aside as it is, below `lost/`. Then the chain goes on with a
//! note of what happened, and with what the cloud has. Killed before the head names the note, the entries are as unsound as they were,
//! and this begins again; killed after it, the note is the last entry, and this goes on from there.

use std::collections::BTreeMap;

use super::book::Book;
use super::error::DeployError;
use super::lease::Lease;
use crate::ledger::chain::{self, Fault, Proved};
use crate::ledger::entry::{Deploy, Ending, Entry, FORMAT_VERSION, Held, Intent, Outcome, Purpose, Record};
use crate::ledger::head::{Head, Pointer, entry_name, head_name, lost_name};
use crate::ledger::standing::Standing;
use crate::plan::digest::Digest;
use crate::ports::ledger::StoreError;

/// How the command begins whose note it is.
const COMMAND: &str = "ledger rebuild";

/// What was lost of a target's entries.
#[derive(Clone, Debug, Default)]
pub struct Loss {
    /// What is wrong with them; nothing where they are sound, or where nothing at all is left.
    pub faults: Vec<Fault>,
    /// What can be proved from the first entry on, oldest first.
    pub kept: Vec<Proved>,
    /// The objects that can't be, by name.
    pub lost: Vec<String>,
}

impl Loss {
    /// Whether there is anything to rebuild: entries that aren't sound, none at all, or a rebuilding that was cut off.
    pub fn is_any(&self) -> bool {
        let cut_off = self.kept.last().is_none_or(|last| {
            let begun = matches!(last.entry.record, Record::Held(_) | Record::Intent(_));
            begun && last.entry.by.command.starts_with(COMMAND)
        });
        !self.faults.is_empty() || cut_off
    }

    /// The deployment that a rebuilding was about to record when it was cut off.
    fn cut_off(&self) -> Option<&Intent> {
        let last = self.kept.last().filter(|last| last.entry.by.command.starts_with(COMMAND))?;
        match &last.entry.record {
            Record::Intent(intent) => Some(intent),
            _ => None,
        }
    }

    /// Where the target stands by what is left.
    pub fn standing(&self) -> Standing {
        let mut standing = Standing::default();
        for proved in self.kept.iter().rev() {
            if !standing.take(&proved.entry) {
                break;
            }
        }
        standing
    }

    /// What the last deployment of a document was asked for, by what is left.
    pub fn deploy(&self, document: &Digest) -> Option<&Deploy> {
        self.kept.iter().rev().find_map(|proved| match &proved.entry.record {
            Record::Intent(intent) => match &intent.purpose {
                Purpose::Deploy(deploy) if deploy.document == *document => Some(&**deploy),
                _ => None,
            },
            _ => None,
        })
    }
}

impl Book {
    /// What was lost of the entries.
    pub async fn loss(&self) -> Result<Loss, DeployError> {
        let mut faults = Vec::new();
        let head = match self.head().await {
            Ok(head) => head.map(|(head, _)| head),
            Err(DeployError::Ledger(fault @ Fault::Newer { .. })) => return Err(fault.into()),
            Err(DeployError::Ledger(fault)) => {
                faults.push(fault);
                None
            }
            Err(error) => return Err(error),
        };
        let witness = self.lock().await?.map_or(0, |(lock, _)| lock.witness);
        let mut objects = BTreeMap::new();
        for name in self.names().await? {
            let bytes = self.store.read(&name).await?;
            objects.insert(name, bytes);
        }
        if faults.is_empty() {
            faults = chain::audit(&self.target, head.as_ref(), witness, &objects).faults;
        }
        let counted = head.as_ref().map_or(0, |head| head.sequence);
        let named = head.and_then(|head| head.digest);
        let mut kept = chain::provable(&self.target, named.as_ref(), &objects);
        if faults.is_empty() {
            // What a killed writer left behind the head never counted.
            kept.retain(|proved| proved.entry.sequence <= counted);
        }
        let names: Vec<String> =
            kept.iter().map(|proved| entry_name(&self.target, proved.entry.sequence, &proved.digest)).collect();
        let lost = objects.into_keys().filter(|name| !names.contains(name)).collect();
        Ok(Loss { faults, kept, lost })
    }

    /// Sets aside what can't be proved, and has the head name a note that says so.
    async fn note(&self, lease: &Lease, loss: &Loss, why: &str) -> Result<u64, DeployError> {
        let (epoch, by) = lease.held_by().await;
        let last = loss.kept.last();
        let sequence = last.map_or(0, |last| last.entry.sequence) + 1;
        let entry = Entry {
            format_version: FORMAT_VERSION,
            target: self.target.clone(),
            sequence,
            previous: last.map(|last| last.digest.clone()),
            epoch,
            at: self.clock.now(),
            by: by.clone(),
            record: Record::Held(Held { why: why.to_owned() }),
        };
        let bytes = entry.to_bytes()?;
        let digest = Digest::of(&bytes);
        self.objects().create(&entry_name(&self.target, sequence, &digest), &bytes).await?;
        let run = self.clock.unique();
        for name in &loss.lost {
            let bytes = self.store.read(name).await?;
            self.objects().create(&lost_name(&self.target, &run, name), &bytes).await?;
            self.store.remove(name).await?;
        }
        let name = head_name(&self.target);
        let before = self.store.cell(&name).await?;
        if let Some(before) = &before {
            self.objects().create(&lost_name(&self.target, &run, &name), &before.bytes).await?;
        }
        let pointer = |sequence: u64, digest: &Digest| Pointer { sequence, digest: digest.clone() };
        let head = loss.kept.iter().fold(
            Head::before_the_first(self.target.clone(), epoch, by.landfall),
            |head, Proved { entry, digest, .. }| head.after(&entry.record, pointer(entry.sequence, digest)),
        );
        // What drift was accepted is asked anew: what the cloud has may be something else since.
        let head = Head { accepted: None, ..head.after(&entry.record, pointer(sequence, &digest)) };
        let mut bytes = serde_json::to_vec_pretty(&head)?;
        bytes.push(b'\n');
        match self.store.swap(&name, before.as_ref().map(|cell| &cell.version), &bytes).await {
            Ok(_) => {}
            // The answer may have been lost; what is there tells.
            Err(StoreError::Moved { .. } | StoreError::Unavailable { .. })
                if self.head().await?.is_some_and(|(now, _)| now == head) => {}
            Err(error) => return Err(error.into()),
        }
        lease.saw(sequence).await;
        Ok(sequence)
    }

    /// Rebuilds, under a lock that was taken for it: a note, then what the cloud was found to have, unless what is left says so already.
    /// Gives the number of the last entry.
    pub async fn rebuild(
        &self,
        lease: &Lease,
        loss: &Loss,
        why: &str,
        found: Option<Intent>,
    ) -> Result<u64, DeployError> {
        let mut sequence = match loss.faults.is_empty() && !loss.kept.is_empty() {
            true => {
                let sequence = loss.kept.last().map_or(0, |last| last.entry.sequence);
                lease.saw(sequence).await;
                sequence
            }
            false => self.note(lease, loss, why).await?,
        };
        let Some(intent) = found else { return Ok(sequence) };
        let Purpose::Deploy(deploy) = &intent.purpose else { return Ok(sequence) };
        let standing = self.standing().await?;
        let known = standing.deployed.as_ref().and_then(|deployed| deployed.outcome.document.as_ref());
        let begun = loss.cut_off().filter(|begun| standing.pending.as_ref() == Some(*begun));
        if begun.is_none() && (standing.pending.is_some() || known == Some(&deploy.document)) {
            return Ok(sequence);
        }
        let intent = begun.cloned().unwrap_or_else(|| intent.clone());
        let Purpose::Deploy(deploy) = &intent.purpose else { return Ok(sequence) };
        let outcome = Outcome {
            intent: intent.id.clone(),
            ending: Ending::Succeeded,
            after: intent.before.clone(),
            document: Some(deploy.document.clone()),
            failure: None,
            seconds: 0,
            judgement: None,
            flags: None,
            serving: Vec::new(),
        };
        if begun.is_none() {
            lease.append(&Record::Intent(Box::new(intent.clone()))).await?;
        }
        sequence = lease.append(&Record::Outcome(outcome)).await?.sequence;
        Ok(sequence)
    }
}
