//! Azure: an ARM template, as Deployment Stacks take it.

pub mod deployable;
