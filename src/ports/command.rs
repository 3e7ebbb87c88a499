//! Commands of the user's own, such as the tests that gate a promotion.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandEnd {
    /// With the status 0.
    Passed,
    /// With another status, by a signal, or not in time.
    Failed(String),
    /// It could not be started: that says nothing of what it would have found.
    NotRun(String),
}

/// Runs commands.
pub trait Commands: Send + Sync {
    /// Runs a program with its arguments, which no shell reads, in a folder, with these variables beside the process's own, and ends
    /// it when its time is over. What it writes goes to standard error.
    fn run(
        &self,
        folder: &Path,
        words: &[String],
        variables: &BTreeMap<String, String>,
        within: Duration,
    ) -> CommandEnd;
}
