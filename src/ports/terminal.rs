//! The terminal that landfall may be run from.

use std::io::{self, Write};

/// The terminal, or what stands in its place.
pub trait Terminal: Send + Sync {
    /// Whether somebody watches progress on a terminal, so that lines may be redrawn.
    fn is_watched(&self) -> bool;

    /// Whether somebody is there to answer a question.
    fn can_answer(&self) -> bool;

    /// Asks a question and waits for a line.
    fn ask(&self, question: &str) -> io::Result<String>;

    /// Where lines of progress go.
    fn progress(&self) -> Box<dyn Write + Send>;
}
