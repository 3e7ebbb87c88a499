//! The cloud's documents can't be carried out by the engine that is named.
//!
//! Why: a program such as `terraform` takes the documents of Google Cloud. Those of the other clouds are for the engines that run there.
//! Mend: take `engine` out of `placement`.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "engine-not-there";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let placement = &stack.placement;
    match placement.engine.program() {
        Some(program) if !placement.cloud.takes_programs() => vec![
            Finding::error(
                CODE,
                ["placement", "engine"],
                format!("`{program}` can't carry out documents for {}", placement.cloud),
            )
            .why("what is rendered for it is no Terraform, but a document of the cloud's own engine, which runs there")
            .fix("leave `engine` out: the cloud's own engine is meant then"),
        ],
        Some(_) | None => Vec::new(),
    }
}
