//! The record of what was deployed where: its format and its rules, without any store.
//!
//! ```text
//! targets/SYSTEM/ENVIRONMENT/head.json      the last entry's sequence and digest, and the epoch; moved by compare-and-swap
//! targets/SYSTEM/ENVIRONMENT/lock.json      who may write; moved by compare-and-swap
//! targets/SYSTEM/ENVIRONMENT/drift.json     who looked for drift last, and what was found; nothing is decided by it
//! targets/SYSTEM/ENVIRONMENT/drill.json     the drill of its way to another region that runs, or ran last; moved by compare-and-swap
//! targets/SYSTEM/ENVIRONMENT/entries/…      one object an entry, named by sequence and digest, created once
//! targets/SYSTEM/ENVIRONMENT/lost/…         what could not be proved when the entries were rebuilt
//! documents/DIGEST                          documents by digest, created once
//! pruned/RUN/DIGEST                         documents that nothing needed any more when that run looked; read where they are missed
//! ```
//!
//! An entry counts when the head refers to it, directly or through the entries after it. What a killed process wrote and
//! never got into the head is a leftover: it has another name than any entry that comes later, and harms nothing.

pub mod chain;
pub mod drill;
pub mod entry;
pub mod flag;
pub mod gate;
pub mod head;
pub mod lock;
pub mod sighting;
pub mod standing;
