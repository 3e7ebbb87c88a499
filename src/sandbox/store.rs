//! Keeps the sandbox's state in a folder, so that it survives restarts and `kill -9`.
//!
//! State is a set of documents, one JSON file each, readable by a person. A commit of several documents is atomic: they are
//! first written together into `journal.json`, which appears by a rename, then each into its own file, then the journal goes.
//! A start that finds a journal finishes it. The promise is against a killed process, not against a power cut, so nothing
//! is synced to the disk.
#![expect(clippy::disallowed_methods, reason = "the sandbox is IO: it stands for a cloud and keeps its state in files")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::error::SandboxError;

/// The version of the files' format; raised when an older reader would misread them.
pub const FORMAT_VERSION: u32 = 1;

const JOURNAL: &str = "journal.json";
const DOCUMENTS: &str = "documents";
const BLOBS: &str = "blobs";

/// A document to write, or to remove when it's empty. The first part of the key is the shelf.
type Batch = BTreeMap<String, Option<Value>>;

#[derive(Serialize, Deserialize)]
struct StoredDocument {
    format_version: u32,
    key: String,
    value: Value,
}

#[derive(Serialize, Deserialize)]
struct Journal {
    format_version: u32,
    documents: Batch,
}

/// Whether there is a state in the folder.
pub fn exists(folder: &Path) -> bool {
    folder.join(DOCUMENTS).is_dir()
}

/// The folder, held by this process alone.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    _lock: File,
}

impl Store {
    /// Opens the folder, makes it where it's missing, takes its lock and finishes a commit that was cut short.
    ///
    /// # Errors
    /// [`SandboxError::InUse`] when another process has it, [`SandboxError::File`] and [`SandboxError::Corrupt`].
    pub fn open(folder: &Path) -> Result<Self, SandboxError> {
        let documents = folder.join(DOCUMENTS);
        let blobs = folder.join(BLOBS);
        for needed in [&documents, &blobs] {
            fs::create_dir_all(needed).map_err(failed("create", needed))?;
        }
        let path = folder.join("lock");
        let lock = File::create(&path).map_err(failed("create", &path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(SandboxError::InUse { folder: folder.to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(failed("lock", &path)(source)),
        }
        let store = Self { folder: folder.to_owned(), _lock: lock };
        let journal = folder.join(JOURNAL);
        if journal.exists() {
            let text = fs::read(&journal).map_err(failed("read", &journal))?;
            let found: Journal = parse(&journal, &text)?;
            check_version(&journal, found.format_version)?;
            store.write_documents(&found.documents)?;
            fs::remove_file(&journal).map_err(failed("remove", &journal))?;
        }
        Ok(store)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Every document by its key.
    ///
    /// # Errors
    /// [`SandboxError::File`] and [`SandboxError::Corrupt`].
    pub fn load(&self) -> Result<BTreeMap<String, Value>, SandboxError> {
        let folder = self.folder.join(DOCUMENTS);
        let mut documents = BTreeMap::new();
        for entry in fs::read_dir(&folder).map_err(failed("read", &folder))? {
            let path = entry.map_err(failed("read", &folder))?.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let text = fs::read(&path).map_err(failed("read", &path))?;
            let document: StoredDocument = parse(&path, &text)?;
            check_version(&path, document.format_version)?;
            documents.insert(document.key, document.value);
        }
        Ok(documents)
    }

    /// Writes all documents of the batch or, seen from the next start, none.
    ///
    /// # Errors
    /// [`SandboxError::File`].
    pub fn commit(&self, batch: &Batch) -> Result<(), SandboxError> {
        if batch.len() < 2 {
            return self.write_documents(batch);
        }
        let journal = self.folder.join(JOURNAL);
        let content = Journal { format_version: FORMAT_VERSION, documents: batch.clone() };
        replace_file(&journal, &to_bytes(&content))?;
        self.write_documents(batch)?;
        fs::remove_file(&journal).map_err(failed("remove", &journal))
    }

    /// Keeps bytes under their SHA-256, which is given back.
    ///
    /// # Errors
    /// [`SandboxError::File`].
    pub fn write_blob(&self, content: &[u8]) -> Result<String, SandboxError> {
        let digest = hex::encode(Sha256::digest(content));
        let path = self.folder.join(BLOBS).join(&digest);
        if !path.exists() {
            replace_file(&path, content)?;
        }
        Ok(digest)
    }

    /// The bytes with this SHA-256.
    ///
    /// # Errors
    /// [`SandboxError::File`].
    pub fn read_blob(&self, digest: &str) -> Result<Vec<u8>, SandboxError> {
        let path = self.folder.join(BLOBS).join(digest);
        fs::read(&path).map_err(failed("read", &path))
    }

    /// Removes the blobs that nothing refers to any more.
    ///
    /// # Errors
    /// [`SandboxError::File`].
    pub fn sweep_blobs(&self, used: &BTreeSet<&str>) -> Result<(), SandboxError> {
        let folder = self.folder.join(BLOBS);
        for entry in fs::read_dir(&folder).map_err(failed("read", &folder))? {
            let entry = entry.map_err(failed("read", &folder))?;
            if !entry.file_name().to_str().is_some_and(|name| used.contains(name)) {
                let path = entry.path();
                fs::remove_file(&path).map_err(failed("remove", &path))?;
            }
        }
        Ok(())
    }

    fn write_documents(&self, batch: &Batch) -> Result<(), SandboxError> {
        for (key, value) in batch {
            let path = self.folder.join(DOCUMENTS).join(file_name(key));
            match value {
                Some(value) => {
                    let document =
                        StoredDocument { format_version: FORMAT_VERSION, key: key.clone(), value: value.clone() };
                    replace_file(&path, &to_bytes(&document))?;
                }
                None => match fs::remove_file(&path) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        return Err(failed("remove", &path)(error));
                    }
                    _ => {}
                },
            }
        }
        Ok(())
    }
}

/// Writes a file so that a reader finds the old content or the new, never a part.
///
/// # Errors
/// [`SandboxError::File`].
pub fn replace_file(path: &Path, content: &[u8]) -> Result<(), SandboxError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    fs::write(&part, content).map_err(failed("write", &part))?;
    fs::rename(&part, path).map_err(failed("rename", &part))
}

/// Removes a file if it's there.
pub fn remove_file(path: &Path) {
    // A notice that stays behind says where nobody listens; its readers must cope with that anyway.
    let _ = fs::remove_file(path);
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> SandboxError {
    let path = path.to_owned();
    move |source| SandboxError::File { action, path, source }
}

fn parse<T: DeserializeOwned>(path: &Path, text: &[u8]) -> Result<T, SandboxError> {
    serde_json::from_slice(text)
        .map_err(|error| SandboxError::Corrupt { path: path.to_owned(), reason: error.to_string() })
}

fn check_version(path: &Path, version: u32) -> Result<(), SandboxError> {
    if version == FORMAT_VERSION {
        return Ok(());
    }
    Err(SandboxError::Corrupt {
        path: path.to_owned(),
        reason: format!("format version {version}, not {FORMAT_VERSION}"),
    })
}

fn to_bytes<T: Serialize>(content: &T) -> Vec<u8> {
    // Maps with string keys only: this can't fail.
    serde_json::to_vec(content).unwrap_or_default()
}

/// A file name that a person recognises and that no two keys share.
fn file_name(key: &str) -> String {
    let readable: String = key
        .chars()
        .take(80)
        .map(|letter| match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' => letter,
            _ => '.',
        })
        .collect();
    let digest = hex::encode(Sha256::digest(key.as_bytes()));
    format!("{readable}.{}.json", &digest[..12])
}

/// Documents of one kind, in memory, that remember which of them changed since the last commit.
#[derive(Debug)]
pub struct Shelf<T> {
    name: &'static str,
    documents: BTreeMap<String, T>,
    changed: BTreeSet<String>,
}

impl<T: Serialize + DeserializeOwned> Shelf<T> {
    /// Takes this shelf's documents out of what was loaded.
    ///
    /// # Errors
    /// [`SandboxError::Corrupt`] when one isn't of this kind.
    pub fn load(name: &'static str, loaded: &mut BTreeMap<String, Value>) -> Result<Self, SandboxError> {
        let prefix = format!("{name}/");
        let keys: Vec<String> = loaded.keys().filter(|key| key.starts_with(&prefix)).cloned().collect();
        let mut documents = BTreeMap::new();
        for key in keys {
            let value = loaded.remove(&key).unwrap_or_default();
            let document = serde_json::from_value(value).map_err(|error| SandboxError::Corrupt {
                path: PathBuf::from(file_name(&key)),
                reason: error.to_string(),
            })?;
            documents.insert(key[prefix.len()..].to_owned(), document);
        }
        Ok(Self { name, documents, changed: BTreeSet::new() })
    }

    /// The document with this key.
    pub fn get(&self, key: &str) -> Option<&T> {
        self.documents.get(key)
    }

    /// The document with this key, to change it.
    pub fn edit(&mut self, key: &str) -> Option<&mut T> {
        let found = self.documents.get_mut(key);
        if found.is_some() {
            self.changed.insert(key.to_owned());
        }
        found
    }

    /// Puts a document in the place of whatever has this key.
    pub fn put(&mut self, key: impl Into<String>, document: T) {
        let key = key.into();
        self.changed.insert(key.clone());
        self.documents.insert(key, document);
    }

    /// Removes a document.
    pub fn remove(&mut self, key: &str) -> Option<T> {
        let removed = self.documents.remove(key);
        if removed.is_some() {
            self.changed.insert(key.to_owned());
        }
        removed
    }

    /// All documents, in the order of their keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&String, &T)> {
        self.documents.iter()
    }

    /// The documents whose key starts with this.
    pub fn range<'a>(&'a self, prefix: &str) -> impl Iterator<Item = (&'a String, &'a T)> + use<'a, T> {
        let prefix = prefix.to_owned();
        self.documents.range(prefix.clone()..).take_while(move |(key, _)| key.starts_with(&prefix))
    }

    /// Removes every document.
    pub fn clear(&mut self) {
        self.changed.extend(self.documents.keys().cloned());
        self.documents.clear();
    }

    /// Moves what changed since the last call into the batch.
    pub fn drain_changes(&mut self, batch: &mut BTreeMap<String, Option<Value>>) {
        for key in std::mem::take(&mut self.changed) {
            let value = self.documents.get(&key).map(|document| serde_json::to_value(document).unwrap_or_default());
            batch.insert(format!("{}/{key}", self.name), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use serde_json::{Value, json};

    use super::{FORMAT_VERSION, Journal, Shelf, Store, to_bytes};
    use crate::sandbox::error::SandboxError;

    #[test]
    fn what_was_committed_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let mut shelf: Shelf<Value> = Shelf::load("things", &mut BTreeMap::new()).unwrap();
        shelf.put("arn:aws:x/y", json!({"a": 1}));
        shelf.put("gone", json!(2));
        let mut batch = BTreeMap::new();
        shelf.drain_changes(&mut batch);
        store.commit(&batch).unwrap();
        shelf.remove("gone");
        let mut batch = BTreeMap::new();
        shelf.drain_changes(&mut batch);
        store.commit(&batch).unwrap();
        drop(store);

        let store = Store::open(folder.path()).unwrap();
        let shelf: Shelf<Value> = Shelf::load("things", &mut store.load().unwrap()).unwrap();
        let found: Vec<_> = shelf.iter().collect();
        assert_eq!(found, [(&"arn:aws:x/y".to_owned(), &json!({"a": 1}))]);
    }

    #[test]
    fn a_commit_cut_short_after_its_journal_is_finished_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        drop(Store::open(folder.path()).unwrap());
        let documents =
            BTreeMap::from([("things/a".to_owned(), Some(json!(1))), ("things/b".to_owned(), Some(json!(2)))]);
        let journal = Journal { format_version: FORMAT_VERSION, documents };
        fs::write(folder.path().join("journal.json"), to_bytes(&journal)).unwrap();
        // A half-written file of the same commit must not hurt either.
        fs::write(folder.path().join("documents/x.json.part"), b"{").unwrap();

        let store = Store::open(folder.path()).unwrap();
        let shelf: Shelf<Value> = Shelf::load("things", &mut store.load().unwrap()).unwrap();
        assert_eq!(shelf.iter().count(), 2);
        assert!(!folder.path().join("journal.json").exists());
    }

    #[test]
    fn a_folder_in_use_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let _first = Store::open(folder.path()).unwrap();
        let second = Store::open(folder.path());
        assert!(matches!(second, Err(SandboxError::InUse { .. })));
    }

    #[test]
    fn a_file_of_a_newer_version_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        fs::write(folder.path().join("documents/x.json"), br#"{"format_version": 2, "key": "a", "value": 1}"#).unwrap();
        assert!(matches!(store.load(), Err(SandboxError::Corrupt { .. })));
    }
}
