//! What is in a repository.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::sandbox::world::World;

/// What is in a repository. The bytes lie in the sandbox's store, named by the digits of their digest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// Layers and configurations: their size by digest.
    pub layers: BTreeMap<String, u64>,
    /// Manifests and indexes by digest.
    pub manifests: BTreeMap<String, Manifest>,
    /// The digests that tags stand for.
    pub tags: BTreeMap<String, String>,
    /// Uploads under way: the stored bytes so far, and how many.
    pub uploads: BTreeMap<String, (String, u64)>,
}

/// A manifest or an index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Its media type.
    pub media_type: String,
    /// Its size, bytes.
    pub size: u64,
    /// When it was pushed.
    pub pushed: Timestamp,
}

impl Content {
    /// Whether a tag or a digest stands for an image here; which.
    pub fn find(&self, reference: &str) -> Option<(&str, &Manifest)> {
        let digest = if reference.starts_with("sha256:") { reference } else { self.tags.get(reference)? };
        self.manifests.get_key_value(digest).map(|(digest, manifest)| (digest.as_str(), manifest))
    }

    /// The stored bytes that it refers to.
    pub fn blobs(&self) -> impl Iterator<Item = &str> {
        let named = self.layers.keys().chain(self.manifests.keys()).filter_map(|digest| digest.strip_prefix("sha256:"));
        named.chain(self.uploads.values().map(|(blob, _)| blob.as_str()))
    }
}

/// Forgets the images below a registry or repository that is gone, by its key.
pub fn forget(world: &mut World, key: &str) {
    let inside = format!("{key}/");
    let gone: Vec<String> = world.images.range(&inside).map(|(key, _)| key.clone()).collect();
    gone.iter().for_each(|key| drop(world.images.remove(key)));
}

/// An image's address, taken apart: the registry's host, the name there, and the tag or digest.
pub fn address(image: &str) -> Option<(&str, &str, &str)> {
    let (host, path) = image.split_once('/')?;
    let (name, reference) = path.split_once('@').or_else(|| path.rsplit_once(':')).unwrap_or((path, "latest"));
    Some((host, name, reference))
}

/// What keeps an image from being run on x86_64 where it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It isn't there.
    Missing,
    /// It is for other processors: its media type, and which.
    Processors(String, Vec<String>),
}

/// Whether an image can be run on Linux and x86_64, by what was pushed (OCI image specification, "Image Index" and "Image
/// Configuration").
///
/// # Errors
/// Why not.
pub fn runs_on_x86_64(world: &World, key: &str, reference: &str) -> Result<(), Unfit> {
    let content = world.images.get(key).ok_or(Unfit::Missing)?;
    let (digest, manifest) = content.find(reference).ok_or(Unfit::Missing)?;
    let read = |digest: &str| -> Option<Value> {
        serde_json::from_slice(&world.read_blob(digest.trim_start_matches("sha256:")).ok()?).ok()
    };
    let document = read(digest).ok_or(Unfit::Missing)?;
    let platform = |of: &Value| {
        let text = |name: &str| of[name].as_str().unwrap_or_default().to_owned();
        format!("{}/{}", text("os"), text("architecture"))
    };
    let found: Vec<String> = match document["manifests"].as_array() {
        Some(manifests) => manifests.iter().map(|one| platform(&one["platform"])).collect(),
        None => document["config"]["digest"].as_str().and_then(read).iter().map(platform).collect(),
    };
    if found.iter().any(|one| one == "linux/amd64") {
        return Ok(());
    }
    Err(Unfit::Processors(manifest.media_type.clone(), found))
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn an_address_names_registry_image_and_version() {
        assert_eq!(address("a.azurecr.io/shop/ui@sha256:0a"), Some(("a.azurecr.io", "shop/ui", "sha256:0a")));
        assert_eq!(address("a.azurecr.io/ui:1.2"), Some(("a.azurecr.io", "ui", "1.2")));
        assert_eq!(address("nginx"), None);
    }
}
