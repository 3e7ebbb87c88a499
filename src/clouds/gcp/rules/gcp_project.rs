//! The account isn't a project of Google Cloud.
//!
//! Why: whatever is done there would fail or hit another's project.
//! Mend: write the project's identifier, such as shop-prod, and not its number.
//! Source: Resource Manager documentation, "Creating and managing projects": 6 to 30 small letters, digits and hyphens, a letter
//! first, no hyphen at the end.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "gcp-project";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let project = &stack.placement.account;
    let sound = (6..=30).contains(&project.len())
        && project.starts_with(|first: char| first.is_ascii_lowercase())
        && !project.ends_with('-')
        && project.chars().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '-');
    if sound {
        return Vec::new();
    }
    vec![
        Finding::error(CODE, ["placement", "account"], format!("`{project}` is no project of Google Cloud"))
            .why("a project's identifier has 6 to 30 small letters, digits and hyphens, a letter first")
            .fix("write the project's identifier, such as shop-prod"),
    ]
}
