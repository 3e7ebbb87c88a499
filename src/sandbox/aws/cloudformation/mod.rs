//! CloudFormation: stacks, change sets and their lives.
//!
//! The rules, each with its source and the test that holds it, are listed in `src/sandbox/SPEC.md`.

pub mod actions;
pub mod change_set;
pub mod changes;
pub mod difference;
pub mod drift;
pub mod evaluate;
pub mod naming;
pub mod operation;
pub mod outputs;
pub mod page;
pub mod parameters;
pub mod policy;
pub mod request;
pub mod stack;
pub mod status;
pub mod surroundings;
pub mod template;
#[cfg(test)]
mod tests;
pub mod tokens;
pub mod transform;
pub mod validation;
