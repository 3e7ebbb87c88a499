//! The function archive: a zip with the executable as `bootstrap`, which the `provided` runtimes start
//! (source: AWS Lambda developer guide, "Building a custom runtime").

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::file::File;

/// The name under which the runtime looks for the executable.
pub const ENTRY: &str = "bootstrap";

/// Packs an executable and what it finds beside itself. Time, owner and order are fixed, so the same files give the same bytes.
///
/// # Errors
/// Where two files have the same path, or the archive would be larger than the format allows.
pub fn archive(executable: &[u8], files: &[File]) -> Result<Vec<u8>, zip::result::ZipError> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o755);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file(ENTRY, options)?;
    writer.write_all(executable)?;
    let mut files: Vec<&File> = files.iter().collect();
    files.sort_by_key(|file| &file.path);
    for file in files {
        writer.start_file(file.path.as_str(), options.unix_permissions(0o444))?;
        writer.write_all(&file.bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn the_archive_holds_one_executable_named_as_the_runtime_expects() {
        let bytes = archive(b"\x7fELF...", &[]).unwrap();
        let mut zip = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
        assert_eq!(zip.len(), 1);
        let mut file = zip.by_index(0).unwrap();
        assert_eq!(file.name().unwrap(), "bootstrap");
        assert_eq!(file.unix_mode(), Some(0o100755));
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        assert_eq!(content, b"\x7fELF...");
    }

    #[test]
    fn the_same_executable_gives_the_same_bytes() {
        assert_eq!(archive(b"abc", &[]).unwrap(), archive(b"abc", &[]).unwrap());
        assert_ne!(archive(b"abc", &[]).unwrap(), archive(b"abd", &[]).unwrap());
    }

    #[test]
    fn what_goes_with_the_executable_may_be_read_by_everybody_and_come_in_any_order() {
        let file = |path: &str| File { path: path.into(), bytes: path.into() };
        let bytes = archive(b"abc", &[file("b/ca.pem"), file("a.txt")]).unwrap();
        assert_eq!(bytes, archive(b"abc", &[file("a.txt"), file("b/ca.pem")]).unwrap());
        let mut zip = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
        assert_eq!(zip.by_name("b/ca.pem").unwrap().unix_mode(), Some(0o100444));
        assert!(archive(b"abc", &[file("bootstrap")]).is_err(), "a file takes the executable's place");
    }
}
