//! Environment files: from YAML to a typed stack, with the place of everything.
//!
//! ```text
//! source ─► node (tree with places) ─► merge (base, then environment) ─► structure (against the JSON Schema) ─► Stack
//! ```
//!
//! Nothing stops at the first problem: every stage reports all that it finds, each with file, line and column.

pub mod characters;
pub mod conceal;
pub mod library;
pub mod load;
pub mod merge;
pub mod node;
pub mod parse;
pub mod schema;
pub mod source;
pub mod structure;
pub mod suggestion;
