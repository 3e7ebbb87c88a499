//! What is in a repository.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sandbox::engine::inventory::{self, Place};

/// The type of a repository's resource.
pub const REPOSITORY: &str = "AWS::ECR::Repository";

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

/// Where a repository's content is kept: under the key of its resource.
pub fn key(account: &str, region: &str, name: &str) -> String {
    inventory::key(&Place { account: account.to_owned(), region: region.to_owned() }, REPOSITORY, name)
}

/// The account, region, repository and tag or digest of an image in ECR; none for one of another registry.
pub fn address(image: &str) -> Option<(&str, &str, &str, &str)> {
    let (host, path) = image.split_once('/')?;
    let (account, rest) = host.split_once(".dkr.ecr.")?;
    let region = rest.strip_suffix(".amazonaws.com")?;
    let (name, reference) = path.split_once('@').or_else(|| path.rsplit_once(':')).unwrap_or((path, "latest"));
    Some((account, region, name, reference))
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn an_image_of_ecr_is_told_by_its_host() {
        let found = address("111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/ui@sha256:0a");
        assert_eq!(found, Some(("111122223333", "eu-west-1", "shop/ui", "sha256:0a")));
        let found = address("111122223333.dkr.ecr.eu-west-1.amazonaws.com/ui:1.2");
        assert_eq!(found, Some(("111122223333", "eu-west-1", "ui", "1.2")));
        assert_eq!(address("docker.io/library/nginx:1"), None);
        assert_eq!(address("nginx"), None);
    }
}
