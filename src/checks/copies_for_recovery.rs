//! Copies of a database's backups or a bucket's objects don't lie where the system is to come back, or lie where it stands.
//!
//! Why: what is lost with a region can't bring anything back, and the way to another region restores databases from what lies there.
//! Mend: name another region in the database's `backup.copied-to`, or the bucket's `copied-to`: the one of `recovery`, where there is one.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "copies-for-recovery";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let here = stack.placement.region.as_str();
    let there = stack.recovery.as_ref().map(|recovery| recovery.region.as_str());
    let mut findings = Vec::new();
    for (name, database) in &stack.databases {
        let backup = ["databases", name.as_str(), "backup"];
        match (database.backup.copied_to.as_deref(), there) {
            (Some(copied), _) => {
                let at = [&backup[..], &["copied-to"]].concat();
                let what = format!("the backups of `{name}` are copied to `{copied}`");
                findings.extend(elsewhere(&at, name.as_str(), what, copied, here, there));
            }
            (None, Some(there)) => findings.push(
                Finding::error(CODE, backup, format!("the backups of `{name}` stay in `{here}`"))
                    .why(format!("`recovery` comes back in `{there}`, and restores from what lies there"))
                    .fix(format!("add `copied-to: {there}`")),
            ),
            (None, None) => {}
        }
    }
    for (name, bucket) in &stack.buckets {
        let at = |field| ["buckets", name.as_str(), field];
        match (bucket.copied_to.as_deref(), bucket.copied_into.as_deref()) {
            (Some(copied), _) => {
                let what = format!("the objects of `{name}` are copied to `{copied}`");
                findings.extend(elsewhere(&at("copied-to"), name.as_str(), what, copied, here, there));
            }
            (None, Some(into)) => findings.push(
                Finding::error(CODE, at("copied-into"), format!("`{into}` gets copies of nothing"))
                    .why("`copied-to` doesn't name the region that it stands in")
                    .fix("add `copied-to: REGION`, or leave it out"),
            ),
            (None, None) => {}
        }
    }
    findings
}

/// Says so where copies lie where they are lost too, or where `recovery` doesn't come back.
fn elsewhere(at: &[&str], name: &str, what: String, copied: &str, here: &str, there: Option<&str>) -> Option<Finding> {
    if copied == here {
        let fix = match there {
            Some(there) if there != here => format!("write `{there}`, where `recovery` comes back"),
            _ => "name another region, or leave it out".to_owned(),
        };
        let stands = Finding::error(CODE, at, format!("`{name}` stands in `{here}` itself"));
        return Some(stands.why("copies in the same region are lost with it").fix(fix));
    }
    let there = there.filter(|there| *there != copied)?;
    let why = format!("`recovery` comes back in `{there}`, and restores from what lies there");
    Some(Finding::error(CODE, at, what).why(why).fix(format!("write `{there}`")))
}
