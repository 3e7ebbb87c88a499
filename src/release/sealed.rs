//! What is sealed in a release.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::signature::Signature;
use crate::ledger::entry::ReleaseRef;
use crate::plan::digest::Digest;
use crate::plan::saved::digest_of;

/// The version of the format that this landfall writes and reads.
pub const FORMAT_VERSION: u32 = 1;

/// A release as it is stored.
///
/// A key that it doesn't know makes it unreadable: else a bit flipped in `signature` would leave a release that nobody signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The version of this format.
    pub format_version: u32,
    /// The digest of `sealed` in canonical form (keys sorted, no spaces).
    pub id: Digest,
    /// What never changes.
    pub sealed: Sealed,
    /// Who vouches for it; none for one that was sealed without a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
}

/// What never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// The system that it is a release of.
    pub system: String,
    /// Its name for people, such as `1.4.0`; none where it has only its digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The stack definition: every file of the system's environments by name (`base.yaml`) and digest.
    pub definition: BTreeMap<String, Digest>,
    /// What was built, by the name that environments give it.
    pub artifacts: BTreeMap<String, SealedArtifact>,
    /// Where it comes from.
    pub origin: Origin,
}

/// One artifact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedArtifact {
    /// Function archives by processor.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub archives: BTreeMap<String, Digest>,
    /// The digest by which registries name the image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The files of the image's layout, so that it can be pushed again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub layout: BTreeMap<String, Digest>,
    /// The bill of materials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bill: Option<Digest>,
    /// The provenance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Digest>,
    /// What the workload needs and gives, as its build says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<Digest>,
}

/// Where a release comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The commit of the source; none outside version control.
    pub commit: Option<String>,
    /// Whether the working copy differed from it, which somebody allowed.
    pub dirty: bool,
    /// Who sealed it.
    pub by: String,
    /// The page of the pipeline run, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_url: Option<String>,
    /// When, on that machine's clock: for people.
    pub at: jiff::Timestamp,
    /// landfall's version.
    pub landfall: String,
}

impl Release {
    /// Seals.
    pub fn seal(sealed: Sealed) -> Release {
        Release { format_version: FORMAT_VERSION, id: digest_of(&sealed), sealed, signature: None }
    }

    /// The bytes to store.
    ///
    /// # Errors
    /// Never in practice: every key is text.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// How records name it.
    pub fn reference(&self) -> ReleaseRef {
        ReleaseRef { id: self.id.clone(), name: self.sealed.name.clone() }
    }

    /// The object's name in the ledger.
    pub fn object(&self) -> String {
        object(&self.sealed.system, &self.id)
    }
}

/// The folder of a system's releases in the ledger.
pub fn folder(system: &str) -> String {
    format!("releases/{system}/")
}

/// A release's object in the ledger.
pub fn object(system: &str, id: &Digest) -> String {
    format!("{}{}.json", folder(system), id.hex())
}

/// The object that keeps a name for one release.
pub fn named(system: &str, name: &str) -> String {
    format!("{}named/{name}", folder(system))
}

/// What is wrong with a release's name; none where nothing is.
pub fn refused_name(name: &str) -> Option<String> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
    let sound = !name.is_empty()
        && name.len() <= 64
        && name.bytes().all(allowed)
        && name.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
        && !name.contains("..");
    let digest = name.len() >= 6 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    match (sound, digest) {
        (false, _) => {
            Some(format!("`{name}` is no name of a release: use up to 64 of a-z, 0-9, `.` and `-`, such as 1.4.0"))
        }
        (true, true) => Some(format!("`{name}` could be the beginning of a digest: choose a name such as 1.4.0")),
        (true, false) => None,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::release) fn sealed() -> Sealed {
        Sealed {
            system: "shop".into(),
            name: Some("1.4.0".into()),
            definition: [("base.yaml".to_owned(), Digest::of(b"base"))].into(),
            artifacts: BTreeMap::new(),
            origin: Origin {
                commit: Some("c0ffee".into()),
                dirty: false,
                by: "ana".into(),
                run_url: None,
                at: jiff::Timestamp::UNIX_EPOCH,
                landfall: "0.1.0".into(),
            },
        }
    }

    #[test]
    fn whatever_is_sealed_otherwise_has_another_identity() {
        let one = Release::seal(sealed());
        let mut other = sealed();
        other.definition.insert("prod.yaml".into(), Digest::of(b"prod"));
        assert_ne!(one.id, Release::seal(other).id);
        assert_eq!(one.id, Release::seal(sealed()).id);
    }

    #[test]
    fn a_name_can_be_told_from_a_digest_and_never_leaves_its_folder() {
        assert_eq!(refused_name("1.4.0"), None);
        assert_eq!(refused_name("2026-11-21-rc1"), None);
        for name in ["", "c0ffee", "../x", "a/b", "-x", "1..2", "Ü"] {
            assert!(refused_name(name).is_some(), "{name}");
        }
    }
}
