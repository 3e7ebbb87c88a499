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
    /// Another region that has every object too, by the cloud's own name, so that they outlive the loss of this one. Google Cloud and
    /// Azure are particular about which. Where the bucket is there already, Google Cloud makes another one for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[a-z][a-z0-9-]{2,31}$"), extend("x-expects" = "a region, such as us-west-2"))]
    pub copied_to: Option<String>,
    /// On AWS, the bucket there that gets the copies: one that keeps versions, made by somebody else in the same account, as a stack
    /// makes none outside of its region. The other clouds need none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        regex(pattern = r"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$"),
        extend("x-expects" = "the name of a bucket, such as shop-copies-us-west-2")
    )]
    pub copied_into: Option<String>,
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
