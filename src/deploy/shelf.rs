//! A system's releases in a ledger: putting one there, and finding and proving it again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::error::DeployError;
use super::objects::Objects;
use crate::ledger::chain::Fault;
use crate::ledger::head::document_name;
use crate::plan::digest::Digest;
use crate::ports::clock::Clock;
use crate::ports::ledger::{LedgerStore, StoreError};
use crate::release::sealed::{Release, folder, named, object};
use crate::release::verify::{Flaw, open, parts};

/// A system's releases.
pub struct Shelf {
    store: Arc<dyn LedgerStore>,
    clock: Arc<dyn Clock>,
    system: String,
}

impl Shelf {
    /// The releases of a system in a ledger.
    pub fn new(store: Arc<dyn LedgerStore>, clock: Arc<dyn Clock>, system: &str) -> Self {
        Shelf { store, clock, system: system.to_owned() }
    }

    /// Puts a release there: what it needs first, its name last. A process that is killed between leaves a release without its
    /// name, or bytes that nothing refers to; both are harmless.
    ///
    /// # Errors
    /// [`Fault::Unreadable`] where somebody gave the name to another release meanwhile.
    pub async fn put(&self, release: &Release, contents: &BTreeMap<Digest, Vec<u8>>) -> Result<(), DeployError> {
        let objects = self.objects();
        for (digest, bytes) in contents {
            objects.create(&document_name(digest), bytes).await?;
        }
        objects.create(&release.object(), &release.to_bytes()?).await?;
        if let Some(name) = &release.sealed.name {
            objects.create(&named(&self.system, name), format!("{}\n", release.id).as_bytes()).await?;
        }
        Ok(())
    }

    /// The release that a name stands for; none where it stands for nothing.
    ///
    /// # Errors
    /// [`Fault::Unreadable`] where what is there is no digest.
    pub async fn named(&self, name: &str) -> Result<Option<Digest>, DeployError> {
        let object = named(&self.system, name);
        let bytes = match self.store.read(&object).await {
            Ok(bytes) => bytes,
            Err(StoreError::Missing { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        match text.trim_end().parse() {
            Ok(digest) => Ok(Some(digest)),
            Err(error) => Err(Fault::Unreadable { name: object, why: format!("{error}") }.into()),
        }
    }

    fn objects(&self) -> Objects<'_> {
        Objects { store: &*self.store, clock: &*self.clock }
    }

    /// The digests of all releases, sorted.
    pub async fn ids(&self) -> Result<Vec<Digest>, DeployError> {
        let folder = folder(&self.system);
        let names = self.store.list(&folder).await?;
        let digits =
            |name: &String| name.strip_prefix(&folder)?.strip_suffix(".json").map(|hex| format!("sha256:{hex}"));
        Ok(names.iter().filter_map(digits).filter_map(|text| text.parse().ok()).collect())
    }

    /// A release, proved to be what was sealed; or what is wrong with it.
    pub async fn release(&self, id: &Digest) -> Result<Result<Release, Flaw>, DeployError> {
        match self.store.read(&object(&self.system, id)).await {
            Ok(bytes) => Ok(open(&self.system, id, &bytes)),
            Err(StoreError::Missing { .. }) => {
                Ok(Err(Flaw::Gone { what: "the release itself".to_owned(), digest: id.clone() }))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The system's files that are sealed in a release, by their digests; or what is wrong with the first that isn't what was sealed.
    pub async fn files(&self, release: &Release) -> Result<Result<BTreeMap<Digest, Vec<u8>>, Flaw>, DeployError> {
        let mut contents = BTreeMap::new();
        for (name, digest) in &release.sealed.definition {
            let bytes = match self.objects().document(digest).await {
                Ok(bytes) => bytes,
                Err(StoreError::Missing { .. }) => {
                    return Ok(Err(Flaw::Gone { what: name.clone(), digest: digest.clone() }));
                }
                Err(error) => return Err(error.into()),
            };
            let found = Digest::of(&bytes);
            if found != *digest {
                return Ok(Err(Flaw::Altered { what: name.clone(), digest: digest.clone(), found }));
            }
            contents.insert(digest.clone(), bytes);
        }
        Ok(Ok(contents))
    }

    /// What is wrong with the files and artifacts of a release: each is read, and its digest taken.
    pub async fn flaws(&self, release: &Release) -> Result<Vec<Flaw>, DeployError> {
        self.prove(release, &BTreeSet::new()).await.map(|(_, flaws)| flaws)
    }

    /// The bytes of these parts of a release, and what is wrong with any part: each is read, and its digest taken.
    pub async fn prove(
        &self,
        release: &Release,
        kept: &BTreeSet<&Digest>,
    ) -> Result<(BTreeMap<Digest, Vec<u8>>, Vec<Flaw>), DeployError> {
        let (mut contents, mut flaws) = (BTreeMap::new(), Vec::new());
        for (what, digest) in parts(release) {
            match self.objects().document(digest).await {
                Ok(bytes) => {
                    let found = Digest::of(&bytes);
                    if found != *digest {
                        flaws.push(Flaw::Altered { what, digest: digest.clone(), found });
                    } else if kept.contains(digest) {
                        contents.insert(digest.clone(), bytes);
                    }
                }
                Err(StoreError::Missing { .. }) => flaws.push(Flaw::Gone { what, digest: digest.clone() }),
                Err(error) => return Err(error.into()),
            }
        }
        Ok((contents, flaws))
    }
}

impl std::fmt::Debug for Shelf {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Shelf").field("system", &self.system).finish_non_exhaustive()
    }
}
