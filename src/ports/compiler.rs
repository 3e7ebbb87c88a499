//! Who turns a crate into an executable.

use std::path::Path;

use crate::model::artifact::Architecture;

/// Why a crate was not compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompilerError {
    /// Something that it takes isn't on this machine.
    #[error("{what} is missing\n  = help: {install}")]
    Missing {
        /// What.
        what: String,
        /// The command that installs it.
        install: String,
    },
    /// The folder holds no crate, or the crate no executable.
    #[error("{0}")]
    NoExecutable(String),
    /// The compiler refused; it has said why on standard error.
    #[error("compiling {what} for {target} failed; the compiler's own message stands above")]
    Failed {
        /// The crate.
        what: String,
        /// The target triple.
        target: String,
    },
    /// A tool could not be run.
    #[error("can't run {tool}: {reason}")]
    Tool {
        /// Which.
        tool: String,
        /// What the operating system says.
        reason: String,
    },
}

/// The state of the source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The commit; none outside version control.
    pub commit: Option<String>,
    /// Whether the work tree differs from it.
    pub dirty: bool,
    /// The lock file's bytes.
    pub lock: Vec<u8>,
    /// What `cargo metadata` says of the crate.
    pub metadata: String,
    /// The path of the crate's manifest, as the metadata names it.
    pub manifest: String,
    /// The compiler, as it names itself.
    pub compiler: String,
}

/// A compiler that makes executables which stand alone and are the same bytes on every machine.
pub trait Compiler: Send + Sync {
    /// The state of a crate's source. The folder is relative to the project's root.
    ///
    /// # Errors
    /// Where there is no crate or no compiler.
    fn source(&self, root: &Path, folder: &str) -> Result<Source, CompilerError>;

    /// The target triple for a processor.
    fn target(&self, architecture: Architecture) -> String;

    /// Asks whether everything is there that compiling for a processor takes.
    ///
    /// # Errors
    /// [`CompilerError::Missing`], with the command that installs it.
    fn ready(&self, architecture: Architecture) -> Result<(), CompilerError>;

    /// Compiles the crate's only executable. The compiler's own progress goes to standard error.
    ///
    /// # Errors
    /// Where something is missing, or the source doesn't compile.
    fn compile(&self, root: &Path, folder: &str, architecture: Architecture) -> Result<Vec<u8>, CompilerError>;
}
