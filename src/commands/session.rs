//! What one run of a verb has at hand: flags, files, and where to write.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use super::Format;
use crate::ports::files::Files;

/// What one run of a verb has at hand.
pub struct Session {
    /// The folder that holds `environments/`.
    pub root: PathBuf,
    /// The form of results.
    pub format: Format,
    /// Whether diagnostics are coloured.
    pub colour: bool,
    /// The machine's files.
    pub files: Arc<dyn Files>,
    /// Where results go.
    pub out: Box<dyn Write + Send>,
    /// Where progress and diagnostics go.
    pub err: Box<dyn Write + Send>,
}

impl Session {
    /// Writes a part of the result.
    ///
    /// # Errors
    /// Where nobody reads it any more.
    pub fn result(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }

    /// Writes progress or a diagnostic.
    ///
    /// # Errors
    /// Where nobody reads it any more.
    pub fn say(&mut self, text: &str) -> io::Result<()> {
        self.err.write_all(text.as_bytes())?;
        self.err.flush()
    }
}
