//! The contracts of a system's artifacts, from the files that their builds wrote.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::contract::{self, Contract, Contracts};
use crate::diagnostics::finding::Finding;
use crate::model::artifact::Artifact;
use crate::model::name::Name;
use crate::model::stack::Stack;
use crate::ports::files::{Files, FilesError};

/// The code of a contract that can't be read.
const CODE: &str = "contract-unreadable";

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

/// Contracts that were read, by their place below the project's root: many targets run the same workloads.
pub type Known = Mutex<BTreeMap<PathBuf, Result<Option<Contract>, String>>>;

/// The contracts of a stack's artifacts, and what is wrong with those that can't be read.
pub fn contracts(files: &dyn Files, root: &Path, stack: &Stack, known: &Known) -> (Contracts, Vec<Finding>) {
    let (mut contracts, mut findings) = (Contracts::new(), Vec::new());
    for (name, artifact) in &stack.artifacts {
        // A path that leads out of the project is refused by a rule of its own; nothing is read there.
        let inside =
            |path: &Path| path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        let Some((_, path)) = place(artifact).filter(|(_, path)| inside(path)) else { continue };
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        match known.entry(path).or_insert_with(|| read(files, root, artifact)).clone() {
            Ok(None) => {}
            Ok(Some(contract)) => {
                contracts.insert(name.clone(), contract);
            }
            Err(why) => findings.push(unreadable(name, artifact, &why)),
        }
    }
    (contracts, findings)
}

fn read(files: &dyn Files, root: &Path, artifact: &Artifact) -> Result<Option<Contract>, String> {
    // A machine's path would stand in goldens and on other people's screens: the finding names the file below the root.
    let bytes = bytes(files, root, artifact).map_err(|error| match error {
        FilesError::Missing { .. } => "there is no such file".to_owned(),
        FilesError::TooLarge { limit, .. } => format!("it has more than the {limit} bytes that are read"),
        FilesError::Refused { source, .. } => source.to_string(),
    })?;
    bytes.map(|bytes| Contract::read(&bytes)).transpose().map_err(|error| error.to_string())
}

fn unreadable(name: &Name, artifact: &Artifact, why: &str) -> Finding {
    let (key, path) = place(artifact).unwrap_or(("contract", PathBuf::new()));
    let path = path.to_string_lossy().replace('\\', "/");
    Finding::error(CODE, ["artifacts", name.as_str(), key], format!("the contract {path} can't be read: {why}"))
        .why("without it nobody knows whether the stack gives the workload what it needs")
        .fix("build the workload again so that it writes its contract, or correct the path")
}
