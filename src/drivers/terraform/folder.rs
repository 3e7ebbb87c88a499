//! The folder that the engine works in: this user's alone, as the plan in it holds secrets, and gone once the run is over.

#![expect(clippy::disallowed_methods, reason = "the engine's folder is this driver's to make, read and remove")]

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write as _};
#[cfg(unix)]
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Own;
use crate::ports::cloud::CloudError;

/// What a run says, line by line; held locked by the process that writes it.
pub(super) const LINES: &str = "lines.jsonl";

/// Folders that a killed run left behind are removed after this long.
const LEFT: Duration = Duration::from_secs(24 * 3600);

/// A folder, there or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Own {
    /// The folder of this name.
    pub(super) fn folder(&self, name: &str) -> Folder {
        Folder { path: self.work.join(name) }
    }

    /// Makes the folder of this name anew, and removes what killed runs left behind.
    pub(super) fn new_folder(&self, name: &str) -> Result<Folder, CloudError> {
        let folder = self.folder(name);
        folder.remove()?;
        make(&self.work).map_err(|error| unusable(&self.work, &error))?;
        sweep(&self.work);
        make(&folder.path).map_err(|error| unusable(&folder.path, &error))?;
        Ok(folder)
    }
}

impl Folder {
    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file that nobody else reads.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), CloudError> {
        let path = self.path.join(name);
        let written = self.open(name).and_then(|mut file| file.write_all(bytes));
        written.map_err(|error| unusable(&path, &error))
    }

    /// Opens a new file that nobody else reads.
    pub(super) fn open(&self, name: &str) -> std::io::Result<File> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        options.mode(0o600);
        options.open(self.path.join(name))
    }

    /// What a file holds; none where it isn't there.
    pub(super) fn read(&self, name: &str) -> Result<Option<String>, CloudError> {
        let path = self.path.join(name);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unusable(&path, &error)),
        }
    }

    /// Whether a run is at work here: it holds the lock of the file that it writes to, whichever process began it, and lets go of it when it
    /// ends, however it ends.
    pub(super) fn is_busy(&self) -> bool {
        is_busy(&self.path)
    }

    /// Removes it with all that is in it. Done twice, the second does nothing.
    pub(super) fn remove(&self) -> Result<(), CloudError> {
        match std::fs::remove_dir_all(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(unusable(&self.path, &error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

fn is_busy(folder: &Path) -> bool {
    let Ok(lines) = File::open(folder.join(LINES)) else { return false };
    matches!(lines.try_lock(), Err(TryLockError::WouldBlock))
}

/// Makes a folder that is this user's alone, with those above it.
fn make(folder: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    builder.mode(0o700);
    builder.create(folder)
}

/// Removes what killed runs left behind. What can't be removed is in nobody's way.
fn sweep(work: &Path) {
    for entry in std::fs::read_dir(work).into_iter().flatten().flatten() {
        let age = entry.metadata().and_then(|known| known.modified()).ok().and_then(|at| at.elapsed().ok());
        if age.is_some_and(|age| age > LEFT) && !is_busy(&entry.path()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

fn unusable(path: &Path, error: &std::io::Error) -> CloudError {
    CloudError::Unsupported(format!(
        "the engine has no folder to work in: {}: {error}; XDG_CACHE_HOME says where else",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_busy_for_as_long_as_somebody_holds_what_is_written_there() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder { path: home.path().join("run") };
        make(folder.path()).unwrap();
        assert!(!folder.is_busy());
        let lines = folder.open(LINES).unwrap();
        lines.lock().unwrap();
        // As a child has it: the lock is the open file's, and stays until the last of them is closed.
        let childs = lines.try_clone().unwrap();
        drop(lines);
        assert!(folder.is_busy());
        drop(childs);
        assert!(!folder.is_busy());
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_what_is_in_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::tempdir().unwrap();
        let folder = Folder { path: home.path().join("a/b") };
        make(folder.path()).unwrap();
        folder.write("plan", b"x").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(folder.path()), mode(&folder.path().join("plan"))), (0o700, 0o600));
        folder.remove().unwrap();
        folder.remove().unwrap();
        assert!(!folder.path().exists());
    }
}
