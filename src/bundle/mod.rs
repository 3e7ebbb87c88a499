//! From a workload's executable to what a cloud runs: a function archive, a container image, a bill of materials, a
//! provenance, and a manifest that names every file by digest. Pure: the same executables give the same bytes.

pub mod archive;
pub mod bill;
pub mod executable;
pub mod file;
pub mod image;
pub mod manifest;
pub mod placeholder;
pub mod provenance;
