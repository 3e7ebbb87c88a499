//! Ledgers in object stores: a folder or a bucket of S3 now, with room for GCS and Azure Blob, which `object_store` speaks too.

#![expect(clippy::disallowed_methods, reason = "a ledger's folder is this driver's to make")]

mod folder;
mod store;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use object_store::local::LocalFileSystem;

use super::patience::Patience;
use crate::plan::deployment::Place;
use crate::ports::clock::Clock;
use crate::ports::ledger::{LedgerStore, Ledgers, StoreError};
use crate::ports::sandbox::LocalSandbox;
use folder::FolderGuard;
use store::ObjectLedger;

/// Opens ledgers.
pub struct ObjectLedgers {
    #[cfg_attr(not(feature = "aws"), expect(dead_code, reason = "each object store takes them"))]
    sandbox: Option<Arc<dyn LocalSandbox>>,
    #[cfg_attr(not(feature = "aws"), expect(dead_code, reason = "each object store takes them"))]
    clock: Arc<dyn Clock>,
    #[cfg_attr(not(feature = "aws"), expect(dead_code, reason = "each object store takes them"))]
    patience: Patience,
}

impl ObjectLedgers {
    /// Ledgers in folders and in the clouds' object stores; where there is a sandbox, in those that it plays.
    pub fn new(sandbox: Option<Arc<dyn LocalSandbox>>, clock: Arc<dyn Clock>, patience: Patience) -> Self {
        ObjectLedgers { sandbox, clock, patience }
    }

    #[cfg(feature = "aws")]
    async fn open_s3(&self, url: &str, address: &str, place: &Place) -> Result<ObjectLedger, StoreError> {
        use super::aws::AwsClouds;
        let refused = |why: String| StoreError::Address { url: url.to_owned(), why };
        if place.cloud != "aws" {
            return Err(refused(format!(
                "the target lives in {}, so it can't be known which account's bucket this has to be",
                place.cloud
            )));
        }
        let (bucket, prefix) = address.split_once('/').unwrap_or((address, ""));
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
        // Length and letters as in the S3 User Guide, "General purpose bucket naming rules".
        if !(3..=63).contains(&bucket.len()) || !bucket.bytes().all(plain) {
            return Err(refused(format!("`{bucket}` is no name of a bucket")));
        }
        let prefix = object_store::path::Path::parse(prefix).map_err(|error| refused(error.to_string()))?;
        let clock = Arc::clone(&self.clock);
        let clouds = match &self.sandbox {
            Some(sandbox) => {
                let started = sandbox.start(0).await;
                let endpoint = started.map_err(|error| refused(error.to_string()))?;
                // Nothing of a ledger depends on the sandbox's time.
                AwsClouds::sandbox(clock, self.patience, endpoint, 1.0)
            }
            None => AwsClouds::new(clock, self.patience),
        };
        let bucket = clouds.ledger_bucket(url, bucket, place).await?;
        let store = object_store::prefix::PrefixStore::new(bucket, prefix);
        Ok(ObjectLedger::new(Arc::new(store), url.to_owned(), None))
    }

    #[cfg(not(feature = "aws"))]
    async fn open_s3(&self, url: &str, _address: &str, _place: &Place) -> Result<ObjectLedger, StoreError> {
        let why = "this landfall was built without a driver for aws".to_owned();
        Err(StoreError::Address { url: url.to_owned(), why })
    }
}

#[async_trait]
impl Ledgers for ObjectLedgers {
    async fn open(&self, url: &str, owner: &Place) -> Result<Box<dyn LedgerStore>, StoreError> {
        let path = url.strip_prefix("file://").or_else(|| url.strip_prefix("file:"));
        let folder = match (path, url.split_once("://")) {
            (Some(path), _) => PathBuf::from(path),
            (None, None) => PathBuf::from(url),
            (None, Some(("s3", address))) => return Ok(Box::new(self.open_s3(url, address, owner).await?)),
            (None, Some((scheme, _))) => {
                return Err(StoreError::Address {
                    url: url.to_owned(),
                    why: format!("landfall keeps ledgers in folders and in S3 so far, not in `{scheme}:`"),
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
