//! What a function runs before its own code is there.

/// The script; it answers every call with an error that says what is missing.
const SCRIPT: &[u8] = include_bytes!("../../templates/placeholder/bootstrap");

/// The archive of it.
///
/// # Errors
/// Never in practice: the script is small.
pub fn archive() -> Result<Vec<u8>, zip::result::ZipError> {
    super::archive::archive(SCRIPT, &[])
}
