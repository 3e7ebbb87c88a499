//! Ledgers in object stores: a folder now, with room for S3, GCS and Azure Blob, which `object_store` speaks too.

#![expect(clippy::disallowed_methods, reason = "a ledger's folder is this driver's to make")]

mod folder;
mod store;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use object_store::local::LocalFileSystem;

use crate::ports::ledger::{LedgerStore, Ledgers, StoreError};
use folder::FolderGuard;
use store::ObjectLedger;

/// Opens ledgers.
#[derive(Clone, Copy, Debug)]
pub struct ObjectLedgers;

#[async_trait]
impl Ledgers for ObjectLedgers {
    async fn open(&self, url: &str) -> Result<Box<dyn LedgerStore>, StoreError> {
        let path = url.strip_prefix("file://").or_else(|| url.strip_prefix("file:"));
        let folder = match (path, url.split_once("://")) {
            (Some(path), _) => PathBuf::from(path),
            (None, None) => PathBuf::from(url),
            (None, Some((scheme, _))) => {
                return Err(StoreError::Address {
                    url: url.to_owned(),
                    why: format!("landfall keeps ledgers in folders so far, not in `{scheme}:`"),
                });
            }
        };
        Ok(Box::new(open_folder(&folder, url)?))
    }
}

fn open_folder(folder: &Path, url: &str) -> Result<ObjectLedger, StoreError> {
    let address = |why: String| StoreError::Address { url: url.to_owned(), why };
    std::fs::create_dir_all(folder).map_err(|error| address(error.to_string()))?;
    let folder = folder.canonicalize().map_err(|error| address(error.to_string()))?;
    let files = LocalFileSystem::new_with_prefix(&folder).map_err(|error| address(error.to_string()))?.with_fsync(true);
    let shown = folder.display().to_string();
    Ok(ObjectLedger::new(Arc::new(files), shown, Some(FolderGuard::new(&folder))))
}
