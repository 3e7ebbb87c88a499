//! The stack as pure data: what a system needs, in words that every cloud shares.
//!
//! A file a component, plus the words they are built from: [`name`], [`mod@reference`], [`units`], [`text`].
//! Adding a component: a file here, a field on [`stack::Stack`], a file in each cloud; the compiler lists the places.

pub mod access;
pub mod alarm;
pub mod api;
pub mod artifact;
pub mod bucket;
pub mod budget;
pub mod cache;
pub mod cost_anomaly;
pub mod cron;
pub mod dashboard;
pub mod database;
pub mod domain;
pub mod expression;
pub mod function;
pub mod gate;
pub mod ledger;
pub mod log;
pub mod mention;
pub mod metric;
pub mod migration;
pub mod name;
pub mod network;
pub mod placement;
pub mod portability;
pub mod probe;
pub mod procedure;
pub mod promise;
pub mod protection;
pub mod queue;
pub mod recovery;
pub mod reference;
pub mod registry;
pub mod releases;
pub mod rollout;
pub mod schedule;
pub mod secret;
pub mod service;
pub mod setting;
pub mod site;
pub mod stack;
pub mod text;
pub mod topic;
pub mod units;
pub mod variable;
pub mod window;
pub mod workload;
