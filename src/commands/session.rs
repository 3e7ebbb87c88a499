//! What one run of a verb has at hand: the root, the machine's files, and where to write.

use std::path::PathBuf;
use std::sync::Arc;

use crate::ports::compiler::Compiler;
use crate::ports::files::Files;
use crate::views::output::Output;

/// What one run of a verb has at hand.
pub struct Session {
    /// The folder that holds `environments/`.
    pub root: PathBuf,
    /// The machine's files.
    pub files: Arc<dyn Files>,
    /// What compiles crates.
    pub compiler: Arc<dyn Compiler>,
    /// Where results and progress go.
    pub output: Output,
}
