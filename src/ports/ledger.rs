//! The store behind a ledger: named objects that are created once, and a few cells that are moved by compare-and-swap.
//!
//! The protocol on top (chain, lock, fence) is `deploy::book` and `deploy::lease`; the format is `ledger`.

use std::time::Duration;

use async_trait::async_trait;

use super::cloud::CloudError;
use crate::plan::deployment::Place;

/// Why the store did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The object to create exists, or the cell is no longer what the caller read. Read it back before concluding anything:
    /// an answer that got lost on the way may make this the caller's own write.
    #[error("`{name}` was changed meanwhile")]
    Moved {
        /// The object.
        name: String,
    },
    /// No such object.
    #[error("`{name}` is not in the ledger")]
    Missing {
        /// The object.
        name: String,
    },
    /// The store refuses the caller.
    #[error("the ledger's store refuses `{name}`: {why}")]
    Denied {
        /// The object.
        name: String,
        /// What the store said.
        why: String,
    },
    /// The store could not be reached, or failed, also after retries.
    #[error("the ledger's store could not be asked for `{name}`: {why}")]
    Unavailable {
        /// The object.
        name: String,
        /// What happened.
        why: String,
    },
    /// The ledger's address can't be used.
    #[error("`{url}` is no ledger: {why}")]
    Address {
        /// The address as given.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// What is at the ledger's address must not keep one.
    #[error("`{url}` must not keep a ledger: {why}")]
    Unfit {
        /// The address as given.
        url: String,
        /// What is wrong with it.
        why: String,
        /// What to do about it.
        remedy: String,
    },
}

impl StoreError {
    /// What a failure of the cloud means for a ledger that it was asked about, by the store's name.
    pub fn of(name: &str, error: CloudError) -> Self {
        let name = name.to_owned();
        match error {
            CloudError::Denied { action, resource, .. } => {
                StoreError::Denied { name, why: format!("{action} on {resource} is missing") }
            }
            CloudError::NoCredentials { .. } | CloudError::Expired { .. } | CloudError::WrongAccount { .. } => {
                StoreError::Denied { name, why: error.to_string() }
            }
            error => StoreError::Unavailable { name, why: error.to_string() },
        }
    }
}

/// Which write of a cell was read; opaque to all but the driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(pub String);

/// A cell's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// What it holds.
    pub bytes: Vec<u8>,
    /// Which write that was.
    pub version: Version,
}

/// A store for one ledger. Names are relative, of `[a-z0-9/.-]`, and hold no `..`.
#[async_trait]
pub trait LedgerStore: Send + Sync {
    /// Where it is, for people.
    fn address(&self) -> String;

    /// Creates an object.
    ///
    /// # Errors
    /// [`StoreError::Moved`] where an object of that name exists.
    async fn create(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError>;

    /// Reads an object.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is none.
    async fn read(&self, name: &str) -> Result<Vec<u8>, StoreError>;

    /// The names that begin with this prefix, sorted.
    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError>;

    /// The names that begin with this prefix, sorted, and how long ago each was written, on the store's own clock at both ends.
    async fn aged(&self, prefix: &str) -> Result<Vec<(String, Duration)>, StoreError>;

    /// Removes an object. Removed again, nothing happens. A store that keeps versions keeps this one.
    async fn remove(&self, name: &str) -> Result<(), StoreError>;

    /// Reads a cell; none where it was never written.
    async fn cell(&self, name: &str) -> Result<Option<Cell>, StoreError>;

    /// How long ago a cell was written, on the store's own clock at both ends.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where it was never written.
    async fn age(&self, name: &str) -> Result<Duration, StoreError>;

    /// Writes a cell that still is what the caller read; `None` creates it.
    ///
    /// # Errors
    /// [`StoreError::Moved`] where somebody else wrote it meanwhile, [`StoreError::Missing`] where it is gone.
    async fn swap(&self, name: &str, read: Option<&Version>, bytes: &[u8]) -> Result<Version, StoreError>;
}

/// Opens ledgers by their address.
#[async_trait]
pub trait Ledgers: Send + Sync {
    /// Opens the ledger at a URL, or a folder at a path. An object store has to belong to the owner's account and stand in its region,
    /// whosever credentials ask. A folder that isn't there is made by the first write.
    ///
    /// # Errors
    /// [`StoreError::Address`] for an address that is none, [`StoreError::Unfit`] for a store that others could write or read, or
    /// that forgets what was overwritten.
    async fn open(&self, url: &str, owner: &Place) -> Result<Box<dyn LedgerStore>, StoreError>;
}
