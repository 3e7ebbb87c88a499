//! A file that goes with an executable.

/// A file that an executable finds beside itself, such as certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path, from the image's root or the archive's, without a leading slash.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}
