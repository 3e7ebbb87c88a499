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

/// Files of the machine.
pub trait Files: Send + Sync {
    /// Reads a file of at most `limit` bytes.
    fn read(&self, path: &Path, limit: u64) -> Result<Vec<u8>, FilesError>;

    /// Writes a file so that a reader sees either what was there before or all of it. Readable by the owner only.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), FilesError>;
}
