//! A ledger as it is stored, read without any of landfall's code.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::Told;
use crate::cloud::Cloud;
use crate::wire::ask;

/// The target's place in a ledger.
const TARGET: &str = "targets/shop/dev";

/// Where a ledger is stored.
#[derive(Clone, Debug)]
pub(crate) enum Store {
    /// In a folder.
    Folder(PathBuf),
    /// In a bucket, or an account for blobs, of the sandbox at an address, under a prefix.
    Bucket { cloud: Cloud, address: String, bucket: String, prefix: String },
}

/// A target's ledger, its chain proved.
#[derive(Debug)]
pub(crate) struct Chain {
    /// The head; null before the first entry.
    pub(crate) head: Value,
    /// The lock; null before the first.
    pub(crate) lock: Value,
    /// The entries, oldest first.
    pub(crate) entries: Vec<Value>,
}

impl Store {
    /// The bytes of an object; none where it isn't there.
    pub(crate) fn read(&self, name: &str) -> Told<Option<Vec<u8>>> {
        match self {
            Store::Folder(folder) => match fs::read(folder.join(name)) {
                Ok(bytes) => Ok(Some(bytes)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error.into()),
            },
            Store::Bucket { cloud, address, bucket, prefix } => {
                match ask(address, (*cloud, "objects"), "GET", &format!("/{bucket}/{prefix}/{name}"), "")? {
                    (200, bytes) => Ok(Some(bytes)),
                    (404, _) => Ok(None),
                    (status, body) => Err(format!("{name}: {status} {}", String::from_utf8_lossy(&body)).into()),
                }
            }
        }
    }

    /// Takes an object away.
    pub(crate) fn remove(&self, name: &str) -> Told {
        match self {
            Store::Folder(folder) => Ok(fs::remove_file(folder.join(name))?),
            Store::Bucket { cloud, address, bucket, prefix } => {
                ask(address, (*cloud, "objects"), "DELETE", &format!("/{bucket}/{prefix}/{name}"), "").map(|_| ())
            }
        }
    }

    fn json(&self, name: &str) -> Told<Value> {
        let bytes = self.read(&format!("{TARGET}/{name}"))?;
        Ok(bytes.map(|bytes| serde_json::from_slice(&bytes)).transpose()?.unwrap_or(Value::Null))
    }

    /// Proves the chain from its head to its first entry, and reads it.
    pub(crate) fn chain(&self) -> Told<Chain> {
        let (head, lock) = (self.json("head.json")?, self.json("lock.json")?);
        let mut entries = Vec::new();
        let mut digest = head["digest"].as_str().map(str::to_owned);
        let mut sequence = head["sequence"].as_u64().unwrap_or(0);
        while sequence > 0 {
            let expected = digest.as_deref().and_then(|digest| digest.strip_prefix("sha256:"));
            let expected = expected.ok_or_else(|| format!("entry {sequence} has no digest"))?;
            let name = format!("{TARGET}/entries/{sequence:010}-{}.json", expected.get(..12).unwrap_or_default());
            let bytes = self.read(&name)?.ok_or_else(|| format!("a gap: {name} is missing"))?;
            let found = hex::encode(Sha256::digest(&bytes));
            if found != expected {
                return Err(format!("{name} has the digest {found}").into());
            }
            let entry: Value = serde_json::from_slice(&bytes)?;
            if entry["sequence"] != sequence {
                return Err(format!("{name} says that it is entry {}", entry["sequence"]).into());
            }
            digest = entry["previous"].as_str().map(str::to_owned);
            sequence -= 1;
            entries.push(entry);
        }
        if digest.is_some() {
            return Err("the first entry has one before it".into());
        }
        entries.reverse();
        Ok(Chain { head, lock, entries })
    }
}

impl Chain {
    /// The intent without an outcome, if there is one.
    pub(crate) fn open(&self) -> Option<&str> {
        let mut open = None;
        for entry in &self.entries {
            match entry["record"]["kind"].as_str() {
                Some("intent") => open = entry["record"]["id"].as_str(),
                Some("outcome") => open = None,
                _ => {}
            }
        }
        open
    }

    /// The last outcome.
    pub(crate) fn outcome(&self) -> Option<&Value> {
        self.entries.iter().rev().map(|entry| &entry["record"]).find(|record| record["kind"] == "outcome")
    }

    /// How many intents there are.
    pub(crate) fn intents(&self) -> usize {
        self.entries.iter().filter(|entry| entry["record"]["kind"] == "intent").count()
    }
}
