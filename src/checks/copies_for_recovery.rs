//! Backups of a database aren't copied to where the system is to come back, or to where it stands.
//!
//! Why: what is lost with a region can't bring anything back, and the way to another region restores databases from what lies there.
//! Mend: name another region in the database's `backup.copied-to`: the one of `recovery`, where there is one.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "copies-for-recovery";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let here = stack.placement.region.as_str();
    let there = stack.recovery.as_ref().map(|recovery| recovery.region.as_str());
    let mut findings = Vec::new();
    for (name, database) in &stack.databases {
        let backup = ["databases", name.as_str(), "backup"];
        let copied_to = [&backup[..], &["copied-to"]].concat();
        match (database.backup.copied_to.as_deref(), there) {
            (Some(copied), _) if copied == here => findings.push(
                Finding::error(CODE, copied_to, format!("`{name}` stands in `{here}` itself"))
                    .why("copies in the same region are lost with it")
                    .fix(match there {
                        Some(there) if there != here => format!("write `{there}`, where `recovery` comes back"),
                        _ => "name another region, or leave it out".to_owned(),
                    }),
            ),
            (Some(copied), Some(there)) if copied != there => findings.push(
                Finding::error(CODE, copied_to, format!("the backups of `{name}` are copied to `{copied}`"))
                    .why(format!("`recovery` comes back in `{there}`, and restores from what lies there"))
                    .fix(format!("write `{there}`")),
            ),
            (None, Some(there)) => findings.push(
                Finding::error(CODE, backup, format!("the backups of `{name}` stay in `{here}`"))
                    .why(format!("`recovery` comes back in `{there}`, and restores from what lies there"))
                    .fix(format!("add `copied-to: {there}`")),
            ),
            (Some(_), _) | (None, None) => {}
        }
    }
    findings
}
