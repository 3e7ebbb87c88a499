//! A database's copy in another region couldn't take over: it stands in the same one, or not where the system comes back, or isn't there.
//!
//! Why: what stands in the same region is lost with it, and a copy takes over only where the rest comes back.
//! Mend: name another region in `replica-in`: the one of `recovery`, where there is one; leave `promoted` out until there is a copy.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "replica-elsewhere";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let here = stack.placement.region.as_str();
    let there = stack.recovery.as_ref().map(|recovery| recovery.region.as_str());
    let mut findings = Vec::new();
    for (name, database) in &stack.databases {
        let at = |field| ["databases", name.as_str(), field];
        match database.replica_in.as_deref() {
            Some(region) if region == here => findings.push(
                Finding::error(CODE, at("replica-in"), format!("`{name}` stands in `{here}` itself"))
                    .why("a copy in the same region is lost with it")
                    .fix("name another region; `replicas: 1` makes one that serves reads in this one"),
            ),
            Some(region) => {
                findings.extend(there.filter(|there| *there != region).map(|there| {
                    Finding::error(CODE, at("replica-in"), format!("the copy of `{name}` stands in `{region}`"))
                        .why(format!("`recovery` comes back in `{there}`, and a copy takes over only there"))
                        .fix(format!("write `{there}`"))
                }));
            }
            None if database.promoted && database.follows.is_none() => findings.push(
                Finding::error(CODE, at("promoted"), format!("`{name}` has no copy that could have taken over"))
                    .why("`replica-in` names no other region, and it `follows` nothing")
                    .fix("leave it out, or add `replica-in: REGION` and wait until the copy is there"),
            ),
            None => {}
        }
    }
    findings
}
