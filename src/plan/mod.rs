//! Deciding what will happen, without a cloud: resources, their differences, and what each difference does.

pub mod change;
pub mod consequence;
pub mod deployment;
pub mod digest;
pub mod exposure;
pub mod resource;
pub mod stack;
