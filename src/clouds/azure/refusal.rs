//! What Azure refuses of a plan, said before anything is begun.

use std::collections::BTreeSet;

use super::impact;
use crate::plan::change::{Action, Change};
use crate::plan::consequence::Consequence;
use crate::plan::refusal::Refusal;
use crate::plan::resource::Resource;

/// The type of a lock.
const LOCK: &str = "Microsoft.Authorization/locks";

/// What Azure refuses of changes that lead away from these resources.
pub(super) fn of(deployed: &[Resource], changes: &[Change]) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for change in changes {
        for field in &change.fields {
            let path: String = names(&field.path);
            if field.impact.consequence == Consequence::Replacement && impact::is_fixed(&change.kind, &path) {
                refusals.push(Refusal {
                    resource: change.id.clone(),
                    why: format!("Azure doesn't change {} of {}, which is there: {}", field.path, change.id, field.impact.why),
                    remedy: "give the component another name, so that a new resource is made beside it, or delete the resource first".to_owned(),
                });
            }
        }
        if change.action == Action::Delete && locked(deployed).contains(change.id.as_str()) {
            refusals.push(Refusal {
                resource: change.id.clone(),
                why: format!("a lock keeps {} from being deleted", change.id),
                remedy: "take the protection away, deploy, then take the component out".to_owned(),
            });
        }
    }
    refusals.sort();
    refusals.dedup();
    refusals
}

/// The names of a path, without the places in lists.
fn names(path: &str) -> String {
    let parts: Vec<&str> = path.split('.').map(|part| part.split('[').next().unwrap_or_default()).collect();
    parts.join(".")
}

/// The resources that a lock lies over, and those that are parts of them.
fn locked(deployed: &[Resource]) -> BTreeSet<&str> {
    let over: Vec<String> = deployed
        .iter()
        .filter(|resource| resource.kind == LOCK)
        .filter_map(|lock| lock.attributes.get("scope")?.as_str())
        .filter_map(|scope| {
            let mut parts = scope.split('\'').skip(1).step_by(2);
            let kind = parts.next()?;
            Some(format!("{kind}/{}", parts.collect::<Vec<_>>().join("/")))
        })
        .collect();
    let ids = deployed.iter().map(|resource| resource.id.as_str());
    ids.filter(|id| over.iter().any(|over| over == id)).collect()
}
