//! The bundle's manifest: what was built, every file by digest.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::digest::Digest;

/// The name of the manifest inside a bundle.
pub const FILE: &str = "bundle.json";

/// What a bundle holds. It names nothing that differs from machine to machine: no time, no path, no user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of this format: 1.
    pub format_version: u32,
    /// The artifacts by the names that the environment gives them.
    pub artifacts: BTreeMap<String, BundledArtifact>,
    /// Every file of the bundle but this one, by its path inside.
    pub files: BTreeMap<String, BundledFile>,
}

/// One artifact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BundledArtifact {
    /// The function archives by processor: paths inside the bundle.
    pub archives: BTreeMap<String, String>,
    /// The folder of the image layout inside the bundle, and
    pub image: Option<String>,
    /// the digest that a registry names the image by.
    pub image_digest: Option<String>,
    /// The bill of materials, where the artifact was built from source.
    pub bill: Option<String>,
    /// The provenance, where the artifact was built from source.
    pub provenance: Option<String>,
    /// What the workload needs and gives (see `contract`), where its build says it: a path inside the bundle, whose digest
    /// stands with the other files'.
    pub contract: Option<String>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BundledFile {
    /// Its digest, `sha256:` and 64 hexadecimal digits.
    pub digest: String,
    /// Its size in bytes.
    pub size: u64,
}

impl BundledFile {
    /// The entry for these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self { digest: Digest::of(bytes).to_string(), size: bytes.len() as u64 }
    }
}
