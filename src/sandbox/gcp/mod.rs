//! The face of Google Cloud: Infrastructure Manager, and what those who deploy with it ask besides.
//!
//! ```text
//! face (routes) ─► deployments · previews · long_running · storage (JSON) ─► bucket · services · secrets · monitoring · caller
//! storage_face (XML) ─► bucket · caller
//! front (addresses on the internet)
//! artifact_registry (images)
//!                     └─► operation (steps in time) ─► plan ─► configuration, expression ─► types, difference (the provider)
//! ```

pub mod artifact_registry;
pub mod bucket;
pub mod by_hand;
pub mod caller;
pub mod configuration;
pub mod deployment;
pub mod deployments;
pub mod difference;
pub mod error;
pub mod expression;
pub mod face;
pub mod front;
pub mod long_running;
pub mod monitoring;
pub mod operation;
mod placement;
pub mod plan;
pub mod previews;
pub mod replica;
pub mod revisions;
pub mod secrets;
pub mod services;
pub mod shrinking;
pub mod source;
pub mod storage;
pub mod storage_face;
pub mod types;

#[cfg(test)]
mod tests;
