//! The part of the sandbox that knows no cloud: what exists, and how steps that depend on each other pass through time.

pub mod inventory;
pub mod order;
pub mod run;
