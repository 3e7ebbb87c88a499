//! An artifact is built from a crate and is a zip archive at once.
//!
//! Why: nobody knows which of the two would run.
//! Mend: keep one of `crate` and `zip`. With neither, a release says which build it is.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "artifact-source";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    stack
        .artifacts
        .iter()
        .filter(|(_, artifact)| artifact.source_crate.is_some() && artifact.zip.is_some())
        .map(|(name, _)| {
            let at = |key: &'static str| ["artifacts", name.as_str(), key];
            Finding::error(CODE, at("zip"), format!("artifact.{name} has both `crate` and `zip`"))
                .why("nobody knows which of the two would run")
                .fix("keep one of them")
                .related(at("crate"), "the other one")
        })
        .collect()
}
