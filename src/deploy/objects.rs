//! Objects of a ledger that are created once and never change.

use super::error::DeployError;
use crate::ledger::chain::Fault;
use crate::ledger::head::{PRUNED, document_name, document_of};
use crate::plan::digest::Digest;
use crate::ports::clock::Clock;
use crate::ports::ledger::{LedgerStore, StoreError};

/// How often a write is tried again after the store failed in a way that leaves its effect unknown.
pub(super) const TRIES: u32 = 5;

/// The objects of a ledger.
#[derive(Clone, Copy)]
pub(super) struct Objects<'ledger> {
    pub(super) store: &'ledger dyn LedgerStore,
    pub(super) clock: &'ledger dyn Clock,
}

impl Objects<'_> {
    /// Creates an object: one that is there already must be the same.
    pub(super) async fn create(self, name: &str, bytes: &[u8]) -> Result<(), DeployError> {
        let mut tries = 0;
        loop {
            let error = match self.store.create(name, bytes).await {
                Ok(()) => return Ok(()),
                Err(error @ (StoreError::Moved { .. } | StoreError::Unavailable { .. })) => error,
                Err(error) => return Err(error.into()),
            };
            // Perhaps it is there and only the answer got lost, or it was there before.
            match self.store.read(name).await {
                Ok(found) if found == bytes => return Ok(()),
                Ok(_) => {
                    let why = "another content has this name".to_owned();
                    return Err(Fault::Unreadable { name: name.to_owned(), why }.into());
                }
                Err(_) if tries >= TRIES => return Err(error.into()),
                Err(_) => tries += 1,
            }
            self.pause(tries).await;
        }
    }

    /// The bytes of a document, whose digest the caller checks. One that was pruned is found where it was moved to.
    pub(super) async fn document(self, digest: &Digest) -> Result<Vec<u8>, StoreError> {
        let missing = match self.store.read(&document_name(digest)).await {
            Err(error @ StoreError::Missing { .. }) => error,
            answer => return answer,
        };
        // Who may not list has no pruned ones.
        let pruned = self.store.list(PRUNED).await.unwrap_or_default();
        match pruned.iter().find(|name| document_of(name).as_ref() == Some(digest)) {
            Some(name) => self.store.read(name).await,
            None => Err(missing),
        }
    }

    /// Waits before the next try, longer each time.
    pub(super) async fn pause(self, tries: u32) {
        let ceiling = std::time::Duration::from_millis(100 << tries.min(6));
        self.clock.sleep(ceiling.mul_f64(self.clock.chance())).await;
    }
}
