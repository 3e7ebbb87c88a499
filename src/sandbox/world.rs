//! Everything that the sandbox knows, and its passage into the store.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::aws::caller::Session;
use super::aws::cloudformation::drift::Detection;
use super::aws::cloudformation::stack::Stack;
use super::aws::route53::Change;
use super::aws::s3::bucket::Bucket;
use super::azure::blob::Blobs;
use super::azure::group::Group;
use super::azure::identifier::folded;
use super::azure::operation::Ticket;
use super::azure::stack::ArmStack;
use super::azure::what_if::WhatIf;
use super::engine::inventory::Physical;
use super::error::SandboxError;
use super::faults::{Faults, Unwell};
use super::gcp::bucket::Bucket as GcsBucket;
use super::gcp::deployment::Deployment;
use super::gcp::long_running::LongRunning;
use super::gcp::previews::Preview;
use super::ids::IdSource;
use super::registry::content::Content;
use super::store::{Shelf, Store};

const SETTINGS: &str = "sandbox";

/// What isn't a document of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Settings {
    ids: IdSource,
    pace: f64,
    faults: Faults,
}

/// The state of the sandbox.
#[derive(Debug)]
pub struct World {
    store: Store,
    settings: Shelf<Settings>,
    /// Where identifiers come from.
    pub ids: IdSource,
    /// How long simulated work takes, as a multiple of the cloud's own time; 0 is at once.
    pub pace: f64,
    /// The scripted faults.
    pub faults: Faults,
    /// What exists in the cloud.
    pub resources: Shelf<Physical>,
    /// CloudFormation's stacks by their id, deleted ones too.
    pub stacks: Shelf<Stack>,
    /// CloudFormation's drift detections by their id.
    pub detections: Shelf<Detection>,
    /// S3's buckets by their name.
    pub buckets: Shelf<Bucket>,
    /// What is in registries: in ECR by the key of the repository's resource, elsewhere by image below that of the registry.
    pub images: Shelf<Content>,
    /// Route 53's changes by their id.
    pub name_changes: Shelf<Change>,
    /// The temporary credentials that STS gave out, by access key id.
    pub sessions: Shelf<Session>,
    /// Resource Manager's resource groups, by subscription and name.
    pub arm_groups: Shelf<Group>,
    /// Its deployment stacks, by identifier.
    pub arm_stacks: Shelf<ArmStack>,
    /// Its long-running operations, by identity.
    pub arm_tickets: Shelf<Ticket>,
    /// Its what-if results, by identifier.
    pub arm_what_ifs: Shelf<WhatIf>,
    /// Cloud Storage's buckets by their name.
    pub gcs_buckets: Shelf<GcsBucket>,
    /// Infrastructure Manager's deployments by their whole name.
    pub gcp_deployments: Shelf<Deployment>,
    /// Its previews by their whole name.
    pub gcp_previews: Shelf<Preview>,
    /// Its long-running operations by their whole name.
    pub gcp_operations: Shelf<LongRunning>,
    /// The blobs of Azure's containers, by account and container.
    pub azure_blobs: Shelf<Blobs>,
}

impl World {
    /// Reads the state in a folder, or starts afresh where there is none. `seed` is used for a new state only.
    ///
    /// # Errors
    /// As [`Store::open`] and [`Store::load`].
    pub fn open(folder: &Path, seed: &str) -> Result<Self, SandboxError> {
        let store = Store::open(folder)?;
        let mut loaded = store.load()?;
        let settings: Shelf<Settings> = Shelf::load("settings", &mut loaded)?;
        let current = settings.get(SETTINGS).cloned().unwrap_or_else(|| Settings {
            ids: IdSource::new(seed),
            pace: 1.0,
            faults: Faults::default(),
        });
        let world = Self {
            store,
            settings,
            ids: current.ids,
            pace: current.pace,
            faults: current.faults,
            resources: Shelf::load("resources", &mut loaded)?,
            stacks: Shelf::load("stacks", &mut loaded)?,
            detections: Shelf::load("detections", &mut loaded)?,
            buckets: Shelf::load("buckets", &mut loaded)?,
            images: Shelf::load("images", &mut loaded)?,
            name_changes: Shelf::load("name-changes", &mut loaded)?,
            sessions: Shelf::load("sessions", &mut loaded)?,
            arm_groups: Shelf::load("arm-groups", &mut loaded)?,
            arm_stacks: Shelf::load("arm-stacks", &mut loaded)?,
            arm_tickets: Shelf::load("arm-tickets", &mut loaded)?,
            arm_what_ifs: Shelf::load("arm-what-ifs", &mut loaded)?,
            gcs_buckets: Shelf::load("gcs-buckets", &mut loaded)?,
            gcp_deployments: Shelf::load("gcp-deployments", &mut loaded)?,
            gcp_previews: Shelf::load("gcp-previews", &mut loaded)?,
            gcp_operations: Shelf::load("gcp-operations", &mut loaded)?,
            azure_blobs: Shelf::load("azure-blobs", &mut loaded)?,
        };
        let used: BTreeSet<&str> = world.buckets.iter().flat_map(|(_, bucket)| bucket.blobs()).collect();
        let pushed = world.images.iter().flat_map(|(_, content)| content.blobs());
        let sources = world.gcs_buckets.iter().flat_map(|(_, bucket)| bucket.blobs());
        let blobs = world.azure_blobs.iter().flat_map(|(_, blobs)| blobs.contents());
        let used: BTreeSet<&str> = used.into_iter().chain(pushed).chain(sources).chain(blobs).collect();
        world.store.sweep_blobs(&used)?;
        Ok(world)
    }

    /// Keeps bytes; gives back the name under which they can be read.
    ///
    /// # Errors
    /// As [`Store::write_blob`].
    pub fn write_blob(&self, content: &[u8]) -> Result<String, SandboxError> {
        self.store.write_blob(content)
    }

    /// Reads bytes that were kept.
    ///
    /// # Errors
    /// As [`Store::read_blob`].
    pub fn read_blob(&self, name: &str) -> Result<Vec<u8>, SandboxError> {
        self.store.read_blob(name)
    }

    /// Writes what changed since the last commit.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub fn commit(&mut self) -> Result<(), SandboxError> {
        let current = Settings { ids: self.ids.clone(), pace: self.pace, faults: self.faults.clone() };
        if self.settings.get(SETTINGS) != Some(&current) {
            self.settings.put(SETTINGS, current);
        }
        let mut batch: BTreeMap<String, Option<Value>> = BTreeMap::new();
        self.settings.drain_changes(&mut batch);
        self.resources.drain_changes(&mut batch);
        self.stacks.drain_changes(&mut batch);
        self.detections.drain_changes(&mut batch);
        self.buckets.drain_changes(&mut batch);
        self.images.drain_changes(&mut batch);
        self.name_changes.drain_changes(&mut batch);
        self.sessions.drain_changes(&mut batch);
        self.arm_groups.drain_changes(&mut batch);
        self.arm_stacks.drain_changes(&mut batch);
        self.arm_tickets.drain_changes(&mut batch);
        self.arm_what_ifs.drain_changes(&mut batch);
        self.gcs_buckets.drain_changes(&mut batch);
        self.gcp_deployments.drain_changes(&mut batch);
        self.gcp_previews.drain_changes(&mut batch);
        self.gcp_operations.drain_changes(&mut batch);
        self.azure_blobs.drain_changes(&mut batch);
        if batch.is_empty() {
            return Ok(());
        }
        self.store.commit(&batch)
    }

    /// Forgets everything but the pace.
    pub fn reset(&mut self) {
        self.faults = Faults::default();
        self.resources.clear();
        self.stacks.clear();
        self.detections.clear();
        self.buckets.clear();
        self.images.clear();
        self.name_changes.clear();
        self.sessions.clear();
        self.arm_groups.clear();
        self.arm_stacks.clear();
        self.arm_tickets.clear();
        self.arm_what_ifs.clear();
        self.gcs_buckets.clear();
        self.gcp_deployments.clear();
        self.gcp_previews.clear();
        self.gcp_operations.clear();
        self.azure_blobs.clear();
    }

    /// Why a resource isn't well, if that is scripted.
    pub fn unwell(&self, resource: &Physical) -> Option<Unwell> {
        let owner = resource.owner.as_ref()?;
        if let Some(stack) = self.arm_stacks.get(&folded(&owner.stack)) {
            return self.faults.unwell(&stack.name, &owner.logical_id, Some(stack.modified));
        }
        if let Some(deployment) = self.gcp_deployments.get(&owner.stack) {
            return self.faults.unwell(&deployment.address.name, &owner.logical_id, Some(deployment.updated));
        }
        let stack = self.stacks.get(&owner.stack)?;
        self.faults.unwell(&stack.name, &owner.logical_id, stack.updated.or(Some(stack.created)))
    }

    /// The state's folder.
    pub fn folder(&self) -> &Path {
        self.store.folder()
    }
}
