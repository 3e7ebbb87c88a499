//! Where what verbs show goes, and in which form.

pub mod markdown;
pub mod page;
pub mod printable;
pub(super) mod text;

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

    /// Has results be told as progress is, in words, until [`Output::back`] gets what this gives: what is a part of something larger has no
    /// result of its own.
    pub fn aside(&mut self) -> (Format, Box<dyn Write + Send>) {
        let format = std::mem::replace(&mut self.format, Format::Text);
        (format, std::mem::replace(&mut self.out, Box::new(io::stderr())))
    }

    /// Has results be results again.
    pub fn back(&mut self, (format, out): (Format, Box<dyn Write + Send>)) {
        self.format = format;
        self.out = out;
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
