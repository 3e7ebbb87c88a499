//! The AWS face: the wire protocols that AWS's own clients speak.
//!
//! A file or folder a service. Each takes a request that [`caller`] has identified and answers as the service does.

pub mod caller;
pub mod cbor;
pub mod cloudformation;
pub mod cloudwatch;
pub mod ecr;
pub mod ecs;
pub mod error;
pub mod front;
pub mod lambda;
pub mod query;
pub mod rds;
pub mod route53;
pub mod s3;
pub mod secrets_manager;
pub mod serve;
pub mod ssm;
pub mod sts;
pub mod types;
