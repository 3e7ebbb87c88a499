//! AWS: CloudFormation templates with the SAM transform for functions.
//!
//! [`render`] turns a stack into a template; the files beside it have the names of the model's, each with what its
//! component becomes. [`document`], [`intrinsics`] and [`registry`] know any CloudFormation template.

pub mod comparison;
pub mod defaults;
mod access;
mod alarm;
pub mod artifact;
mod autoscaling;
mod bucket;
mod budget;
mod cache;
mod cache_class;
mod cost_anomaly;
mod dashboard;
mod database;
mod database_class;
mod database_pooler;
mod database_rules;
pub mod document;
pub mod exposure;
pub mod impact;
mod domain;
mod draft;
mod encryption;
mod expression;
mod firewall;
mod function;
mod image_registry;
pub mod intrinsics;
pub mod meaning;
pub mod policy;
pub mod registry;
pub mod resolved;
pub mod sam;
pub mod secrecy;
mod limits;
mod literal;
mod load_balancer;
mod log;
mod metric;
pub mod names;
mod network;
mod overrides;
mod protection;
mod queue;
mod reference;
pub mod registry;
pub mod render;
mod role;
mod schedule;
mod secret;
mod service;
mod tags;
mod topic;
mod variable;
