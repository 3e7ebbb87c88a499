//! A ledger's objects and cells in any store of `object_store`.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::TryStreamExt as _;
use object_store::client::{HttpError, HttpErrorKind};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode, PutPayload, UpdateVersion};

use super::folder::FolderGuard;
use crate::plan::digest::Digest;
use crate::ports::ledger::{Cell, LedgerStore, StoreError, Version};

/// How one write of a cell is told from another, and swapped for the next.
#[derive(Debug)]
pub(super) enum Mark {
    /// Under a guard, by the content's digest: a cell never holds the same bytes twice.
    Guarded(FolderGuard),
    /// By the store's conditional write, which goes by the ETag.
    Tag,
    /// By the store's conditional write, which goes by the object's generation: the ETag is of the content only.
    #[cfg_attr(not(feature = "gcp"), expect(dead_code, reason = "only Cloud Storage tells generations"))]
    Generation,
}

impl Mark {
    /// The version of what was read or written, as the store told it.
    fn version(&self, bytes: &[u8], tag: Option<String>, generation: Option<String>) -> Version {
        let told = match self {
            Mark::Guarded(_) => None,
            Mark::Tag => tag,
            Mark::Generation => generation,
        };
        Version(told.unwrap_or_else(|| Digest::of(bytes).to_string()))
    }
}

/// A ledger in an object store.
#[derive(Debug)]
pub(super) struct ObjectLedger {
    store: Arc<dyn ObjectStore>,
    address: String,
    mark: Mark,
}

/// Written to learn the time on the store's clock.
const CLOCK: &str = "clock";

/// How often an answer that broke off in the middle is asked for again: `object_store` asks again for what didn't begin only.
const TORN: u32 = 4;

impl ObjectLedger {
    pub(super) fn new(store: Arc<dyn ObjectStore>, address: String, mark: Mark) -> Self {
        ObjectLedger { store, address, mark }
    }

    async fn get(&self, name: &str) -> Result<Option<(Vec<u8>, object_store::ObjectMeta)>, StoreError> {
        let location = path(name)?;
        let mut torn = 0;
        loop {
            let error = match self.store.get(&location).await {
                Err(object_store::Error::NotFound { .. }) => return Ok(None),
                Err(error) => error,
                Ok(result) => {
                    let meta = result.meta.clone();
                    match result.bytes().await {
                        Ok(bytes) => return Ok(Some((bytes.to_vec(), meta))),
                        Err(error) => error,
                    }
                }
            };
            if torn >= TORN || !broke_off(&error) {
                return Err(failed(name, error));
            }
            torn += 1;
        }
    }

    fn version(&self, bytes: &[u8], meta: &object_store::ObjectMeta) -> Version {
        self.mark.version(bytes, meta.e_tag.clone(), meta.version.clone())
    }

    fn written(&self, bytes: &[u8], put: object_store::PutResult) -> Version {
        self.mark.version(bytes, put.e_tag, put.version)
    }
}

#[async_trait]
impl LedgerStore for ObjectLedger {
    fn address(&self) -> String {
        self.address.clone()
    }

    async fn create(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let payload = PutPayload::from(bytes.to_vec());
        let location = path(name)?;
        let put = self.store.put_opts(&location, payload, PutMode::Create.into());
        put.await.map(|_| ()).map_err(|error| failed(name, error))
    }

    async fn read(&self, name: &str) -> Result<Vec<u8>, StoreError> {
        let found = self.get(name).await?;
        found.map(|(bytes, _)| bytes).ok_or_else(|| StoreError::Missing { name: name.to_owned() })
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        Ok(self.objects(prefix).await?.into_iter().map(|object| object.location.to_string()).collect())
    }

    async fn aged(&self, prefix: &str) -> Result<Vec<(String, Duration)>, StoreError> {
        let objects = self.objects(prefix).await?;
        let now = self.tick(prefix).await?.last_modified;
        let age = |object: &object_store::ObjectMeta| now.signed_duration_since(object.last_modified).to_std();
        let aged = objects.iter().map(|object| (object.location.to_string(), age(object).unwrap_or(Duration::ZERO)));
        Ok(aged.collect())
    }

    async fn remove(&self, name: &str) -> Result<(), StoreError> {
        match self.store.delete(&path(name)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(name, error)),
        }
    }

    async fn cell(&self, name: &str) -> Result<Option<Cell>, StoreError> {
        let Some((bytes, meta)) = self.get(name).await? else {
            return Ok(None);
        };
        let version = self.version(&bytes, &meta);
        Ok(Some(Cell { bytes, version }))
    }

    async fn age(&self, name: &str) -> Result<Duration, StoreError> {
        let unavailable = |error| failed(name, error);
        let meta = self.store.head(&path(name)?).await.map_err(unavailable)?;
        let now = self.tick(name).await?;
        let age = now.last_modified.signed_duration_since(meta.last_modified);
        Ok(age.to_std().unwrap_or(Duration::ZERO))
    }

    async fn swap(&self, name: &str, read: Option<&Version>, bytes: &[u8]) -> Result<Version, StoreError> {
        let location = path(name)?;
        let payload = PutPayload::from(bytes.to_vec());
        let moved = || StoreError::Moved { name: name.to_owned() };
        let gone = || StoreError::Missing { name: name.to_owned() };
        match (&self.mark, read) {
            (_, None) => {
                let put = self.store.put_opts(&location, payload, PutMode::Create.into()).await;
                let put = put.map_err(|error| failed(name, error))?;
                Ok(self.written(bytes, put))
            }
            (mark @ (Mark::Tag | Mark::Generation), Some(version)) => {
                let told = Some(version.0.clone());
                let update = match mark {
                    Mark::Generation => UpdateVersion { e_tag: None, version: told },
                    Mark::Tag | Mark::Guarded(_) => UpdateVersion { e_tag: told, version: None },
                };
                let mode = PutMode::Update(update);
                let error = match self.store.put_opts(&location, payload, mode.into()).await {
                    Ok(put) => return Ok(self.written(bytes, put)),
                    Err(error) => failed(name, error),
                };
                // `object_store` tells a cell that is gone as one that was written.
                match error {
                    StoreError::Moved { .. } if self.get(name).await?.is_none() => Err(gone()),
                    error => Err(error),
                }
            }
            (Mark::Guarded(guard), Some(version)) => {
                let guard = guard.clone();
                let held = tokio::task::spawn_blocking(move || guard.hold()).await;
                let held = held.map_err(std::io::Error::other).flatten();
                let _held =
                    held.map_err(|error| StoreError::Unavailable { name: name.to_owned(), why: error.to_string() })?;
                let (current, meta) = self.get(name).await?.ok_or_else(gone)?;
                if self.version(&current, &meta) != *version {
                    return Err(moved());
                }
                let put = self.store.put(&location, payload).await.map_err(|error| failed(name, error))?;
                Ok(self.written(bytes, put))
            }
        }
    }
}

impl ObjectLedger {
    /// Has the store write another object now, so that its own clock tells the time. `name` is what is asked about.
    async fn tick(&self, name: &str) -> Result<object_store::ObjectMeta, StoreError> {
        let unavailable = |error| failed(name, error);
        let clock = path(CLOCK)?;
        let tick = PutPayload::from_static(b"landfall writes here to learn the time on this store's clock\n");
        self.store.put(&clock, tick).await.map_err(unavailable)?;
        self.store.head(&clock).await.map_err(unavailable)
    }

    /// The objects whose names begin with this prefix, sorted by name.
    async fn objects(&self, prefix: &str) -> Result<Vec<object_store::ObjectMeta>, StoreError> {
        let folder = path(prefix.trim_end_matches('/'))?;
        let mut torn = 0;
        let mut objects: Vec<object_store::ObjectMeta> = loop {
            match self.store.list(Some(&folder)).try_collect().await {
                Ok(objects) => break objects,
                Err(error) if torn >= TORN || !broke_off(&error) => return Err(failed(prefix, error)),
                Err(_) => torn += 1,
            }
        };
        objects.sort_by(|one, other| one.location.cmp(&other.location));
        Ok(objects)
    }
}

/// A name as the store's path. Names come from targets, which are checked ASCII; a name that would leave the ledger's folder
/// is refused here all the same.
fn path(name: &str) -> Result<Path, StoreError> {
    Path::parse(name).map_err(|error| StoreError::Address { url: name.to_owned(), why: error.to_string() })
}

/// Whether an answer began and did not end. `object_store` has a kind for what it couldn't reach and none for this.
fn broke_off(error: &object_store::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<HttpError>() {
            return matches!(error.kind(), HttpErrorKind::Unknown | HttpErrorKind::Decode | HttpErrorKind::Interrupted);
        }
        cause = error.source();
    }
    false
}

fn failed(name: &str, error: object_store::Error) -> StoreError {
    let name = name.to_owned();
    match error {
        object_store::Error::AlreadyExists { .. }
        | object_store::Error::Precondition { .. }
        | object_store::Error::NotModified { .. } => StoreError::Moved { name },
        object_store::Error::NotFound { .. } => StoreError::Missing { name },
        object_store::Error::PermissionDenied { source, .. } | object_store::Error::Unauthenticated { source, .. } => {
            StoreError::Denied { name, why: source.to_string() }
        }
        error => StoreError::Unavailable { name, why: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use object_store::memory::InMemory;

    fn both() -> (tempfile::TempDir, [ObjectLedger; 2]) {
        let folder = tempfile::tempdir().unwrap();
        let files = super::super::open_folder(folder.path(), "x").unwrap();
        let memory = ObjectLedger::new(Arc::new(InMemory::new()), "memory".into(), Mark::Tag);
        (folder, [files, memory])
    }

    #[tokio::test]
    async fn an_object_is_created_once() {
        let (_folder, ledgers) = both();
        for ledger in ledgers {
            ledger.create("targets/a/b/entries/1", b"one").await.unwrap();
            let again = ledger.create("targets/a/b/entries/1", b"two").await;
            assert!(matches!(again, Err(StoreError::Moved { .. })), "{}", ledger.address);
            assert_eq!(ledger.read("targets/a/b/entries/1").await.unwrap(), b"one");
            assert_eq!(ledger.list("targets/a/b/entries/").await.unwrap(), ["targets/a/b/entries/1"]);
        }
    }

    #[tokio::test]
    async fn a_cell_is_swapped_only_by_who_read_its_last_write() {
        let (_folder, ledgers) = both();
        for ledger in ledgers {
            let first = ledger.swap("cell", None, b"1").await.unwrap();
            assert!(matches!(ledger.swap("cell", None, b"x").await, Err(StoreError::Moved { .. })));
            let second = ledger.swap("cell", Some(&first), b"2").await.unwrap();
            assert!(matches!(ledger.swap("cell", Some(&first), b"3").await, Err(StoreError::Moved { .. })));
            let cell = ledger.cell("cell").await.unwrap().unwrap();
            assert_eq!((cell.bytes.as_slice(), &cell.version), (b"2".as_slice(), &second));
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_many_who_swap_at_once_exactly_one_wins_each_round() {
        let (_folder, ledgers) = both();
        for ledger in ledgers {
            let ledger = Arc::new(ledger);
            let mut version = ledger.swap("cell", None, b"0").await.unwrap();
            for round in 0..20 {
                let racers: Vec<_> = (0..8)
                    .map(|racer| {
                        let (ledger, version) = (Arc::clone(&ledger), version.clone());
                        tokio::spawn(async move {
                            let bytes = format!("{round} {racer}");
                            ledger.swap("cell", Some(&version), bytes.as_bytes()).await
                        })
                    })
                    .collect();
                let mut won = Vec::new();
                for racer in racers {
                    won.extend(racer.await.unwrap().ok());
                }
                assert_eq!(won.len(), 1, "{}", ledger.address);
                version = won.remove(0);
            }
        }
    }

    #[tokio::test]
    async fn a_name_that_would_leave_the_ledger_is_refused() {
        let (_folder, [files, _]) = both();
        for name in ["../outside", "a/../../outside", "a//b"] {
            assert!(files.read(name).await.is_err(), "{name}");
        }
    }
}
