//! What a decided plan puts into the world: documents, and where they go.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::digest::Digest;

/// Where a target lives. The account and region are pinned: a driver that finds itself elsewhere refuses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The cloud, as environment files name it: `aws`, `gcp`, `azure`.
    pub cloud: String,
    /// The account, project or subscription that may be touched.
    pub account: String,
    /// The region or location.
    pub region: String,
    /// The program on this machine that deploys there, such as `terraform`; none where the cloud's own engine does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
}

/// What keeps a stack from being taken down or changed by mistake.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Protection {
    /// Whether the cloud shall refuse to delete the stack.
    pub termination: bool,
    /// The cloud's policy document of what an update may do to which resources; none for everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Value>,
}

/// The beginning of the keys of files that the engine reads beside the document, such as the versions that it asks for: a digest and the
/// file's name follow. They go where the document goes, each time.
pub const BESIDE: &str = "beside/";

/// A file that the document refers to, such as a function's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Its key in the deployment bucket; holds the digest, so that equal keys hold equal bytes.
    pub key: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A container image that has to lie in registries of the stack before anything runs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The digest by which registries name it: that of its index or manifest, which is among `blobs`.
    pub digest: Digest,
    /// What it is called in a registry that holds images of several names: its artifact's name.
    pub name: String,
    /// The registries that it is run from: their ids in the document.
    pub registries: BTreeSet<String>,
    /// Everything that it is made of, by digest: index, manifests, configurations and layers.
    pub blobs: BTreeMap<Digest, Vec<u8>>,
}

/// What brings the database's schema up to date before a release is deployed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Migration {
    /// The function that does it: its id in the document.
    pub function: String,
    /// The key of its code in the store, or the digest of its image.
    pub code: String,
    /// How long it may run, seconds.
    pub seconds: u64,
}

/// A deployment that is decided, ready to be carried out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// The target, `system/environment`.
    pub target: String,
    /// Where it goes.
    pub place: Place,
    /// The stack's name there.
    pub stack: String,
    /// The native document, byte for byte as it is sent.
    pub document: String,
    /// Values for the document's parameters.
    pub parameters: BTreeMap<String, String>,
    /// Values that some of them need for new versions to take over all at once, where otherwise they roll out: what goes back goes so.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub at_once: BTreeMap<String, String>,
    /// Tags of the stack, which its resources inherit.
    pub tags: BTreeMap<String, String>,
    /// What protects the stack afterwards.
    pub protection: Protection,
    /// The object store for documents and code; none takes the driver's own name for it.
    pub bucket: Option<String>,
    /// What has to lie in that store before the document is used. A saved plan names these by key and doesn't hold them.
    #[serde(skip)]
    pub uploads: Vec<Upload>,
    /// What has to lie in registries before it is run, by the parameter that names it. A saved plan doesn't hold these.
    #[serde(skip)]
    pub images: BTreeMap<String, Image>,
    /// What is run before anything else of it is deployed; none where nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub migration: Option<Migration>,
    /// Parameters of a first step that makes what has to be there before the rest can run: the registries that images are pushed
    /// into, the database and what migrates it. None where one step does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ground: Option<BTreeMap<String, String>>,
}

impl Deployment {
    /// Whether new versions take over all at once where otherwise they would roll out.
    pub fn is_at_once(&self) -> bool {
        !self.at_once.is_empty() && self.at_once.iter().all(|(id, value)| self.parameters.get(id) == Some(value))
    }

    /// The document's digest.
    pub fn document_digest(&self) -> Digest {
        Digest::of(self.document.as_bytes())
    }
}
