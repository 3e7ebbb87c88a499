//! Carrying out what is decided, over the ports: lock, intent, preview, start, follow, verify, outcome.
//!
//! ```text
//! lease (who may write) ─► book (what was written) ─► job: deploy · remove · undo · resume
//!                                                       │
//!                                            follow ◄───┘──► watch (progress, for whoever shows it)
//! ```
//!
//! shelf: the releases of a system, in the same ledger; prune: what may go of them
//!
//! Every change in the cloud has its intent in the ledger before it, and is started with the intent's id as its token. So a
//! process that is killed anywhere leaves enough behind for [`resume`] to end where it would have ended.

pub mod book;
pub mod drill;
pub mod error;
mod flag;
pub mod follow;
pub mod gate;
pub mod job;
pub mod lease;
mod objects;
pub mod prune;
pub mod rebuild;
pub mod remove;
pub mod resume;
mod rotate;
pub mod shelf;
mod steps;
pub mod switch;
pub mod undo;
pub mod verdict;
pub mod watch;
