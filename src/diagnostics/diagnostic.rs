//! A problem with its place in a file.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::concealed::Concealed;
use super::shown;

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
    /// The file, relative to the project's root, with forward slashes. Shared by all places of a file: there is one for each value.
    #[serde(serialize_with = "as_text")]
    #[schemars(with = "String")]
    pub file: Arc<str>,
    /// The first line.
    pub line: usize,
    /// The first column on it.
    pub column: usize,
    /// The last line.
    pub end_line: usize,
    /// The column after the last one on it.
    pub end_column: usize,
}

fn as_text<S: Serializer>(file: &Arc<str>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(file)
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
    concealed: Concealed,
}

impl Diagnostics {
    /// No problems yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a problem. Its words become such that they can be printed anywhere: in one line, without characters that
    /// command a terminal, without what is concealed.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let Diagnostic { place, severity, code, summary, why, fix, related } = diagnostic;
        let words = |text: String| shown::message(&self.concealed.within(text));
        let (summary, why, fix) = (words(summary), words(why), words(fix));
        let related = related.into_iter().map(|one| Related { place: one.place, what: words(one.what) }).collect();
        self.list.push(Diagnostic { place, severity, code, summary, why, fix, related });
    }

    /// Shows neither the text at that place of a file nor, from now on, the same text in any message.
    pub fn conceal(&mut self, place: Place, text: &str) {
        self.concealed.add(place, text);
    }

    /// A line of a file as it may be shown, where the file is known: what is concealed or looks like a secret is replaced by
    /// asterisks, and each character that can't be seen by one that can, so that columns stay. None of more than `most` bytes.
    pub fn line(&self, file: &str, line: usize, most: usize) -> Option<String> {
        let text = self.sources.get(file)?.split('\n').nth(line.checked_sub(1)?)?.trim_end_matches('\r');
        (text.len() <= most).then(|| shown::line(&self.concealed.line(file, line, text)))
    }

    /// Adds the text of a file, so that its lines can be shown.
    pub fn add_source(&mut self, file: impl Into<String>, text: impl Into<String>) {
        self.sources.insert(file.into(), text.into());
    }

    /// Adds all of another's.
    pub fn extend(&mut self, other: Diagnostics) {
        self.list.extend(other.list);
        self.sources.extend(other.sources);
        self.concealed.extend(other.concealed);
    }

    /// The problems in the order of files, lines and columns, each once.
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let mut sorted: Vec<&Diagnostic> = self.list.iter().collect();
        sorted.sort();
        sorted.dedup();
        sorted
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
