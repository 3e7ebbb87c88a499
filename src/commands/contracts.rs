//! Where an artifact's contract stands, and its bytes.

use std::path::{Path, PathBuf};

use crate::contract;
use crate::model::artifact::Artifact;
use crate::ports::files::{Files, FilesError};

/// Where an artifact's contract stands below the project's root: where the artifact says, else beside its crate's manifest;
/// and the key of the artifact that says so. None for an artifact that somebody else built and that names no contract.
pub fn place(artifact: &Artifact) -> Option<(&'static str, PathBuf)> {
    match (&artifact.contract, &artifact.source_crate) {
        (Some(path), _) => Some(("contract", PathBuf::from(path))),
        (None, Some(folder)) => Some(("crate", Path::new(folder).join(contract::FILE))),
        (None, None) => None,
    }
}

/// The bytes of an artifact's contract. A crate need not have one; a contract that is named has to be there.
///
/// # Errors
/// Why it can't be read.
pub fn bytes(files: &dyn Files, root: &Path, artifact: &Artifact) -> Result<Option<Vec<u8>>, FilesError> {
    let Some((key, path)) = place(artifact) else { return Ok(None) };
    match files.read(&root.join(path), contract::LARGEST) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(FilesError::Missing { .. }) if key == "crate" => Ok(None),
        Err(error) => Err(error),
    }
}
