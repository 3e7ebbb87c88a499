//! Holds the house: who may use whom, who may touch the world, what words stand where, how files are laid out.
//!
//! Each rule is a file here. A rule takes the sources and gives its breaches; one test applies it to `src/`, others apply it to
//! small sources that break it, so that a rule which sees nothing is seen.
#![expect(clippy::disallowed_methods, reason = "reads the sources")]

mod direction;
mod faults;
mod layout;
mod permits;
mod purity;
mod source;
mod words;

use std::fmt;

/// One breach of the house's rules.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Breach {
    /// The file, below `src/`.
    pub(crate) file: String,
    /// The line, from 1.
    pub(crate) line: usize,
    /// What is wrong, why it is a rule, and what to do.
    pub(crate) what: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "src/{}:{}: {}", self.file, self.line, self.what)
    }
}

/// Fails the test with every breach, one a line.
pub(crate) fn none(mut breaches: Vec<Breach>) -> Result<(), String> {
    breaches.sort();
    breaches.dedup();
    if breaches.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = breaches.iter().map(Breach::to_string).collect();
    Err(format!("{} breaches of the house's rules:\n{}\n", lines.len(), lines.join("\n")))
}
