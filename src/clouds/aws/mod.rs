//! AWS: CloudFormation templates with the SAM transform for functions.
//!
//! [`render`] turns a stack into a template; the private files have the names of the model's components, each with what its
//! component becomes. The public ones know any CloudFormation template.

pub mod artifact;
pub mod comparison;
pub mod defaults;
pub mod deploy_roles;
pub mod deployable;
pub mod document;
pub mod exposure;
pub mod failover;
pub mod impact;
pub mod intrinsics;
pub mod meaning;
pub mod names;
pub mod policy;
pub mod refusal;
pub mod registry;
pub mod render;
pub mod resolved;
pub mod sam;
pub mod secrecy;

mod access;
mod alarm;
mod api;
mod billing;
mod bucket;
mod budget;
mod cache;
mod cost_anomaly;
pub(super) mod dashboard;
mod database;
mod domain;
mod draft;
pub mod duration;
mod encryption;
mod expression;
mod function;
mod limits;
mod literal;
pub mod local;
mod log;
mod metric;
mod network;
mod overrides;
mod protection;
mod queue;
pub mod recovery;
mod reference;
mod role;
pub mod rules;
pub mod runbook;
mod scenario;
mod schedule;
pub(in crate::clouds) mod scrape;
mod secret;
mod service;
mod setting;
mod site;
mod tags;
mod topic;
mod variable;
