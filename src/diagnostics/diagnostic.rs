//! A problem with its place in a file.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

/// Whether a problem stops the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// It does.
    Error,
    /// It doesn't; somebody should look at it.
    Warning,
}

/// A place in a file. Lines and columns count from one; columns count characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Place {
    /// The file, relative to the project's root, with forward slashes.
    pub file: String,
    /// The first line.
    pub line: usize,
    /// The first column on it.
    pub column: usize,
    /// The last line.
    pub end_line: usize,
    /// The column after the last one on it.
    pub end_column: usize,
}

/// A problem.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Diagnostic {
    /// Where it is.
    pub place: Place,
    /// Whether it stops the work.
    pub severity: Severity,
    /// The rule that found it, stable, such as `unknown-key`.
    pub code: String,
    /// What is wrong.
    pub summary: String,
    /// Why that is a problem.
    pub why: String,
    /// What to do.
    pub fix: String,
    /// Other places that take part.
    pub related: Vec<Related>,
}

/// Another place that takes part in a problem.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Related {
    /// Where it is.
    pub place: Place,
    /// What it has to do with the problem.
    pub what: String,
}

/// Problems found together, with the text of the files that they stand in, for showing them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    sources: BTreeMap<String, String>,
}

impl Diagnostics {
    /// No problems yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a problem.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    /// Adds the text of a file, so that its lines can be shown.
    pub fn add_source(&mut self, file: impl Into<String>, text: impl Into<String>) {
        self.sources.insert(file.into(), text.into());
    }

    /// Adds all of another's.
    pub fn extend(&mut self, other: Diagnostics) {
        self.list.extend(other.list);
        self.sources.extend(other.sources);
    }

    /// The problems in the order of files, lines and columns, each once.
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let mut sorted: Vec<&Diagnostic> = self.list.iter().collect();
        sorted.sort();
        sorted.dedup();
        sorted
    }

    /// The text of a file, where known.
    pub fn source(&self, file: &str) -> Option<&str> {
        self.sources.get(file).map(String::as_str)
    }

    /// Whether one of them stops the work.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many different ones stop the work, and how many don't.
    pub fn counts(&self) -> (usize, usize) {
        let sorted = self.sorted();
        let errors = sorted.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
        (errors, sorted.len() - errors)
    }
}
