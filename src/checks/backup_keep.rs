//! Backups that aren't kept for whole days, or not at all.
//!
//! Why: the clouds count in whole days. No backups at all leave no way back from a mistake, and replicas are made from them.
//! Mend: write whole days, such as 7d. A cache without backups has no `backup` at all.
//! Source: Amazon RDS user guide, "Working with DB instance read replicas": a source needs automatic backups.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;
use crate::model::units::Time;

pub(super) const CODE: &str = "backup-keep";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let databases =
        stack.databases.iter().map(|(name, database)| ("databases", name, database.backup.keep, database.replicas));
    let caches = stack.caches.iter().filter_map(|(name, cache)| Some(("caches", name, cache.backup?.keep, 0)));
    let mut findings = Vec::new();
    for (section, name, keep, replicas) in databases.chain(caches) {
        let path = [section, name.as_str(), "backup", "keep"];
        if keep.as_seconds() % Time::days(1).as_seconds() != 0 {
            findings.push(
                Finding::error(CODE, path, format!("backups can't be kept for `{keep}`"))
                    .why("the clouds keep them for whole days")
                    .fix(format!("write whole days, such as {}", Time::days(keep.as_days()))),
            );
        } else if keep.as_seconds() == 0 {
            findings.push(
                Finding::error(CODE, path, format!("no backup of `{name}` is kept"))
                    .why(match replicas {
                        0 => "there would be no way back from a mistake",
                        _ => "there would be no way back from a mistake, and replicas are made from backups",
                    })
                    .fix("write whole days, such as 7d"),
            );
        }
    }
    findings
}
