//! Where what verbs show goes, and in which form.

pub mod markdown;
pub mod page;
pub mod printable;

use std::io::{self, Write};

use clap::ValueEnum;

/// The form of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs; every document carries its format version.
    Json,
    /// For pull requests.
    Markdown,
    /// Text, with problems as GitHub workflow commands that show beside the lines.
    Github,
}

/// Where what a verb shows goes, and in which form.
pub struct Output {
    /// The form of results.
    pub format: Format,
    /// Whether diagnostics are coloured.
    pub colour: bool,
    /// Whether results are coloured.
    pub coloured_results: bool,
    /// How many columns results may take; longer sentences are wrapped.
    pub width: usize,
    /// Where results go.
    pub out: Box<dyn Write + Send>,
    /// Where progress and diagnostics go.
    pub err: Box<dyn Write + Send>,
}

impl Output {
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
