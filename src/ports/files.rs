//! The few files that a command reads or writes beside environments: saved plans, reports.

use std::path::{Path, PathBuf};

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// It isn't there.
    #[error("{path}: no such file")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// It is larger than the caller takes.
    #[error("{path}: {size} bytes, more than the {limit} that are read")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size, bytes.
        size: u64,
        /// The limit, bytes.
        limit: u64,
    },
    /// The file system refused.
    #[error("{path}: {source}")]
    Refused {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
}

/// A file or folder in a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FolderEntry {
    /// Its name, without the folder's.
    pub name: String,
    /// Whether it is a folder itself.
    pub folder: bool,
}

/// Files of the machine.
pub trait Files: Send + Sync {
    /// Reads a file of at most `limit` bytes.
    fn read(&self, path: &Path, limit: u64) -> Result<Vec<u8>, FilesError>;

    /// Writes a file so that a reader sees either what was there before or all of it. Readable by the owner only.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), FilesError>;

    /// Writes a file that can be made again, such as a rendered document, and the folders above it. Not forced to the disk:
    /// thousands of them are written in one go.
    fn put(&self, path: &Path, bytes: &[u8]) -> Result<(), FilesError>;

    /// What a folder holds, by name. Names that aren't Unicode are left out: no name of ours is such.
    fn list(&self, path: &Path) -> Result<Vec<FolderEntry>, FilesError>;
}
