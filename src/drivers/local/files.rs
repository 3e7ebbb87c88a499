//! The machine's files.

#![expect(clippy::disallowed_methods, reason = "this is the files port's driver")]

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use crate::ports::files::{Files, FilesError, FolderEntry};

/// The machine's file system.
#[derive(Clone, Copy, Debug)]
pub struct LocalFiles;

impl Files for LocalFiles {
    fn read(&self, path: &Path, limit: u64) -> Result<Vec<u8>, FilesError> {
        let refused = |source: std::io::Error| match source.kind() {
            ErrorKind::NotFound => FilesError::Missing { path: path.to_owned() },
            _ => FilesError::Refused { path: path.to_owned(), source },
        };
        let file = File::open(path).map_err(refused)?;
        let mut bytes = Vec::new();
        // One byte more than the limit, since what a pipe or device holds isn't known before.
        file.take(limit + 1).read_to_end(&mut bytes).map_err(refused)?;
        if bytes.len() as u64 > limit {
            return Err(FilesError::TooLarge { path: path.to_owned(), size: bytes.len() as u64, limit });
        }
        Ok(bytes)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), FilesError> {
        let refused = |source: std::io::Error| FilesError::Refused { path: path.to_owned(), source };
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let part = path.with_file_name(name);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(&part).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        written.and_then(|()| std::fs::rename(&part, path)).map_err(|source| {
            // The rest of a failed write is in nobody's way; that it can't be removed adds nothing.
            let _ = std::fs::remove_file(&part);
            refused(source)
        })
    }

    fn put(&self, path: &Path, bytes: &[u8]) -> Result<(), FilesError> {
        put(path, bytes).map_err(|source| FilesError::Refused { path: path.to_owned(), source })
    }

    fn list(&self, path: &Path) -> Result<Vec<FolderEntry>, FilesError> {
        list(path).map_err(|source| match source.kind() {
            ErrorKind::NotFound => FilesError::Missing { path: path.to_owned() },
            _ => FilesError::Refused { path: path.to_owned(), source },
        })
    }
}

fn put(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    match std::fs::write(path, bytes) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
            std::fs::write(path, bytes)
        }
        written => written,
    }
}

fn list(path: &Path) -> std::io::Result<Vec<FolderEntry>> {
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        if let Ok(name) = entry.file_name().into_string() {
            // Following a link: a linked folder is a folder.
            let folder = std::fs::metadata(entry.path()).is_ok_and(|meta| meta.is_dir());
            entries.push(FolderEntry { name, folder });
        }
    }
    entries.sort();
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_over_the_limit_is_refused_without_being_read_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.json");
        LocalFiles.write(&path, b"12345").unwrap();
        assert_eq!(LocalFiles.read(&path, 5).unwrap(), b"12345");
        assert!(matches!(LocalFiles.read(&path, 4), Err(FilesError::TooLarge { .. })));
    }

    #[test]
    fn a_failed_write_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("taken");
        std::fs::create_dir(&path).unwrap();
        assert!(LocalFiles.write(&path, b"x").is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
