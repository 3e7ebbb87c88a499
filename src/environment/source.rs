//! Where environment files come from: a port, so that reading them stays at the edge.

/// The largest environment file, in bytes. The largest of ours has a fiftieth of it.
pub const LARGEST: u64 = 1 << 20;

/// What `environments/` holds. Names are single path parts; nothing outside the folder can be asked for.
pub trait Sources: Sync {
    /// The names of the folders, one a system, in alphabetical order.
    ///
    /// # Errors
    /// Where the folder can't be read.
    fn systems(&self) -> Result<Vec<String>, SourceError>;

    /// The names of a system's files without `.yaml`, in alphabetical order.
    ///
    /// # Errors
    /// Where the folder can't be read.
    fn files(&self, system: &str) -> Result<Vec<String>, SourceError>;

    /// Whether a system has a file.
    fn has(&self, system: &str, file: &str) -> bool {
        self.files(system).is_ok_and(|files| files.iter().any(|known| known == file))
    }

    /// The bytes of a file, at most `limit` of them and one more where there are more.
    ///
    /// # Errors
    /// Where the file can't be read.
    fn read(&self, system: &str, file: &str, limit: u64) -> Result<Vec<u8>, SourceError>;
}

/// An environment file or folder that can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("can't read {path}: {reason}")]
pub struct SourceError {
    /// Which one, relative to the project's root.
    pub path: String,
    /// What the operating system says.
    pub reason: String,
}
