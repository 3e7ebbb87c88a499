//! The folder `environments/` as the source of environment files.

use std::path::{Path, PathBuf};

use super::contracts::Known;
use crate::environment::library::Library;
use crate::environment::source::{SourceError, Sources};
use crate::ports::files::{Files, FilesError};

/// Why there are no systems where the folder itself isn't there.
const NO_PROJECT: &str =
    "there is no such folder here: `landfall init NAME` starts a system, `--root DIR` leads to a project elsewhere";

/// A project's files, where many targets are read in one go: what they share is read once. Can be used from many threads.
pub struct Project<'run> {
    /// The environment files.
    pub library: Library<'run>,
    /// All files.
    pub files: &'run dyn Files,
    /// Where the project is.
    pub root: &'run Path,
    /// The contracts of its workloads.
    pub contracts: Known,
}

impl<'run> Project<'run> {
    /// A project of which nothing was read yet; `folder` is its `environments/`.
    pub fn new(folder: &'run Folder<'run>) -> Self {
        Self { library: Library::new(folder), files: folder.files, root: folder.root, contracts: Known::default() }
    }
}

/// The folder `environments/` below a root.
pub struct Folder<'session> {
    files: &'session dyn Files,
    root: &'session Path,
}

impl<'session> Folder<'session> {
    /// The folder below that root.
    pub fn new(files: &'session dyn Files, root: &'session Path) -> Self {
        Self { files, root }
    }

    fn path(&self, parts: &[&str]) -> PathBuf {
        parts.iter().fold(self.root.join("environments"), |path, part| path.join(part))
    }

    fn error(&self, error: FilesError) -> SourceError {
        let (path, reason) = match error {
            FilesError::Missing { path } => (path, "no such file or folder".to_owned()),
            FilesError::TooLarge { path, limit, .. } => (path, format!("larger than {limit} bytes")),
            FilesError::Refused { path, source } => (path, source.to_string()),
        };
        let path = path.strip_prefix(self.root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        SourceError { path, reason }
    }
}

impl Sources for Folder<'_> {
    fn systems(&self) -> Result<Vec<String>, SourceError> {
        let entries = self.files.list(&self.path(&[])).map_err(|error| match error {
            FilesError::Missing { .. } => SourceError { reason: NO_PROJECT.to_owned(), ..self.error(error) },
            error => self.error(error),
        })?;
        Ok(entries
            .into_iter()
            .filter(|entry| entry.folder && !entry.name.starts_with('.'))
            .map(|entry| entry.name)
            .collect())
    }

    fn files(&self, system: &str) -> Result<Vec<String>, SourceError> {
        let entries = self.files.list(&self.path(&[system])).map_err(|error| self.error(error))?;
        let files = entries.into_iter().filter(|entry| !entry.folder);
        Ok(files.filter_map(|entry| entry.name.strip_suffix(".yaml").map(str::to_owned)).collect())
    }

    fn has(&self, system: &str, file: &str) -> bool {
        // One file is looked at, where a list would look at every file of the system for each of its targets.
        let path = self.path(&[system, &format!("{file}.yaml")]);
        !matches!(self.files.read(&path, 0), Err(FilesError::Missing { .. }))
    }

    fn read(&self, system: &str, file: &str, limit: u64) -> Result<Vec<u8>, SourceError> {
        let path = self.path(&[system, &format!("{file}.yaml")]);
        match self.files.read(&path, limit) {
            Ok(bytes) => Ok(bytes),
            // The reader says it better, with a place: it only has to see that there is more.
            Err(FilesError::TooLarge { limit, .. }) => Ok(vec![b' '; usize::try_from(limit).unwrap_or(0) + 1]),
            Err(error) => Err(self.error(error)),
        }
    }
}
