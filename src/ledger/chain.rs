//! Proving that entries are what was written, in the order it was written.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::{Entry, FORMAT_VERSION};
use super::head::{Head, entry_name};
use crate::plan::digest::Digest;

/// What is wrong with a ledger. Each of them stops every write to the target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// An entry that the chain refers to isn't there.
    #[error("entry {sequence} of {target} is missing: expected {name}")]
    Missing {
        /// The target.
        target: String,
        /// The entry's number.
        sequence: u64,
        /// Its object's name.
        name: String,
    },
    /// An entry's bytes are not those that were written.
    #[error("entry {sequence} of {target} was altered: its digest is {found}, the chain says {expected}")]
    Altered {
        /// The target.
        target: String,
        /// The entry's number.
        sequence: u64,
        /// The digest that the chain names.
        expected: Digest,
        /// The digest of what is there.
        found: Digest,
    },
    /// An object can't be read as what it should be.
    #[error("{name} can't be read: {why}")]
    Unreadable {
        /// The object.
        name: String,
        /// What the reader said.
        why: String,
    },
    /// A newer landfall wrote it.
    #[error(
        "{name} has format {found}; this landfall reads up to {FORMAT_VERSION}: use the landfall that wrote it, or a newer one"
    )]
    Newer {
        /// The object.
        name: String,
        /// Its format.
        found: u32,
    },
    /// The bytes are whole, but belong to another place in the ledger.
    #[error("{name} says that it is entry {sequence} of {target}: it was moved or copied")]
    Misplaced {
        /// The object.
        name: String,
        /// The target it names.
        target: String,
        /// The number it names.
        sequence: u64,
    },
    /// The head was put back to an earlier state.
    #[error(
        "the head of {target} is at entry {head}, but entry {seen} was written: it was put back to an earlier state"
    )]
    RolledBack {
        /// The target.
        target: String,
        /// Where the head is.
        head: u64,
        /// The highest number known to have counted.
        seen: u64,
    },
    /// There are entries, but no head.
    #[error("the head of {target} is missing, though it has entries")]
    NoHead {
        /// The target.
        target: String,
    },
}

/// Reads an object that carries a format version, and refuses one from a newer landfall before anything else about it.
pub fn read<T: serde::de::DeserializeOwned>(name: &str, bytes: &[u8]) -> Result<T, Fault> {
    #[derive(serde::Deserialize)]
    struct Version {
        format_version: u32,
    }
    let unreadable = |error: serde_json::Error| Fault::Unreadable { name: name.to_owned(), why: error.to_string() };
    let version: Version = serde_json::from_slice(bytes).map_err(unreadable)?;
    if version.format_version > FORMAT_VERSION {
        return Err(Fault::Newer { name: name.to_owned(), found: version.format_version });
    }
    serde_json::from_slice(bytes).map_err(unreadable)
}

/// Reads an entry and proves that it is the one that the chain names.
pub fn open(target: &str, sequence: u64, digest: &Digest, bytes: &[u8]) -> Result<Entry, Fault> {
    let found = Digest::of(bytes);
    if found != *digest {
        return Err(Fault::Altered { target: target.to_owned(), sequence, expected: digest.clone(), found });
    }
    let name = entry_name(target, sequence, digest);
    let entry: Entry = read(&name, bytes)?;
    if entry.target != target || entry.sequence != sequence || entry.previous.is_none() != (sequence == 1) {
        return Err(Fault::Misplaced { name, target: entry.target, sequence: entry.sequence });
    }
    Ok(entry)
}

/// Finds signs that the head was put back: the lock's witness, and entries that only a later head can have brought about.
///
/// `names` are the objects under the target's `entries/`. One number above the head is what a killed writer leaves; two can't be,
/// since the second was written with the first in the head.
pub fn rolled_back(head: &Head, witness: u64, names: &[String]) -> Option<Fault> {
    let highest = names.iter().filter_map(|name| sequence_of(name)).max().unwrap_or(0);
    let seen = if highest > head.sequence + 1 { highest - 1 } else { 0 };
    let seen = seen.max(witness);
    (seen > head.sequence).then(|| Fault::RolledBack { target: head.target.clone(), head: head.sequence, seen })
}

/// The number in an entry's object name.
fn sequence_of(name: &str) -> Option<u64> {
    let file = name.rsplit('/').next()?;
    file.split_once('-')?.0.parse().ok()
}

/// The result of proving a whole chain.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Audit {
    /// The entries that count, oldest first, as far back as the chain holds.
    pub entries: Vec<Entry>,
    /// What is wrong.
    pub faults: Vec<Fault>,
    /// Objects among the entries that the chain doesn't refer to: what killed writers left. Harmless.
    pub leftovers: Vec<String>,
}

/// Proves a whole chain from its head to its first entry. `objects` are the bytes under the target's `entries/` by name.
pub fn audit(target: &str, head: Option<&Head>, witness: u64, objects: &BTreeMap<String, Vec<u8>>) -> Audit {
    let mut audit = Audit::default();
    let names: Vec<String> = objects.keys().cloned().collect();
    let Some(head) = head else {
        // A first entry may have been left by a killed writer; a second can't.
        if witness > 0 || names.iter().filter_map(|name| sequence_of(name)).any(|number| number > 1) {
            audit.faults.push(Fault::NoHead { target: target.to_owned() });
        }
        audit.leftovers = names;
        return audit;
    };
    if head.target != target {
        audit.faults.push(Fault::Misplaced {
            name: super::head::head_name(target),
            target: head.target.clone(),
            sequence: head.sequence,
        });
        return audit;
    }
    let mut used = BTreeSet::new();
    let mut next = head.digest.clone();
    let mut sequence = head.sequence;
    while sequence > 0 {
        let step = next.as_ref().map_or_else(
            || Err(Fault::Missing { target: target.to_owned(), sequence, name: "its digest".to_owned() }),
            |digest| {
                let name = entry_name(target, sequence, digest);
                used.insert(name.clone());
                let bytes = objects.get(&name).ok_or_else(|| Fault::Missing {
                    target: target.to_owned(),
                    sequence,
                    name: name.clone(),
                })?;
                open(target, sequence, digest, bytes)
            },
        );
        match step {
            Ok(entry) => {
                next = entry.previous.clone();
                sequence -= 1;
                audit.entries.push(entry);
            }
            Err(fault) => {
                audit.faults.push(fault);
                break;
            }
        }
    }
    audit.entries.reverse();
    audit.faults.extend(rolled_back(head, witness, &names));
    audit.leftovers = names.into_iter().filter(|name| !used.contains(name)).collect();
    audit
}

/// An entry that follows from the first one.
#[derive(Clone, Debug, PartialEq)]
pub struct Proved {
    /// Its digest.
    pub digest: Digest,
    /// The entry.
    pub entry: Entry,
}

/// The longest chain that can be proved from the first entry on, oldest first, whatever the head says. Of two that are as long, the one
/// that ends where the head says; else the one that was written last.
pub fn provable(target: &str, head: Option<&Digest>, objects: &BTreeMap<String, Vec<u8>>) -> Vec<Proved> {
    let mut sound: BTreeMap<Digest, Entry> = BTreeMap::new();
    for (name, bytes) in objects {
        let digest = Digest::of(bytes);
        let Some(sequence) = sequence_of(name).filter(|sequence| *name == entry_name(target, *sequence, &digest))
        else {
            continue;
        };
        if let Ok(entry) = open(target, sequence, &digest, bytes) {
            sound.insert(digest, entry);
        }
    }
    let back = |end: &Digest| {
        let mut chain = Vec::new();
        let mut next = Some(end.clone());
        while let Some(digest) = next {
            let entry = sound.get(&digest)?.clone();
            let after: Option<&Proved> = chain.last();
            if after.is_some_and(|after| after.entry.sequence != entry.sequence + 1) {
                return None;
            }
            next = entry.previous.clone();
            chain.push(Proved { digest, entry });
        }
        chain.reverse();
        Some(chain)
    };
    let chains = sound.keys().filter_map(back);
    chains
        .max_by_key(|chain| {
            let last = chain.last();
            (chain.len(), last.map(|last| Some(&last.digest) == head), last.map(|last| last.entry.at))
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::entry::{Interrupted, Purpose, Record};
    use crate::ledger::lock::Holder;
    use jiff::Timestamp;

    const TARGET: &str = "shop/dev";

    fn holder() -> Holder {
        Holder {
            who: "ana".into(),
            host: "h".into(),
            machine: String::new(),
            process: 1,
            process_start: String::new(),
            command: "apply shop/dev".into(),
            run_url: None,
            landfall: "0.1.0".into(),
        }
    }

    fn chain(length: u64) -> (Head, BTreeMap<String, Vec<u8>>) {
        let mut objects = BTreeMap::new();
        let mut head = Head {
            format_version: FORMAT_VERSION,
            target: TARGET.into(),
            sequence: 0,
            digest: None,
            epoch: 1,
            landfall: "0.1.0".into(),
            accepted: None,
            flags: None,
            drill: None,
        };
        for sequence in 1..=length {
            let entry = Entry {
                format_version: FORMAT_VERSION,
                target: TARGET.into(),
                sequence,
                previous: head.digest.clone(),
                epoch: 1,
                at: Timestamp::UNIX_EPOCH,
                by: holder(),
                record: Record::Interrupted(Interrupted {
                    intent: "i".into(),
                    why: "SIGINT".into(),
                    state: format!("{sequence}"),
                }),
            };
            let bytes = entry.to_bytes().unwrap();
            let digest = Digest::of(&bytes);
            objects.insert(entry_name(TARGET, sequence, &digest), bytes);
            head.sequence = sequence;
            head.digest = Some(digest);
        }
        (head, objects)
    }

    #[test]
    fn a_chain_as_written_has_no_fault() {
        let (head, objects) = chain(4);
        let audit = audit(TARGET, Some(&head), 4, &objects);
        assert_eq!(audit.faults, []);
        assert_eq!(audit.entries.len(), 4);
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let (head, objects) = chain(3);
        for name in objects.keys() {
            for byte in 0..objects[name].len() {
                let mut changed = objects.clone();
                changed.get_mut(name).unwrap()[byte] ^= 1;
                assert!(!audit(TARGET, Some(&head), 0, &changed).faults.is_empty(), "{name} byte {byte}");
            }
        }
    }

    #[test]
    fn a_missing_entry_is_found() {
        let (head, objects) = chain(3);
        for name in objects.keys() {
            let mut changed = objects.clone();
            changed.remove(name);
            let faults = audit(TARGET, Some(&head), 0, &changed).faults;
            assert!(matches!(faults[..], [Fault::Missing { .. }]), "{faults:?}");
        }
    }

    #[test]
    fn a_head_put_back_by_one_is_found_by_the_lock_and_by_two_from_the_entries() {
        let (_, objects) = chain(5);
        let (back_by_one, _) = chain(4);
        let (back_by_two, _) = chain(3);
        assert!(matches!(
            audit(TARGET, Some(&back_by_one), 5, &objects).faults[..],
            [Fault::RolledBack { seen: 5, .. }]
        ));
        assert!(matches!(
            audit(TARGET, Some(&back_by_two), 0, &objects).faults[..],
            [Fault::RolledBack { seen: 4, .. }]
        ));
    }

    #[test]
    fn what_follows_from_the_first_entry_is_proved_as_far_as_it_goes() {
        let (head, objects) = chain(5);
        let length = |objects: &BTreeMap<String, Vec<u8>>| provable(TARGET, head.digest.as_ref(), objects).len();
        assert_eq!(length(&objects), 5);
        for (index, name) in objects.keys().enumerate() {
            let mut changed = objects.clone();
            changed.get_mut(name).unwrap()[40] ^= 1;
            assert_eq!(length(&changed), index);
            changed.remove(name);
            assert_eq!(length(&changed), index);
        }
        let elsewhere =
            objects.into_iter().map(|(name, bytes)| (name.replace("shop/dev", "shop/prod"), bytes)).collect();
        assert_eq!(provable("shop/prod", None, &elsewhere), []);
    }

    #[test]
    fn what_a_killed_writer_left_is_no_fault() {
        let (_, objects) = chain(5);
        let (head, _) = chain(4);
        let audit = audit(TARGET, Some(&head), 4, &objects);
        assert_eq!(audit.faults, []);
        assert_eq!(audit.leftovers.len(), 1);
    }

    #[test]
    fn entries_without_a_head_are_a_fault() {
        let (_, objects) = chain(2);
        assert!(matches!(audit(TARGET, None, 0, &objects).faults[..], [Fault::NoHead { .. }]));
    }

    #[test]
    fn an_entry_of_another_target_is_refused_though_its_digest_is_right() {
        let (head, objects) = chain(1);
        let bytes = objects.values().next().unwrap();
        let fault = open("shop/prod", 1, head.digest.as_ref().unwrap(), bytes);
        assert!(matches!(fault, Err(Fault::Misplaced { .. })));
    }

    /// As landfall 0.1.0 wrote them before approvals and holds.
    const FORMAT_1: &str = r#"{
  "format_version": 1, "target": "shop/dev", "sequence": 1, "previous": null, "epoch": 1, "at": "1970-01-01T00:00:00Z",
  "by": {"who": "ana", "host": "h", "machine": "", "process": 1, "process_start": "", "command": "apply shop/dev", "landfall": "0.1.0"},
  "record": {
    "kind": "intent", "id": "i", "purpose": {
      "do": "deploy", "document": "sha256:DIGEST", "preview": "landfall-1", "protection": {"termination": false, "policy": null},
      "tally": {"create": 1, "update": 0, "replace": 0, "delete": 0}
    },
    "place": {"cloud": "aws", "account": "111122223333", "region": "us-east-1"}, "stack": "shop-dev", "before": null
  }
}"#;

    #[test]
    fn an_entry_of_the_format_before_is_read() {
        let bytes = FORMAT_1.replace("DIGEST", &"0".repeat(64)).into_bytes();
        let entry = open("shop/dev", 1, &Digest::of(&bytes), &bytes).unwrap();
        let Record::Intent(intent) = entry.record else { panic!("another record") };
        let Purpose::Deploy(deploy) = intent.purpose else { panic!("another purpose") };
        assert_eq!((deploy.tally.create, deploy.reverts_drift, deploy.origin, deploy.held), (1, false, None, None));
    }

    #[test]
    fn a_newer_format_is_refused_by_name() {
        let newer = FORMAT_VERSION + 1;
        let fault = read::<Head>("head.json", format!(r#"{{"format_version": {newer}, "what": "else"}}"#).as_bytes());
        assert!(matches!(fault, Err(Fault::Newer { found, .. }) if found == newer));
    }
}
