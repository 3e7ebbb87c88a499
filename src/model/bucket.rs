//! An object store.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::units::Time;

/// A store of objects by key. It is private, encrypted, and answers over TLS only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Bucket {
    /// What it holds, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether earlier versions of an object are kept when it is overwritten or deleted.
    #[serde(default = "yes")]
    pub versioned: bool,
    /// How long an earlier version is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_versions: Option<Time>,
    /// What becomes of objects as they age, each rule for a prefix.
    #[serde(default)]
    pub lifecycle: Vec<LifecycleRule>,
    /// Whether the objects outlive the stack.
    #[serde(default = "yes")]
    pub protected: bool,
}

fn yes() -> bool {
    true
}

/// What becomes of objects under a prefix as they age.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LifecycleRule {
    /// The beginning of the keys it is for; every object where not given.
    #[serde(default)]
    pub prefix: String,
    /// The age at which an object moves to cheaper, slower storage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archive_after: Option<Time>,
    /// Which cheaper storage.
    #[serde(default)]
    pub archive_to: ArchiveTier,
    /// The age at which an object is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete_after: Option<Time>,
}

/// Cheaper storage for what is seldom read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ArchiveTier {
    /// Read at once, dearer to read.
    Infrequent,
    /// Read after minutes to hours.
    #[default]
    Archive,
    /// Read after half a day.
    DeepArchive,
}
