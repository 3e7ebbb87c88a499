//! Releases: what is sealed, who signed it, and what is wrong with one. Decisions only: nothing is read or written here.
//!
//! ```text
//! releases/SYSTEM/DIGEST.json      what is sealed with its signature, created once
//! releases/SYSTEM/named/NAME       the digest that a name stands for, created once
//! documents/DIGEST                 its files and artifacts, created once
//! ```
//!
//! A release is named by the digest of what is sealed. Its files and artifacts lie in the ledger's own store beside it, and landfall
//! never removes one.

pub mod ahead;
pub mod promotion;
pub mod rollback;
pub mod sealed;
pub mod settings;
pub mod signature;
pub mod verify;
