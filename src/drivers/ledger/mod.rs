//! Ledgers in object stores: a folder, a bucket of S3 or of Cloud Storage, or a container of Azure Blob Storage.

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
use store::{Mark, ObjectLedger};

/// Opens ledgers.
pub struct ObjectLedgers {
    #[cfg_attr(
        not(any(feature = "aws", feature = "azure", feature = "gcp")),
        expect(dead_code, reason = "each object store takes them")
    )]
    sandbox: Option<Arc<dyn LocalSandbox>>,
    #[cfg_attr(
        not(any(feature = "aws", feature = "azure", feature = "gcp")),
        expect(dead_code, reason = "each object store takes them")
    )]
    clock: Arc<dyn Clock>,
    #[cfg_attr(
        not(any(feature = "aws", feature = "azure", feature = "gcp")),
        expect(dead_code, reason = "each object store takes them")
    )]
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
        of_cloud(url, "aws", place)?;
        let (bucket, prefix) = address.split_once('/').unwrap_or((address, ""));
        // Length and letters as in the S3 User Guide, "General purpose bucket naming rules".
        if !is_name(bucket, 3..=63, b".-") {
            return Err(refused(format!("`{bucket}` is no name of a bucket")));
        }
        let prefix = beginning(url, prefix)?;
        let clock = Arc::clone(&self.clock);
        let clouds = match self.endpoint(url).await? {
            // Nothing of a ledger depends on the sandbox's time.
            Some(endpoint) => AwsClouds::sandbox(clock, self.patience, endpoint, 1.0),
            None => AwsClouds::new(clock, self.patience),
        };
        Ok(below(url, clouds.ledger_bucket(url, bucket, place).await?, prefix, Mark::Tag))
    }

    #[cfg(not(feature = "aws"))]
    async fn open_s3(&self, url: &str, _address: &str, _place: &Place) -> Result<ObjectLedger, StoreError> {
        Err(without_driver(url, "aws"))
    }

    #[cfg(feature = "azure")]
    async fn open_azblob(&self, url: &str, address: &str, place: &Place) -> Result<ObjectLedger, StoreError> {
        use super::azure::AzureClouds;
        let refused = |why: String| StoreError::Address { url: url.to_owned(), why };
        of_cloud(url, "azure", place)?;
        let (account, rest) = address.split_once('/').unwrap_or((address, ""));
        let (container, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        // Lengths and letters as in "Naming rules and restrictions for Azure resources", Microsoft.Storage.
        if !is_name(account, 3..=24, b"") {
            return Err(refused(format!("`{account}` is no name of a storage account")));
        }
        if !is_name(container, 3..=63, b"-") {
            return Err(refused(format!(
                "`{container}` is no name of a container: write azblob://ACCOUNT/CONTAINER/PREFIX"
            )));
        }
        let prefix = beginning(url, prefix)?;
        let clock = Arc::clone(&self.clock);
        let clouds = match self.endpoint(url).await? {
            Some(endpoint) => AzureClouds::sandbox(clock, self.patience, endpoint, 1.0),
            None => AzureClouds::new(clock, self.patience),
        };
        Ok(below(url, clouds.ledger_container(url, (account, container), place).await?, prefix, Mark::Tag))
    }

    #[cfg(not(feature = "azure"))]
    async fn open_azblob(&self, url: &str, _address: &str, _place: &Place) -> Result<ObjectLedger, StoreError> {
        Err(without_driver(url, "azure"))
    }

    #[cfg(feature = "gcp")]
    async fn open_gs(&self, url: &str, address: &str, place: &Place) -> Result<ObjectLedger, StoreError> {
        use super::gcp::GcpClouds;
        of_cloud(url, "gcp", place)?;
        let (bucket, prefix) = address.split_once('/').unwrap_or((address, ""));
        // Length and letters as in Cloud Storage's documentation, "About Cloud Storage buckets", Bucket name requirements.
        if !is_name(bucket, 3..=222, b"-_.") {
            let why = format!("`{bucket}` is no name of a bucket");
            return Err(StoreError::Address { url: url.to_owned(), why });
        }
        let prefix = beginning(url, prefix)?;
        let clock = Arc::clone(&self.clock);
        let clouds = match self.endpoint(url).await? {
            Some(endpoint) => GcpClouds::sandbox(clock, self.patience, endpoint, 1.0),
            None => GcpClouds::new(clock, self.patience),
        };
        Ok(below(url, clouds.ledger_bucket(url, bucket, place).await?, prefix, Mark::Generation))
    }

    #[cfg(not(feature = "gcp"))]
    async fn open_gs(&self, url: &str, _address: &str, _place: &Place) -> Result<ObjectLedger, StoreError> {
        Err(without_driver(url, "gcp"))
    }

    /// The sandbox's address, where it plays the clouds.
    #[cfg(any(feature = "aws", feature = "azure", feature = "gcp"))]
    async fn endpoint(&self, url: &str) -> Result<Option<String>, StoreError> {
        let Some(sandbox) = &self.sandbox else { return Ok(None) };
        let started = sandbox.start(0).await;
        started.map(Some).map_err(|error| StoreError::Address { url: url.to_owned(), why: error.to_string() })
    }
}

/// Refuses a store of another cloud than the target's.
#[cfg(any(feature = "aws", feature = "azure", feature = "gcp"))]
fn of_cloud(url: &str, cloud: &str, place: &Place) -> Result<(), StoreError> {
    if place.cloud == cloud {
        return Ok(());
    }
    let why = format!("the target lives in {}, so it can't be known which account's store this has to be", place.cloud);
    Err(StoreError::Address { url: url.to_owned(), why })
}

/// Whether a text is a name of so many lower-case letters, digits and these.
#[cfg(any(feature = "aws", feature = "azure", feature = "gcp"))]
fn is_name(text: &str, length: std::ops::RangeInclusive<usize>, besides: &[u8]) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || besides.contains(&byte);
    length.contains(&text.len()) && text.bytes().all(plain)
}

/// What the names of a ledger's objects begin with.
#[cfg(any(feature = "aws", feature = "azure", feature = "gcp"))]
fn beginning(url: &str, prefix: &str) -> Result<object_store::path::Path, StoreError> {
    object_store::path::Path::parse(prefix)
        .map_err(|error| StoreError::Address { url: url.to_owned(), why: error.to_string() })
}

/// The ledger in a store, below a prefix.
#[cfg(any(feature = "aws", feature = "azure", feature = "gcp"))]
fn below(
    url: &str,
    store: impl object_store::ObjectStore,
    prefix: object_store::path::Path,
    mark: Mark,
) -> ObjectLedger {
    ObjectLedger::new(Arc::new(object_store::prefix::PrefixStore::new(store, prefix)), url.to_owned(), mark)
}

#[cfg(not(all(feature = "aws", feature = "azure", feature = "gcp")))]
fn without_driver(url: &str, cloud: &str) -> StoreError {
    StoreError::Address { url: url.to_owned(), why: format!("this landfall was built without a driver for {cloud}") }
}

#[async_trait]
impl Ledgers for ObjectLedgers {
    async fn open(&self, url: &str, owner: &Place) -> Result<Box<dyn LedgerStore>, StoreError> {
        let path = url.strip_prefix("file://").or_else(|| url.strip_prefix("file:"));
        let folder = match (path, url.split_once("://")) {
            (Some(path), _) => PathBuf::from(path),
            (None, None) => PathBuf::from(url),
            (None, Some(("s3", address))) => return Ok(Box::new(self.open_s3(url, address, owner).await?)),
            (None, Some(("azblob", address))) => return Ok(Box::new(self.open_azblob(url, address, owner).await?)),
            (None, Some(("gs", address))) => return Ok(Box::new(self.open_gs(url, address, owner).await?)),
            (None, Some((scheme, _))) => {
                return Err(StoreError::Address {
                    url: url.to_owned(),
                    why: format!(
                        "landfall keeps ledgers in folders, in S3, in Azure Blob Storage and in Cloud Storage, not in `{scheme}:`"
                    ),
                });
            }
        };
        Ok(Box::new(open_folder(&folder, url)?))
    }
}

/// A ledger in any store that writes conditionally by ETags, called so. Whether the store is fit for one isn't asked.
pub fn ledger_in(store: Arc<dyn object_store::ObjectStore>, address: &str) -> impl LedgerStore {
    ObjectLedger::new(store, address.to_owned(), Mark::Tag)
}

fn open_folder(folder: &Path, url: &str) -> Result<ObjectLedger, StoreError> {
    let address = |why: String| StoreError::Address { url: url.to_owned(), why };
    let unusable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
            StoreError::Denied { name: url.to_owned(), why: error.to_string() }
        }
        _ => address(error.to_string()),
    };
    std::fs::create_dir_all(folder).map_err(unusable)?;
    let folder = folder.canonicalize().map_err(unusable)?;
    let files = LocalFileSystem::new_with_prefix(&folder).map_err(|error| address(error.to_string()))?.with_fsync(true);
    let shown = folder.display().to_string();
    Ok(ObjectLedger::new(Arc::new(files), shown, Mark::Guarded(FolderGuard::new(&folder))))
}
