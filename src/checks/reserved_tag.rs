//! A tag that landfall sets itself, or whose name is empty.
//!
//! Why: landfall finds what belongs to a target by tags that begin with `landfall:`; a stack that sets them could be taken for
//! another. No cloud accepts a tag without a name.
//! Mend: choose another name.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "reserved-tag";

/// What the tags that landfall sets begin with.
const PREFIX: &str = "landfall:";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in stack.tags.keys() {
        if name.trim().is_empty() {
            findings.push(
                Finding::error(CODE, ["tags", name], "a tag has no name")
                    .why("no cloud accepts it")
                    .fix("give it a name, or remove it")
                    .at_key(),
            );
        }
        if name.to_ascii_lowercase().starts_with(PREFIX) {
            findings.push(
                Finding::error(CODE, ["tags", name], format!("the tag `{name}` is landfall's own"))
                    .why(format!("by tags that begin with `{PREFIX}` it finds what belongs to a target"))
                    .fix("choose another name")
                    .at_key(),
            );
        }
    }
    findings
}
