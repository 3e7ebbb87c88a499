//! The workload of storm operations: forecasts in, leads, crew routes and records for the customer system out. One binary,
//! several roles; configuration from the environment only.

pub mod api;
pub mod aws;
pub mod configuration;
pub mod contract;
pub mod crm;
pub mod database;
pub mod environment;
pub mod forecast;
pub mod http;
pub mod ingest;
pub mod metric;
pub mod propose;
pub mod role;
pub mod route;
pub mod routing;
pub mod run;
pub mod secret;
pub mod sla;
pub mod work;
