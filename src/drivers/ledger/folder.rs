//! Compare-and-swap for a folder.
//!
//! `object_store` can create a file only where there is none, but can't replace one on a condition: file systems have no
//! such call. So every swap of a folder's cell is made under the system's own lock on one guard file: read, compare,
//! rename, let go. The kernel lets go when the process dies, so no swap is ever left locked. It holds between processes of
//! one machine, and on network file systems that pass such locks on (NFSv4, SMB); a folder on any other shared file
//! system is no ledger for two machines, and needs none: that is what the object stores are for.

#![expect(clippy::disallowed_methods, reason = "a ledger's folder is this driver's to open")]

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

/// The guard file of a folder.
#[derive(Clone, Debug)]
pub(super) struct FolderGuard {
    path: PathBuf,
}

impl FolderGuard {
    /// The guard of the ledger in this folder.
    pub(super) fn new(folder: &Path) -> Self {
        FolderGuard { path: folder.join(".guard") }
    }

    /// Waits for the guard; dropping what it gives lets go of it. Blocks: swaps take milliseconds.
    pub(super) fn hold(&self) -> std::io::Result<File> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&self.path)?;
        file.lock()?;
        Ok(file)
    }
}
