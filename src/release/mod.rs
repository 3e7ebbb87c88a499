//! Releases: what is sealed, who signed it, and what is wrong with one. Decisions only: nothing is read or written here.
//!
//! ```text
//! releases/SYSTEM/DIGEST.json      what is sealed with its signature, created once
//! releases/SYSTEM/named/NAME       the digest that a name stands for, created once
//! documents/DIGEST                 its files and artifacts, created once
//! ```
//!
//! A release is named by the digest of what is sealed. Its files and artifacts lie in the ledger's own store beside it. What is sealed is
//! never removed; its files and artifacts only by `landfall release prune`, once no environment needs them to go back.

pub mod ahead;
pub mod promotion;
pub mod retention;
pub mod rollback;
pub mod sealed;
pub mod settings;
pub mod signature;
pub mod verify;
