//! What `landfall bundle` wrote, read back and checked.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use super::session::Session;
use super::trouble::Trouble;
use crate::bundle::manifest::{self, BundledArtifact, Manifest};
use crate::model::artifact::Architecture;
use crate::model::name::Name;
use crate::plan::digest::Digest;

/// The largest manifest of a bundle that is read, bytes.
const LARGEST_MANIFEST: u64 = 1 << 20;

/// Where the parts of an image lie in its layout (OCI image specification, "Image Layout").
pub const LAYOUT_PARTS: &str = "blobs/sha256/";

/// What `landfall bundle` wrote for a system; empty where no folder was named.
pub struct Bundled {
    folder: PathBuf,
    manifest: Option<Manifest>,
}

impl Bundled {
    /// Opens a system's bundle in the folder that `landfall bundle` wrote to.
    pub fn open(session: &Session, artifacts: Option<&Path>, system: &str) -> Result<Self, Trouble> {
        let Some(artifacts) = artifacts else {
            return Ok(Self { folder: PathBuf::new(), manifest: None });
        };
        let folder = artifacts.join(system);
        let path = folder.join(manifest::FILE);
        let bytes = session.files.read(&path, LARGEST_MANIFEST)?;
        let manifest: Manifest = serde_json::from_slice(&bytes)
            .map_err(|error| failed(format!("{} isn't a bundle's manifest: {error}", path.display())))?;
        if manifest.format_version != 1 {
            return Err(failed(format!(
                "{} has format {}; this version reads 1",
                path.display(),
                manifest.format_version
            )));
        }
        Ok(Self { folder, manifest: Some(manifest) })
    }

    /// Every artifact by name.
    pub fn artifacts(&self) -> impl Iterator<Item = (&String, &BundledArtifact)> {
        self.manifest.iter().flat_map(|manifest| &manifest.artifacts)
    }

    /// The files below a folder of the bundle: by their path inside the folder, with their path inside the bundle.
    pub fn below(&self, folder: &str) -> BTreeMap<String, String> {
        let prefix = format!("{folder}/");
        let files = self.manifest.iter().flat_map(|manifest| manifest.files.keys());
        files.filter_map(|path| Some((path.strip_prefix(&prefix)?.to_owned(), path.clone()))).collect()
    }

    /// The digest of an artifact's image.
    pub fn image(&self, name: &Name) -> Option<String> {
        self.manifest.as_ref()?.artifacts.get(name.as_str())?.image_digest.clone()
    }

    /// The parts of an artifact's image by their digests; none where the bundle doesn't have the artifact or it has no image.
    pub fn image_parts(&self, session: &Session, name: &Name) -> Result<Option<BTreeMap<Digest, Vec<u8>>>, Trouble> {
        let artifact = self.manifest.as_ref().and_then(|manifest| manifest.artifacts.get(name.as_str()));
        let Some(folder) = artifact.and_then(|artifact| artifact.image.as_ref()) else { return Ok(None) };
        let mut parts = BTreeMap::new();
        for (inner, path) in self.below(folder) {
            if inner.starts_with(LAYOUT_PARTS) {
                let bytes = self.file(session, &path)?;
                parts.insert(Digest::of(&bytes), bytes);
            }
        }
        Ok(Some(parts))
    }

    /// The path of an artifact's contract, where its build wrote one; or nothing where the bundle doesn't have the artifact.
    pub fn contract(&self, name: &Name) -> Option<Option<&str>> {
        Some(self.manifest.as_ref()?.artifacts.get(name.as_str())?.contract.as_deref())
    }

    /// An artifact's archive; none where the bundle doesn't have the artifact.
    pub fn archive(
        &self,
        session: &Session,
        name: &Name,
        architecture: Architecture,
    ) -> Result<Option<Vec<u8>>, Trouble> {
        let artifact = self.manifest.as_ref().and_then(|manifest| manifest.artifacts.get(name.as_str()));
        let Some(artifact) = artifact else { return Ok(None) };
        let word = architecture.word();
        let Some(path) = artifact.archives.get(word) else {
            return Err(failed(format!("the bundle has no archive of artifact {name} for {word}")));
        };
        self.file(session, path).map(Some)
    }

    /// A file of the bundle, checked against the digest that the manifest has for it.
    pub fn file(&self, session: &Session, path: &str) -> Result<Vec<u8>, Trouble> {
        let Some(file) = self.manifest.as_ref().and_then(|manifest| manifest.files.get(path)) else {
            return Err(failed(format!("the bundle's manifest doesn't list {path}")));
        };
        let bytes = session.files.read(&self.folder.join(inside(path)?), file.size)?;
        let found = Digest::of(&bytes).to_string();
        if found != file.digest {
            return Err(failed(format!(
                "{path} has the digest {found}, and the bundle's manifest says {}",
                file.digest
            )));
        }
        Ok(bytes)
    }
}

/// A path that stays inside the bundle.
fn inside(path: &str) -> Result<&Path, Trouble> {
    let inner = Path::new(path);
    if inner.components().all(|part| matches!(part, Component::Normal(_))) {
        Ok(inner)
    } else {
        Err(failed(format!("the bundle's manifest names {path}, which is outside the bundle")))
    }
}

/// A bundle that can't be used.
pub fn failed(what: String) -> Trouble {
    Trouble::Failed { what, remedy: "make the bundle again with `landfall bundle`".to_owned() }
}
