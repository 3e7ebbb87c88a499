//! Buckets of Cloud Storage and the objects in them, in generations. Its JSON and its XML interface are faces of this.

use std::collections::BTreeMap;

use base64::Engine as _;
use jiff::Timestamp;
use s3s::crypto::{Checksum, Crc32c, Md5};
use serde::{Deserialize, Serialize};

use super::caller::Caller;
use crate::sandbox::world::World;

/// A bucket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bucket {
    /// Its name, which all of Google Cloud shares.
    pub name: String,
    /// The project that it belongs to.
    pub project: String,
    /// Where it is.
    pub location: String,
    /// Whether objects that are written over are kept.
    pub versioned: bool,
    /// Whether nobody can make it public: `enforced`, or `inherited`.
    pub public_access: String,
    /// Whether access is given for the whole of it only.
    pub uniform: bool,
    /// When it was made.
    pub created: Timestamp,
    /// The number of the last change of an object.
    pub last: u64,
    /// The versions of each object, oldest first.
    pub objects: BTreeMap<String, Vec<Version>>,
}

/// A version of an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Its generation.
    pub generation: u64,
    /// Its bytes, by the name under which they are kept.
    pub blob: String,
    /// How many they are.
    pub size: usize,
    /// Whether it is there now; an older one is asked for by its generation.
    pub live: bool,
    /// When it was written.
    #[serde(default)]
    pub written: Timestamp,
    /// The kind of content, as whoever wrote it said.
    #[serde(default)]
    pub kind: String,
    /// The MD5 of its bytes, by its digits. The XML interface's ETag is this, so two writes of the same bytes have one ETag.
    #[serde(default)]
    pub md5: String,
    /// Their CRC32C, in base64.
    #[serde(default)]
    pub crc32c: String,
}

/// Why Cloud Storage refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No bucket of this name.
    NoBucket,
    /// No such object, or no such version of it.
    NoObject {
        /// Bucket and object.
        name: String,
    },
    /// The bucket is another project's.
    Denied {
        /// Who asks.
        project: String,
        /// What they would need.
        permission: &'static str,
    },
    /// The object is of another generation than was demanded.
    Unmet,
    /// What was given is no generation.
    NoGeneration(String),
    /// No name of an object.
    NoName,
    /// The bytes could not be kept or read.
    Broken(String),
}

/// What a request demands of the object that is there: its generation, 0 where there has to be none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand(Option<u64>);

impl Demand {
    /// Reads `ifGenerationMatch`, or `x-goog-if-generation-match`.
    ///
    /// # Errors
    /// [`Refusal::NoGeneration`].
    pub fn read(text: Option<&str>) -> Result<Self, Refusal> {
        let Some(text) = text else { return Ok(Self(None)) };
        text.parse().map(|generation| Self(Some(generation))).map_err(|_| Refusal::NoGeneration(text.to_owned()))
    }

    /// Whether an object meets it.
    ///
    /// # Errors
    /// [`Refusal::Unmet`].
    pub fn meets(self, there: Option<&Version>) -> Result<(), Refusal> {
        match self.0 {
            Some(wanted) if wanted != there.map_or(0, |there| there.generation) => Err(Refusal::Unmet),
            _ => Ok(()),
        }
    }
}

impl Bucket {
    /// The names of all kept bytes.
    pub fn blobs(&self) -> impl Iterator<Item = &str> {
        self.objects.values().flatten().map(|version| version.blob.as_str())
    }

    /// The objects that are there whose names begin so, by name, from behind `after` on.
    pub fn live(&self, prefix: &str, after: &str) -> Vec<(&str, &Version)> {
        let wanted = |name: &str| name.starts_with(prefix) && (after.is_empty() || name > after);
        let all = self.objects.iter().filter(|(name, _)| wanted(name));
        all.filter_map(|(name, versions)| Some((name.as_str(), versions.iter().find(|one| one.live)?))).collect()
    }
}

/// A bucket that the caller may use.
///
/// # Errors
/// [`Refusal::NoBucket`], [`Refusal::Denied`].
pub fn open<'a>(
    world: &'a World,
    caller: &Caller,
    name: &str,
    permission: &'static str,
) -> Result<&'a Bucket, Refusal> {
    let found = world.gcs_buckets.get(name).ok_or(Refusal::NoBucket)?;
    if found.project == caller.project {
        return Ok(found);
    }
    Err(Refusal::Denied { project: caller.project.clone(), permission })
}

/// A version of an object: the one of this generation, else the one that is there now.
///
/// # Errors
/// [`Refusal::NoObject`].
pub fn version<'a>(bucket: &'a Bucket, object: &str, generation: Option<&str>) -> Result<&'a Version, Refusal> {
    let found = bucket.objects.get(object).into_iter().flatten().find(|version| match generation {
        Some(generation) => version.generation.to_string() == generation,
        None => version.live,
    });
    found.ok_or_else(|| Refusal::NoObject { name: format!("{}/{object}", bucket.name) })
}

/// An object to be written.
#[derive(Clone, Copy, Debug)]
pub struct Content<'a> {
    /// Its name.
    pub name: &'a str,
    /// The kind of content.
    pub kind: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// Writes an object; gives its new version.
///
/// # Errors
/// As [`open`], [`Refusal::NoName`], [`Refusal::Unmet`].
pub fn put(
    world: &mut World,
    caller: &Caller,
    name: &str,
    content: Content<'_>,
    demand: Demand,
    now: Timestamp,
) -> Result<Version, Refusal> {
    let mut bucket = open(world, caller, name, "storage.objects.create")?.clone();
    let object = content.name;
    if !is_name(object) {
        return Err(Refusal::NoName);
    }
    demand.meets(version(&bucket, object, None).ok())?;
    let blob = world.write_blob(content.bytes).map_err(|error| Refusal::Broken(error.to_string()))?;
    bucket.last += 1;
    let written = Version {
        generation: 1_000_000 + bucket.last,
        blob,
        size: content.bytes.len(),
        live: true,
        written: now,
        kind: content.kind.to_owned(),
        md5: hex::encode(sum::<Md5>(content.bytes)),
        crc32c: base64::engine::general_purpose::STANDARD.encode(sum::<Crc32c>(content.bytes)),
    };
    retire(&mut bucket, object);
    bucket.objects.entry(object.to_owned()).or_default().push(written.clone());
    world.gcs_buckets.put(name, bucket);
    Ok(written)
}

/// Removes an object; a bucket that keeps versions keeps this one.
///
/// # Errors
/// As [`open`], [`Refusal::NoObject`], [`Refusal::Unmet`].
pub fn remove(world: &mut World, caller: &Caller, name: &str, object: &str, demand: Demand) -> Result<(), Refusal> {
    let mut bucket = open(world, caller, name, "storage.objects.delete")?.clone();
    demand.meets(Some(version(&bucket, object, None)?))?;
    retire(&mut bucket, object);
    world.gcs_buckets.put(name, bucket);
    Ok(())
}

/// Takes away what is there of an object.
fn retire(bucket: &mut Bucket, object: &str) {
    let versioned = bucket.versioned;
    let Some(versions) = bucket.objects.get_mut(object) else { return };
    if versioned {
        versions.iter_mut().for_each(|version| version.live = false);
    } else {
        versions.clear();
    }
}

/// Whether this can name an object (Cloud Storage documentation, "About Cloud Storage objects", Naming considerations).
fn is_name(name: &str) -> bool {
    (1..=1024).contains(&name.len())
        && !name.contains(['\r', '\n'])
        && !matches!(name, "." | "..")
        && !name.starts_with(".well-known/acme-challenge/")
}

fn sum<C: Checksum>(bytes: &[u8]) -> C::Output {
    let mut sum = C::new();
    sum.update(bytes);
    sum.finalize()
}
