//! What can go wrong with the sandbox itself, as opposed to what it answers to its clients.

use std::io;
use std::path::PathBuf;

/// Why the sandbox can't start, keep its state or stop.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// Another process serves the same state folder.
    #[error(
        "another sandbox already uses {folder}; use that one (its address is in {folder}/sandbox.json), or give another folder"
    )]
    InUse {
        /// The state folder.
        folder: PathBuf,
    },
    /// The address can't be listened on.
    #[error("can't listen on {address}: {source}; give another port, or 0 for any free one")]
    Listen {
        /// The address asked for.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// A file of the state can't be read or written.
    #[error("can't {action} {path}: {source}")]
    File {
        /// What was tried: `read`, `write`, `rename` …
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file of the state isn't what this version wrote.
    #[error(
        "{path} is not a state file that this version of landfall understands ({reason}); remove the folder to start afresh, or use the version that wrote it"
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}
