//! Azure: an ARM template, as Deployment Stacks take it.
//!
//! [`render`] turns a stack into a template; the private files have the names of the model's components, each with what its
//! component becomes. What Azure does only nearly as asked, or not at all, is said by each where it is decided.

pub mod comparison;
pub mod deployable;
pub mod document;
pub mod render;
pub mod rules;
pub mod runbook;
pub mod schema;

mod access;
mod alarm;
mod artifact;
mod billing;
mod bucket;
mod budget;
mod cache;
pub(super) mod dashboard;
mod database;
mod domain;
mod draft;
mod environment;
mod exposure;
mod expression;
mod front_door;
mod function;
mod id;
mod impact;
mod limits;
mod log;
mod meaning;
mod metric;
mod names;
mod network;
mod overrides;
mod pair;
mod protection;
mod queue;
mod reference;
mod refusal;
mod registry;
mod scenario;
mod schedule;
pub(in crate::clouds) mod scrape;
mod secret;
mod service;
mod site;
mod topic;
mod types;
mod unrendered;
mod workload;
