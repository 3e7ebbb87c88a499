//! Who runs landfall, and where: for locks and records.

use std::path::Path;

use crate::ledger::lock::{Holder, Liveness};

/// The machine that runs this process.
pub trait Machine: Send + Sync {
    /// This process, as a lock or a record names it.
    fn holder(&self, command: &str) -> Holder;

    /// Whether that holder is still running. Only a process of this machine can be proved dead or alive.
    fn liveness(&self, holder: &Holder) -> Liveness;

    /// The branch that is checked out in the repository around a folder, or that the pipeline says it runs for; none where there
    /// is no repository, or it isn't on a branch.
    fn branch(&self, folder: &Path) -> Option<String>;
}
