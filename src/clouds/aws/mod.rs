//! AWS: CloudFormation templates with the SAM transform for functions.
//!
//! [`render`] turns a stack into a template; the files beside it have the names of the model's, each with what its
//! component becomes. [`document`], [`intrinsics`] and [`registry`] know any CloudFormation template.

mod access;
mod alarm;
pub mod artifact;
mod autoscaling;
mod bucket;
mod budget;
mod cache;
mod cache_class;
pub mod comparison;
mod cost_anomaly;
mod dashboard;
mod database;
mod database_class;
mod database_pooler;
mod database_rules;
pub mod defaults;
pub mod deployable;
pub mod document;
mod domain;
mod draft;
mod encryption;
pub mod exposure;
mod expression;
mod firewall;
mod function;
mod image_registry;
pub mod impact;
pub mod intrinsics;
mod limits;
mod literal;
mod load_balancer;
mod log;
pub mod meaning;
mod metric;
pub mod names;
mod network;
mod overrides;
pub mod policy;
mod protection;
mod queue;
mod reference;
pub mod registry;
pub mod render;
pub mod resolved;
mod role;
pub mod sam;
mod schedule;
pub mod secrecy;
mod secret;
mod service;
mod tags;
mod topic;
mod variable;
