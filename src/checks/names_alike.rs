//! Two components of a kind have names that differ in their hyphens only.
//!
//! Why: people mix them up, and in names that allow no hyphen, such as those inside a cloud's own documents, they are the
//! same.
//! Mend: rename one of the two.

use std::collections::BTreeMap;

use crate::diagnostics::finding::Finding;
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;

pub(super) const CODE: &str = "names-alike";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut seen: BTreeMap<(Kind, String), Reference> = BTreeMap::new();
    let mut findings = Vec::new();
    for reference in stack.components() {
        let bare = reference.name.as_str().replace('-', "");
        if let Some(first) = seen.get(&(reference.kind, bare.clone())) {
            findings.push(
                Finding::error(CODE, reference.path(), format!("{reference} and {first} are too much alike"))
                    .why("they differ in hyphens only, and where a cloud's names have none they are the same")
                    .fix("rename one of the two")
                    .related(first.path(), "the other one"),
            );
            continue;
        }
        seen.insert((reference.kind, bare), reference);
    }
    findings
}
