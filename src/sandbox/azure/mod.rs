//! The Azure face: Azure Resource Manager, as far as Deployment Stacks and those who follow them ask it, and the blobs of storage accounts.
//!
//! ```text
//! face (routes) ─► stacks · what_ifs · groups · deployments · resources · vaults · jobs
//!                     └─► operation (steps in time) ─► template, expression ─► types (what is known of resource types)
//! blob_face (routes) ─► blob
//! front (addresses on the internet)
//! container_registry (images)
//! ```

pub mod alerts;
pub mod blob;
pub mod blob_face;
pub mod caller;
pub mod container_registry;
pub mod deployments;
pub mod difference;
pub mod error;
pub mod evaluate;
pub mod expression;
pub mod face;
pub mod front;
pub mod group;
pub mod identifier;
pub mod jobs;
pub mod operation;
pub mod replica;
pub mod reply;
pub mod resources;
pub mod revisions;
pub mod stack;
pub mod stacks;
pub mod template;
pub mod types;
pub mod vaults;
pub mod what_if;
pub mod what_ifs;

#[cfg(test)]
mod tests;
