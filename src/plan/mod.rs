//! Deciding what will happen, without a cloud: resources, their differences, and what each difference does.

pub mod change;
pub mod consequence;
pub mod exposure;
pub mod resource;
