//! Google Cloud: a Terraform document for the google provider, as Infrastructure Manager takes it.
//!
//! [`render`] turns a stack into a document; the private files have the names of the model's components, each with what its
//! component becomes. The public ones know any document of the types in `provider.json`.

pub mod comparison;
pub mod deployable;
pub mod document;
pub mod impact;
pub mod pair;
pub mod provider;
pub mod render;
pub mod rules;
pub mod runbook;

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
mod exposure;
mod expression;
mod front;
mod function;
mod labels;
mod log;
mod metric;
mod names;
mod network;
mod protection;
mod queue;
mod reference;
mod registry;
mod scenario;
mod schedule;
pub(in crate::clouds) mod scrape;
mod secret;
mod service;
mod services;
mod site;
mod topic;
mod variable;
