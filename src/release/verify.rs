//! What is wrong with a stored release.

use super::sealed::{FORMAT_VERSION, Release};
use super::signature::PublicKey;
use crate::plan::digest::Digest;
use crate::plan::saved::digest_of;

/// Why a release can't be trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// The object is not what landfall wrote.
    #[error("it can't be read: {0}")]
    Unreadable(String),
    /// A newer landfall wrote it.
    #[error(
        "it has format {0}, and this landfall reads up to {FORMAT_VERSION}: use the landfall that sealed it, or a newer one"
    )]
    Newer(u64),
    /// What is sealed was changed.
    #[error("it was changed after it was sealed: it says {said}, its content gives {found}")]
    Changed {
        /// The digest that it is stored under.
        said: Digest,
        /// The digest of what is there.
        found: Digest,
    },
    /// The signature isn't that key's over this release.
    #[error("its signature by {0} does not hold")]
    Signature(String),
    /// It is signed by nobody who is trusted.
    #[error("{0}")]
    Untrusted(String),
    /// It was copied from another system.
    #[error("it is a release of {0}")]
    Elsewhere(String),
    /// It stands under another name than it was sealed with.
    #[error("`{asked}` leads to a release that was sealed {}", .sealed.as_ref().map_or_else(|| "without a name".to_owned(), |name| format!("as {name}")))]
    Misnamed {
        /// The name that was asked for.
        asked: String,
        /// The name that is sealed.
        sealed: Option<String>,
    },
    /// Something that it needs is gone.
    #[error("{what} ({digest}) is not in the ledger")]
    Gone {
        /// What it is for.
        what: String,
        /// Its digest.
        digest: Digest,
    },
    /// Something that it needs is not what was stored.
    #[error("{what} was altered: its digest is {found}, the release says {digest}")]
    Altered {
        /// What it is for.
        what: String,
        /// The digest that the release names.
        digest: Digest,
        /// The digest of what is there.
        found: Digest,
    },
}

/// Reads a stored release of a system and proves that it is what was sealed under this digest.
///
/// # Errors
/// The first flaw that keeps it from being read.
pub fn open(system: &str, id: &Digest, bytes: &[u8]) -> Result<Release, Flaw> {
    let unreadable = |error: serde_json::Error| Flaw::Unreadable(error.to_string());
    // Over what the object says, not over what was understood of it: an unknown key is a change too.
    let raw: serde_json::Value = serde_json::from_slice(bytes).map_err(unreadable)?;
    match raw["format_version"].as_u64() {
        Some(found) if found > u64::from(FORMAT_VERSION) => return Err(Flaw::Newer(found)),
        Some(found) if found == u64::from(FORMAT_VERSION) => {}
        Some(_) | None => return Err(Flaw::Unreadable("it has no format version that ever was".to_owned())),
    }
    let found = digest_of(&raw["sealed"]);
    if found != *id {
        return Err(Flaw::Changed { said: id.clone(), found });
    }
    let release: Release = serde_json::from_slice(bytes).map_err(unreadable)?;
    if release.id != *id {
        return Err(Flaw::Changed { said: id.clone(), found: release.id });
    }
    if release.sealed.system != system {
        return Err(Flaw::Elsewhere(release.sealed.system));
    }
    match &release.signature {
        Some(signature) if !signature.holds(id) => Err(Flaw::Signature(signature.key.to_string())),
        Some(_) | None => Ok(release),
    }
}

/// Whether one of these keys has signed it; nothing is asked for where there is none.
pub fn untrusted(release: &Release, trusted: &[PublicKey]) -> Option<Flaw> {
    if trusted.is_empty() {
        return None;
    }
    match &release.signature {
        None => Some(Flaw::Untrusted("it is signed by nobody".to_owned())),
        Some(signature) if !trusted.contains(&signature.key) => {
            Some(Flaw::Untrusted(format!("it is signed by {}, which is none of the keys to trust", signature.key)))
        }
        Some(_) => None,
    }
}

/// What each digest of a release is for, in words.
pub fn parts(release: &Release) -> Vec<(String, &Digest)> {
    let mut parts: Vec<(String, &Digest)> =
        release.sealed.definition.iter().map(|(file, digest)| (format!("the file {file}"), digest)).collect();
    for (name, artifact) in &release.sealed.artifacts {
        for (processor, digest) in &artifact.archives {
            parts.push((format!("the archive of {name} for {processor}"), digest));
        }
        for (file, digest) in &artifact.layout {
            parts.push((format!("{file} of the image of {name}"), digest));
        }
        parts.extend(artifact.bill.iter().map(|digest| (format!("the bill of materials of {name}"), digest)));
        parts.extend(artifact.contract.iter().map(|digest| (format!("the contract of {name}"), digest)));
        parts.extend(artifact.provenance.iter().map(|digest| (format!("the provenance of {name}"), digest)));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::sealed::tests::sealed;
    use crate::release::signature::{Key, tests::PEM};

    fn signed() -> Release {
        let mut release = Release::seal(sealed());
        release.signature = Some(Key::read(PEM).unwrap().sign(&release.id));
        release
    }

    #[test]
    fn every_flipped_bit_of_a_stored_release_is_found() {
        let release = signed();
        let bytes = release.to_bytes().unwrap();
        assert_eq!(open("shop", &release.id, &bytes), Ok(release.clone()));
        assert!(bytes.len() > 500);
        for byte in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[byte] ^= 1 << bit;
                assert!(open("shop", &release.id, &changed).is_err(), "byte {byte} bit {bit}");
            }
        }
    }

    #[test]
    fn a_signature_of_another_release_or_by_somebody_unknown_is_refused() {
        let release = signed();
        let mut moved = Release::seal(crate::release::sealed::Sealed { name: None, ..sealed() });
        moved.signature.clone_from(&release.signature);
        assert!(matches!(open("shop", &moved.id, &moved.to_bytes().unwrap()), Err(Flaw::Signature(_))));
        let key = release.signature.as_ref().map(|signature| signature.key);
        assert_eq!(untrusted(&release, &key.into_iter().collect::<Vec<_>>()), None);
        let other = "ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=".parse().unwrap();
        assert!(untrusted(&release, &[other]).is_some());
        assert!(untrusted(&Release::seal(sealed()), &[other]).is_some());
        assert_eq!(untrusted(&Release::seal(sealed()), &[]), None);
    }
}
