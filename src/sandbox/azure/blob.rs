//! What lies in the containers of storage accounts: blobs by name, each whole. Accounts and containers are resources like any other.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::ArmError;
use super::identifier::Identifier;
use crate::sandbox::world::World;

/// The type of an account.
pub const ACCOUNT: &str = "Microsoft.Storage/storageAccounts";

/// The type of a container.
pub const CONTAINER: &str = "Microsoft.Storage/storageAccounts/blobServices/containers";

/// A container's blobs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Blobs {
    /// How many were written so far: what makes each ETag differ from all before.
    pub written: u64,
    /// The blobs by name.
    pub blobs: BTreeMap<String, Blob>,
}

/// A blob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blob {
    /// Its bytes, by the name under which they are kept.
    pub content: String,
    /// How many they are.
    pub size: usize,
    /// Which write it is of, between quotes.
    pub tag: String,
    /// When it was written.
    pub modified: Timestamp,
}

impl Blobs {
    /// The names of all kept bytes.
    pub fn contents(&self) -> impl Iterator<Item = &str> {
        self.blobs.values().map(|blob| blob.content.as_str())
    }
}

/// What a write demands of what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand<'a> {
    /// Nothing.
    Any,
    /// That there is no blob (`If-None-Match: *`).
    Absent,
    /// That it is of this write (`If-Match`).
    Tag(&'a str),
}

/// A container, by account and name.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The account.
    pub account: &'a str,
    /// The container.
    pub container: &'a str,
}

impl Place<'_> {
    fn key(&self) -> String {
        format!("{}/{}", self.account, self.container)
    }
}

/// Finds a container that a subscription may use: names of accounts are shared by all of Azure.
///
/// # Errors
/// `ResourceNotFound` for the account, `AuthorizationPermissionMismatch` for another's, `ContainerNotFound`.
pub fn open(world: &World, subscription: &str, place: Place<'_>) -> Result<(), ArmError> {
    let of = |kind: &'static str| {
        let all = world.resources.iter().map(|(_, one)| one).filter(move |one| one.kind.eq_ignore_ascii_case(kind));
        all.filter_map(|one| Identifier::read(&one.id))
    };
    let account = of(ACCOUNT).find(|id| id.own_name() == place.account);
    let account =
        account.ok_or_else(|| ArmError::new(404, "ResourceNotFound", "The specified resource does not exist."))?;
    if !account.subscription.eq_ignore_ascii_case(subscription) {
        let message = "This request is not authorized to perform this operation using this permission.";
        return Err(ArmError::new(403, "AuthorizationPermissionMismatch", message));
    }
    let is_it =
        |id: Identifier| id.names.first().is_some_and(|name| name == place.account) && id.own_name() == place.container;
    if of(CONTAINER).any(is_it) {
        return Ok(());
    }
    Err(ArmError::new(404, "ContainerNotFound", "The specified container does not exist."))
}

/// A blob that is there.
///
/// # Errors
/// `BlobNotFound`.
pub fn find<'a>(world: &'a World, place: Place<'_>, name: &str) -> Result<&'a Blob, ArmError> {
    let found = world.azure_blobs.get(&place.key()).and_then(|blobs| blobs.blobs.get(name));
    found.ok_or_else(|| ArmError::new(404, "BlobNotFound", "The specified blob does not exist."))
}

/// Writes a blob; gives it as it is then.
///
/// # Errors
/// `BlobAlreadyExists`, `ConditionNotMet`.
pub fn put(
    world: &mut World,
    place: Place<'_>,
    name: &str,
    bytes: &[u8],
    demand: Demand<'_>,
    now: Timestamp,
) -> Result<Blob, ArmError> {
    let mut all = world.azure_blobs.get(&place.key()).cloned().unwrap_or_default();
    let there = all.blobs.get(name);
    match demand {
        Demand::Absent if there.is_some() => {
            return Err(ArmError::new(409, "BlobAlreadyExists", "The specified blob already exists."));
        }
        Demand::Tag(tag) if there.is_none_or(|blob| blob.tag != tag) => {
            let message = "The condition specified using HTTP conditional header(s) is not met.";
            return Err(ArmError::new(412, "ConditionNotMet", message));
        }
        Demand::Any | Demand::Absent | Demand::Tag(_) => {}
    }
    let content = world.write_blob(bytes).map_err(|error| ArmError::new(500, "InternalError", error.to_string()))?;
    all.written += 1;
    let tag = format!("\"0x8D{:013X}\"", all.written);
    let blob = Blob { content, size: bytes.len(), tag, modified: now };
    all.blobs.insert(name.to_owned(), blob.clone());
    world.azure_blobs.put(place.key(), all);
    Ok(blob)
}

/// Deletes a blob.
///
/// # Errors
/// `BlobNotFound`.
pub fn remove(world: &mut World, place: Place<'_>, name: &str) -> Result<(), ArmError> {
    find(world, place, name)?;
    let mut all = world.azure_blobs.get(&place.key()).cloned().unwrap_or_default();
    all.blobs.remove(name);
    world.azure_blobs.put(place.key(), all);
    Ok(())
}

/// The blobs whose names begin so, by name, from behind `after` on.
pub fn list<'a>(world: &'a World, place: Place<'_>, prefix: &str, after: &str) -> Vec<(&'a str, &'a Blob)> {
    let all = world.azure_blobs.get(&place.key()).into_iter().flat_map(|blobs| blobs.blobs.iter());
    let wanted = all.filter(|(name, _)| name.starts_with(prefix) && (after.is_empty() || name.as_str() > after));
    wanted.map(|(name, blob)| (name.as_str(), blob)).collect()
}
