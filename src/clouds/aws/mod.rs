//! AWS: CloudFormation templates with the SAM transform for functions.

pub mod comparison;
pub mod defaults;
pub mod document;
pub mod exposure;
pub mod impact;
pub mod intrinsics;
pub mod meaning;
pub mod policy;
pub mod registry;
pub mod resolved;
pub mod sam;
pub mod secrecy;
