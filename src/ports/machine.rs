//! Who runs landfall, and where: for locks and records.

use crate::ledger::lock::{Holder, Liveness};

/// The machine that runs this process.
pub trait Machine: Send + Sync {
    /// This process, as a lock or a record names it.
    fn holder(&self, command: &str) -> Holder;

    /// Whether that holder is still running. Only a process of this machine can be proved dead or alive.
    fn liveness(&self, holder: &Holder) -> Liveness;
}
