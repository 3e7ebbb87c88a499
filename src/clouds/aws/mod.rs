//! AWS: CloudFormation templates with the SAM transform for functions.

pub mod document;
pub mod intrinsics;
pub mod registry;
