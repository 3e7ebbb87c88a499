//! The workload of storm operations. So far: crew routes.

pub mod routing;
