//! A problem in the model, before anybody knows in which file it stands.

use schemars::JsonSchema;
use serde::Serialize;

use super::diagnostic::Severity;

/// How far what a cloud does is from what is asked. Without a departure, a thing is rendered as asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Departure {
    /// What comes nearest is rendered.
    Approximated,
    /// Nothing comes near.
    Refused,
}

/// A problem at a path of the model. The environment that the model was read from turns it into a
/// [`super::diagnostic::Diagnostic`] with file, line and column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The rule that found it, in kebab-case, such as `overlapping-subnets`; stable, for people who search for it.
    pub code: &'static str,
    /// Whether it stops the work.
    pub severity: Severity,
    /// Where: the keys from the top of the environment file, such as `["functions", "ingest", "memory"]`; list places as
    /// numbers from zero. Where the path leads beyond what was written, the deepest part that was written is meant.
    pub path: Vec<String>,
    /// Whether the key at the end of the path is meant, not its value.
    pub of_key: bool,
    /// What is wrong, in a sentence without full stop.
    pub summary: String,
    /// Why that is a problem, with the figures at hand.
    pub why: String,
    /// What to do.
    pub fix: String,
    /// How far what the cloud does is from what is asked, where the finding is about that.
    pub departure: Option<Departure>,
    /// Other places that take part, each with what it has to do with it.
    pub related: Vec<(Vec<String>, String)>,
}

impl Finding {
    /// A problem that stops the work.
    pub fn error<P: ToString>(
        code: &'static str,
        path: impl IntoIterator<Item = P>,
        summary: impl Into<String>,
    ) -> Self {
        Self::new(code, Severity::Error, path, summary)
    }

    /// Something that works but not quite as it was asked for, or that is probably not meant.
    pub fn warning<P: ToString>(
        code: &'static str,
        path: impl IntoIterator<Item = P>,
        summary: impl Into<String>,
    ) -> Self {
        Self::new(code, Severity::Warning, path, summary)
    }

    /// Something that the cloud has only nearly: the summary says what is asked, `why` what is rendered instead.
    pub fn approximated<P: ToString>(
        code: &'static str,
        path: impl IntoIterator<Item = P>,
        summary: impl Into<String>,
    ) -> Self {
        Self { departure: Some(Departure::Approximated), ..Self::new(code, Severity::Warning, path, summary) }
    }

    /// Something that the cloud doesn't have, and nothing that comes near.
    pub fn refused<P: ToString>(
        code: &'static str,
        path: impl IntoIterator<Item = P>,
        summary: impl Into<String>,
    ) -> Self {
        Self { departure: Some(Departure::Refused), ..Self::new(code, Severity::Error, path, summary) }
    }

    fn new<P: ToString>(
        code: &'static str,
        severity: Severity,
        path: impl IntoIterator<Item = P>,
        summary: impl Into<String>,
    ) -> Self {
        Self {
            code,
            severity,
            path: path.into_iter().map(|part| part.to_string()).collect(),
            of_key: false,
            summary: summary.into(),
            why: String::new(),
            fix: String::new(),
            departure: None,
            related: Vec::new(),
        }
    }

    /// The same, with the reason.
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.why = why.into();
        self
    }

    /// The same, with the remedy.
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = fix.into();
        self
    }

    /// The same, about the key at the end of the path and not its value.
    pub fn at_key(mut self) -> Self {
        self.of_key = true;
        self
    }

    /// The same, with another place that takes part.
    pub fn related<P: ToString>(mut self, path: impl IntoIterator<Item = P>, what: impl Into<String>) -> Self {
        self.related.push((path.into_iter().map(|part| part.to_string()).collect(), what.into()));
        self
    }
}
