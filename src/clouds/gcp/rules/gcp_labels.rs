//! Tags that Google Cloud doesn't take as labels.
//!
//! Why: a label's name has small letters, digits, hyphens and underscores, a letter first; its value the same without a letter
//! first; both have 63 characters at most, and a resource has 64. The first resource that carries another would fail.
//! Mend: write them so, or carry fewer.
//! Source: Resource Manager documentation, "Labels overview", requirements for labels; three labels are landfall's own.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "gcp-labels";

const MOST: usize = 64;
/// Those that landfall adds.
const OWN: usize = 3;
const LONGEST: usize = 63;

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    if stack.tags.len() > MOST - OWN {
        findings.push(
            Finding::error(CODE, ["tags"], format!("{} tags are too many", stack.tags.len()))
                .why(format!("Google Cloud takes {MOST} a resource, and {OWN} are set already"))
                .fix(format!("carry {} or fewer", MOST - OWN)),
        );
    }
    let sign = |one: char| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '-' || one == '_';
    for (name, value) in &stack.tags {
        let path = ["tags", name];
        let sound = name.starts_with(|first: char| first.is_ascii_lowercase()) && name.chars().all(sign);
        if !sound || name.len() > LONGEST {
            findings.push(
                Finding::error(CODE, path, format!("Google Cloud takes no label named `{name}`"))
                    .why("names have small letters, digits, hyphens and underscores, a letter first, 63 characters at most")
                    .fix("rename the tag")
                    .at_key(),
            );
        }
        if !value.chars().all(sign) || value.len() > LONGEST {
            findings.push(
                Finding::error(CODE, path, format!("Google Cloud can't store the value of the label `{name}`"))
                    .why("values have small letters, digits, hyphens and underscores, 63 characters at most")
                    .fix("write the value so"),
            );
        }
    }
    findings
}
