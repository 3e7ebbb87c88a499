//! What one run of a verb has at hand: the root, the ports, and where to write.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::trouble::Trouble;
use crate::ports::clock::Clock;
use crate::ports::cloud::Clouds;
use crate::ports::command::Commands;
use crate::ports::compiler::Compiler;
use crate::ports::database::Database;
use crate::ports::files::Files;
use crate::ports::interrupt::Interrupt;
use crate::ports::ledger::Ledgers;
use crate::ports::machine::Machine;
use crate::ports::repository::Repository;
use crate::ports::sandbox::LocalSandbox;
use crate::ports::terminal::Terminal;
use crate::views::output::Output;

/// What one run of a verb has at hand.
pub struct Session {
    /// The folder that holds `environments/`.
    pub root: PathBuf,
    /// Whether questions are answered with yes.
    pub yes: bool,
    /// Where the ledger is, if that was said.
    pub ledger: Option<String>,
    /// Whether the clouds are the sandbox.
    pub sandboxed: bool,
    /// Time and chance.
    pub clock: Arc<dyn Clock>,
    /// The clouds.
    pub clouds: Arc<dyn Clouds>,
    /// The folder of bundles whose artifacts are deployed, if one was named.
    pub artifacts: Option<PathBuf>,
    /// Whether new versions take over all at once, whatever their rollout says.
    pub at_once: bool,
    /// The machine's files.
    pub files: Arc<dyn Files>,
    /// Commands of the user's own.
    pub commands: Arc<dyn Commands>,
    /// What compiles crates.
    pub compiler: Arc<dyn Compiler>,
    /// The database that a drill speaks to.
    pub database: Arc<dyn Database>,
    /// A request to stop.
    pub interrupt: Interrupt,
    /// The ledgers.
    pub ledgers: Arc<dyn Ledgers>,
    /// Who runs this.
    pub machine: Arc<dyn Machine>,
    /// Where results and progress go.
    pub output: Output,
    /// The version control of the root.
    pub repository: Arc<dyn Repository>,
    /// The sandbox of this root, whether the clouds are played by it or not.
    pub sandbox: Arc<dyn LocalSandbox>,
    /// Who watches and answers.
    pub terminal: Arc<dyn Terminal>,
}

impl Session {
    /// What a command has to be given to act where this one does, with a space before it.
    pub fn flag(&self) -> &'static str {
        if self.sandboxed { " --sandbox" } else { "" }
    }

    /// Writes texts below a folder, each under its name, and says so.
    ///
    /// # Errors
    /// What keeps one from being written; those before it stay.
    pub(super) fn write_below<N: AsRef<Path>>(
        &mut self,
        folder: &Path,
        texts: BTreeMap<N, String>,
    ) -> Result<(), Trouble> {
        for (name, text) in texts {
            let path = folder.join(name);
            self.files.put(&path, text.as_bytes())?;
            self.output.say(&format!("wrote {}\n", path.display()))?;
        }
        Ok(())
    }

    /// The address of the ledger of an environment that names this one: the command line's, else the environment's, else a folder
    /// under the root. The sandbox has one of its own, so that its records never mix with real ones.
    pub fn ledger_address(&self, environment: Option<&str>) -> String {
        let under = |folder: &str| self.root.join(folder).to_string_lossy().into_owned();
        match (&self.ledger, self.sandboxed, environment) {
            (Some(address), _, _) => address.clone(),
            (None, true, _) => under(".landfall/sandbox/ledger"),
            (None, false, Some(address)) => address.strip_prefix("file:").map_or(address.to_owned(), under),
            (None, false, None) => under(".landfall/ledger"),
        }
    }
}
