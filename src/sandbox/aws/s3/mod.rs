//! S3: buckets and objects for templates, code and whatever else a deployer keeps.
//!
//! The protocol is `s3s`'s; this is the storage behind it: versions, conditional writes, ownership.

pub mod body;
pub mod bucket;
mod buckets;
pub mod face;
mod listings;
pub mod object;
mod objects;
pub mod policy;
mod settings;
pub mod uploads;
mod wire;
