//! What a target shall be: what its files say, and the artifacts that it runs; from the working copy or from a sealed release.

use std::collections::BTreeMap;

use super::bundled::{Bundled, LAYOUT_PARTS, failed};
use super::session::Session;
use super::trouble::Trouble;
use crate::contract::Contract;
use crate::contract::schema::SchemaRange;
use crate::environment::load::Environment;
use crate::ledger::entry::ReleaseRef;
use crate::model::artifact::Architecture;
use crate::model::name::Name;
use crate::plan::digest::Digest;
use crate::release::sealed::{Release, SealedArtifact};

/// What a target shall be.
pub struct Definition {
    /// What its files say.
    pub environment: Environment,
    /// The secret that is rotated with it; none where none is.
    pub rotated: Option<Name>,
    artifacts: Artifacts,
}

/// Where artifacts come from.
enum Artifacts {
    /// The bundle that was named; empty where none was.
    Bundle(Bundled),
    /// A release, with the bytes of its archives, images and contracts, each proved.
    Sealed(Box<Release>, BTreeMap<Digest, Vec<u8>>),
}

impl Definition {
    /// An environment of the working copy, with the bundle that was named on the command line.
    pub fn working(session: &Session, environment: Environment) -> Result<Self, Trouble> {
        let system = environment.target.system.as_str();
        let artifacts = Artifacts::Bundle(Bundled::open(session, session.artifacts.as_deref(), system)?);
        Ok(Definition { environment, rotated: None, artifacts })
    }

    /// An environment as a release seals it. `contents` are the proved bytes of its archives, images and contracts.
    pub fn sealed(environment: Environment, release: Release, contents: BTreeMap<Digest, Vec<u8>>) -> Self {
        Definition { environment, rotated: None, artifacts: Artifacts::Sealed(Box::new(release), contents) }
    }

    /// The release; none for a working copy.
    pub fn release(&self) -> Option<&Release> {
        match &self.artifacts {
            Artifacts::Bundle(_) => None,
            Artifacts::Sealed(release, _) => Some(release),
        }
    }

    /// How records name the release; none for a working copy.
    pub fn reference(&self) -> Option<ReleaseRef> {
        self.release().map(Release::reference)
    }

    /// The digest of an artifact's image; none where what is deployed stays.
    pub fn image(&self, name: &Name) -> Result<Option<String>, Trouble> {
        match &self.artifacts {
            Artifacts::Bundle(bundle) => Ok(bundle.image(name)),
            Artifacts::Sealed(release, _) => match one(release, name)? {
                Some(artifact) => artifact.image.clone().map(Some).ok_or_else(|| lacks(release, name, "an image")),
                None => Ok(None),
            },
        }
    }

    /// The parts of an artifact's image by their digests; none where what is deployed stays.
    pub fn image_parts(&self, session: &Session, name: &Name) -> Result<Option<BTreeMap<Digest, Vec<u8>>>, Trouble> {
        let (release, contents) = match &self.artifacts {
            Artifacts::Bundle(bundle) => return bundle.image_parts(session, name),
            Artifacts::Sealed(release, contents) => (release, contents),
        };
        let Some(artifact) = one(release, name)? else { return Ok(None) };
        let parts = artifact.layout.iter().filter(|(inner, _)| inner.starts_with(LAYOUT_PARTS));
        let parts = parts.map(|(_, digest)| Some((digest.clone(), contents.get(digest)?.clone())));
        parts.collect::<Option<_>>().map(Some).ok_or_else(|| lacks(release, name, "the whole image"))
    }

    /// An artifact's archive; none where what is deployed stays.
    pub fn archive(
        &self,
        session: &Session,
        name: &Name,
        architecture: Architecture,
    ) -> Result<Option<Vec<u8>>, Trouble> {
        let (release, contents) = match &self.artifacts {
            Artifacts::Bundle(bundle) => return bundle.archive(session, name, architecture),
            Artifacts::Sealed(release, contents) => (release, contents),
        };
        let Some(artifact) = one(release, name)? else { return Ok(None) };
        let word = architecture.word();
        let bytes = artifact.archives.get(word).and_then(|digest| contents.get(digest));
        bytes.cloned().map(Some).ok_or_else(|| lacks(release, name, &format!("an archive for {word}")))
    }

    /// The database schemas that an artifact's build works with: none where it has no schema or doesn't say; or nothing at all
    /// where what is deployed stays.
    pub fn schema(&self, session: &Session, name: &Name) -> Result<Option<Option<SchemaRange>>, Trouble> {
        let bytes = match &self.artifacts {
            Artifacts::Bundle(bundle) => {
                let Some(found) = bundle.contract(name) else { return Ok(None) };
                found.map(|path| bundle.file(session, path)).transpose()?
            }
            Artifacts::Sealed(release, contents) => {
                let Some(artifact) = one(release, name)? else { return Ok(None) };
                artifact.contract.as_ref().and_then(|digest| contents.get(digest)).cloned()
            }
        };
        let Some(bytes) = bytes else { return Ok(Some(None)) };
        let contract =
            Contract::read(&bytes).map_err(|error| failed(format!("the contract of {name} can't be read: {error}")))?;
        Ok(Some(contract.schema))
    }
}

/// A release's artifact; none where the release is the system's files alone, so that what is deployed stays.
fn one<'a>(release: &'a Release, name: &Name) -> Result<Option<&'a SealedArtifact>, Trouble> {
    let artifacts = &release.sealed.artifacts;
    match artifacts.get(name.as_str()) {
        None if artifacts.is_empty() => Ok(None),
        None => Err(lacks(release, name, "nothing")),
        Some(artifact) => Ok(Some(artifact)),
    }
}

fn lacks(release: &Release, name: &Name, what: &str) -> Trouble {
    let what = if what == "nothing" { "the artifact".to_owned() } else { format!("{what} of the artifact") };
    Trouble::Refused {
        what: format!("the release {} does not seal {what} {name}", release.reference()),
        why: vec!["the environment runs it, and a release is deployed with what it seals and nothing else".to_owned()],
        remedy: "build it with `landfall bundle` and seal another release with --artifacts".to_owned(),
    }
}
