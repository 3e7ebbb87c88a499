//! What a decided plan puts into the world: documents, and where they go.

use std::collections::BTreeMap;

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

/// A file that the document refers to, such as a function's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Its key in the deployment bucket; holds the digest, so that equal keys hold equal bytes.
    pub key: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
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
    /// Tags of the stack, which its resources inherit.
    pub tags: BTreeMap<String, String>,
    /// What protects the stack afterwards.
    pub protection: Protection,
    /// The object store for documents and code; none takes the driver's own name for it.
    pub bucket: Option<String>,
    /// What has to lie in that store before the document is used. A saved plan names these by key and doesn't hold them.
    #[serde(skip)]
    pub uploads: Vec<Upload>,
}

impl Deployment {
    /// The document's digest.
    pub fn document_digest(&self) -> Digest {
        Digest::of(self.document.as_bytes())
    }
}
