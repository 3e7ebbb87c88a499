//! A bucket and the versions of its objects.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::uploads::Upload;

/// A bucket. Its name is unique over all accounts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// The account that owns it.
    pub account: String,
    /// Its region.
    pub region: String,
    /// When it was created.
    pub created: Timestamp,
    /// Whether versions are kept.
    pub versioning: Versioning,
    /// What public access is blocked; none when that was never set.
    pub public_access_block: Option<PublicAccessBlock>,
    /// How objects are encrypted.
    pub encryption: Encryption,
    /// The bucket policy, as it was given.
    pub policy: Option<String>,
    /// The bucket's tags.
    pub tags: BTreeMap<String, String>,
    /// The versions of each object by key, oldest first.
    pub objects: BTreeMap<String, Vec<Version>>,
    /// The uploads in parts that aren't finished, by their id.
    pub uploads: BTreeMap<String, Upload>,
}

/// Whether a bucket keeps versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Versioning {
    /// It never did.
    #[default]
    Never,
    /// It does.
    Enabled,
    /// It did.
    Suspended,
}

/// What public access a bucket blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicAccessBlock {
    /// New public access control lists are refused.
    pub block_public_acls: bool,
    /// Public access control lists have no effect.
    pub ignore_public_acls: bool,
    /// New public policies are refused.
    pub block_public_policy: bool,
    /// A public policy only lets the account and services in.
    pub restrict_public_buckets: bool,
}

impl PublicAccessBlock {
    /// Everything blocked: what new buckets get. Source: S3 User Guide, "Blocking public access to your Amazon S3 storage".
    pub const ALL: Self = Self {
        block_public_acls: true,
        ignore_public_acls: true,
        block_public_policy: true,
        restrict_public_buckets: true,
    };
}

/// How a bucket's objects are encrypted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encryption {
    /// `AES256`, `aws:kms` or `aws:kms:dsse`.
    pub algorithm: String,
    /// The key, where it's one of the account's own.
    pub key: Option<String>,
    /// Whether the bucket's own key saves calls to the key service.
    pub bucket_key: bool,
}

impl Default for Encryption {
    /// S3's own keys: what every new bucket gets. Source: S3 User Guide, "Setting default server-side encryption behavior".
    fn default() -> Self {
        Self { algorithm: "AES256".to_owned(), key: None, bucket_key: false }
    }
}

/// A version of an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Its id; `null` for one written while no versions were kept.
    pub id: String,
    /// When it was written.
    pub modified: Timestamp,
    /// Its content; none for a mark that the object was deleted.
    pub content: Option<Content>,
}

/// What an object holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Under which name the bytes are kept: their SHA-256.
    pub blob: String,
    /// How many bytes.
    pub size: u64,
    /// The entity tag, without quotes.
    pub etag: String,
    /// The media type.
    pub content_type: Option<String>,
    /// The user's own metadata.
    pub metadata: BTreeMap<String, String>,
    /// Headers that are given back as they came: `Content-Encoding`, `Cache-Control` …
    pub headers: BTreeMap<String, String>,
}

/// What becomes of a write that has conditions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// The object must not exist.
    pub none: bool,
    /// The object's entity tag must be this; `*` for any.
    pub matches: Option<String>,
}

/// Why a write's conditions aren't met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmet {
    /// The object exists or has another entity tag.
    Precondition,
    /// The object to be replaced isn't there.
    Missing,
}

impl Bucket {
    /// A new bucket, as S3 makes it.
    pub fn new(name: &str, account: &str, region: &str, created: Timestamp) -> Self {
        Self {
            name: name.to_owned(),
            account: account.to_owned(),
            region: region.to_owned(),
            created,
            versioning: Versioning::Never,
            public_access_block: Some(PublicAccessBlock::ALL),
            encryption: Encryption::default(),
            policy: None,
            tags: BTreeMap::new(),
            objects: BTreeMap::new(),
            uploads: BTreeMap::new(),
        }
    }

    /// The bucket with what a template's properties say of it.
    pub fn configured(mut self, properties: &Map<String, Value>) -> Self {
        let at = |pointer: &str| {
            let (first, rest) = pointer.split_once('/').unwrap_or((pointer, ""));
            let value = properties.get(first)?;
            if rest.is_empty() { Some(value) } else { value.pointer(&format!("/{rest}")) }
        };
        self.versioning = match at("VersioningConfiguration/Status").and_then(Value::as_str) {
            Some("Enabled") => Versioning::Enabled,
            Some(_) => Versioning::Suspended,
            None => self.versioning,
        };
        if let Some(block) = at("PublicAccessBlockConfiguration") {
            let on = |name: &str| block.get(name).is_some_and(|value| *value == true || *value == "true");
            self.public_access_block = Some(PublicAccessBlock {
                block_public_acls: on("BlockPublicAcls"),
                ignore_public_acls: on("IgnorePublicAcls"),
                block_public_policy: on("BlockPublicPolicy"),
                restrict_public_buckets: on("RestrictPublicBuckets"),
            });
        }
        if let Some(rule) = at("BucketEncryption/ServerSideEncryptionConfiguration/0") {
            let by_default = rule.get("ServerSideEncryptionByDefault");
            let text =
                |name: &str| by_default.and_then(|rule| rule.get(name)).and_then(Value::as_str).map(str::to_owned);
            self.encryption = Encryption {
                algorithm: text("SSEAlgorithm").unwrap_or_else(|| "AES256".to_owned()),
                key: text("KMSMasterKeyID"),
                bucket_key: rule.get("BucketKeyEnabled").is_some_and(|value| *value == true || *value == "true"),
            };
        }
        self
    }

    /// Whether it holds nothing at all, old versions and marks included.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// The bytes that it refers to.
    pub fn blobs(&self) -> impl Iterator<Item = &str> {
        let versions = self.objects.values().flatten().filter_map(|version| version.content.as_ref());
        let parts = self.uploads.values().flat_map(|upload| upload.parts.values());
        versions.map(|content| content.blob.as_str()).chain(parts.map(|part| part.blob.as_str()))
    }

    /// The current version of an object, if it isn't deleted.
    pub fn current(&self, key: &str) -> Option<(&Version, &Content)> {
        let version = self.objects.get(key)?.last()?;
        Some((version, version.content.as_ref()?))
    }

    /// A version of an object.
    pub fn version(&self, key: &str, id: &str) -> Option<&Version> {
        self.objects.get(key)?.iter().find(|version| version.id == id)
    }

    /// Whether a write of this object may go ahead.
    ///
    /// # Errors
    /// Why not. Source: S3 User Guide, "How to prevent object overwrites with conditional writes".
    pub fn check(&self, key: &str, conditions: &Conditions) -> Result<(), Unmet> {
        let current = self.current(key).map(|(_, content)| content.etag.as_str());
        if conditions.none && current.is_some() {
            return Err(Unmet::Precondition);
        }
        match (&conditions.matches, current) {
            (None, _) => Ok(()),
            (Some(_), None) => Err(Unmet::Missing),
            (Some(wanted), Some(current)) if wanted == "*" || wanted == current => Ok(()),
            (Some(_), Some(_)) => Err(Unmet::Precondition),
        }
    }

    /// Writes an object; gives back the version's id where versions are kept. `new_id` is used then.
    pub fn write(&mut self, key: &str, content: Content, new_id: String, now: Timestamp) -> Option<String> {
        let kept = self.versioning == Versioning::Enabled;
        let id = if kept { new_id } else { "null".to_owned() };
        self.add(key, Version { id: id.clone(), modified: now, content: Some(content) });
        kept.then_some(id)
    }

    /// Deletes an object: marks it as deleted where versions are kept or were. Gives back the mark's id.
    pub fn delete(&mut self, key: &str, new_id: String, now: Timestamp) -> Option<String> {
        match self.versioning {
            Versioning::Never => {
                self.objects.remove(key);
                None
            }
            Versioning::Enabled | Versioning::Suspended => {
                let id = if self.versioning == Versioning::Enabled { new_id } else { "null".to_owned() };
                self.add(key, Version { id: id.clone(), modified: now, content: None });
                Some(id)
            }
        }
    }

    /// Deletes one version for good.
    pub fn delete_version(&mut self, key: &str, id: &str) -> Option<Version> {
        let versions = self.objects.get_mut(key)?;
        let position = versions.iter().position(|version| version.id == id)?;
        let removed = versions.remove(position);
        if versions.is_empty() {
            self.objects.remove(key);
        }
        Some(removed)
    }

    /// A version without an id of its own takes the place of the one before.
    fn add(&mut self, key: &str, version: Version) {
        let versions = self.objects.entry(key.to_owned()).or_default();
        if version.id == "null" {
            versions.retain(|old| old.id != "null");
        }
        versions.push(version);
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{Bucket, Conditions, Content, Unmet, Versioning};

    fn content(etag: &str) -> Content {
        Content {
            blob: etag.to_owned(),
            size: 1,
            etag: etag.to_owned(),
            content_type: None,
            metadata: Default::default(),
            headers: Default::default(),
        }
    }

    fn bucket() -> Bucket {
        Bucket::new("b", "1", "us-east-1", Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn conditions_are_checked_against_what_is_there_now() {
        let mut bucket = bucket();
        let none = Conditions { none: true, matches: None };
        let one = Conditions { none: false, matches: Some("one".to_owned()) };
        assert_eq!(bucket.check("k", &none), Ok(()));
        assert_eq!(bucket.check("k", &one), Err(Unmet::Missing));
        bucket.write("k", content("one"), "v1".to_owned(), Timestamp::UNIX_EPOCH);
        assert_eq!(bucket.check("k", &none), Err(Unmet::Precondition));
        assert_eq!(bucket.check("k", &one), Ok(()));
        bucket.write("k", content("two"), "v2".to_owned(), Timestamp::UNIX_EPOCH);
        assert_eq!(bucket.check("k", &one), Err(Unmet::Precondition));
    }

    #[test]
    fn versions_are_kept_once_asked_for_and_a_deletion_is_a_mark() {
        let mut bucket = bucket();
        assert_eq!(bucket.write("k", content("one"), "v1".to_owned(), Timestamp::UNIX_EPOCH), None);
        bucket.versioning = Versioning::Enabled;
        assert_eq!(bucket.write("k", content("two"), "v2".to_owned(), Timestamp::UNIX_EPOCH), Some("v2".to_owned()));
        assert_eq!(bucket.delete("k", "v3".to_owned(), Timestamp::UNIX_EPOCH), Some("v3".to_owned()));
        assert!(bucket.current("k").is_none());
        assert!(!bucket.is_empty());
        bucket.delete_version("k", "v3");
        assert_eq!(bucket.current("k").unwrap().1.etag, "two");
        bucket.delete_version("k", "v2");
        assert_eq!(bucket.current("k").unwrap().0.id, "null");
        bucket.delete_version("k", "null");
        assert!(bucket.is_empty());
    }
}
