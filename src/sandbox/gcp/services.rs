//! How services and databases are, as Cloud Run and Cloud SQL answer it: what gates ask.

use serde_json::{Value, json};

use super::error::GoogleError;
use super::revisions::{self, SERVICE};
use crate::sandbox::engine::inventory::{self, Physical, Place};
use crate::sandbox::world::World;

/// The types by the words of Cloud Run's interface.
const RUN: [(&str, &str); 3] = [
    ("jobs", "google_cloud_run_v2_job"),
    ("services", "google_cloud_run_v2_service"),
    ("workerPools", "google_cloud_run_v2_worker_pool"),
];

/// A service, worker pool or job of Cloud Run; `path` is what follows `/v2/`.
///
/// # Errors
/// `NOT_FOUND`.
pub fn run(world: &World, project: &str, path: &[&str]) -> Result<Value, GoogleError> {
    let id = path.join("/");
    let word = path.iter().rev().nth(1).copied().unwrap_or_default();
    let kind = RUN.iter().find(|(known, _)| *known == word).map(|(_, kind)| *kind);
    let found = kind.and_then(|kind| find(world, project, kind, &id)).ok_or_else(|| GoogleError::missing(&id))?;
    let unwell = world.unwell(found);
    let state = if unwell.is_some() { "CONDITION_FAILED" } else { "CONDITION_SUCCEEDED" };
    let mut condition = json!({ "type": "Ready", "state": state });
    if let Some(unwell) = unwell {
        condition["message"] = json!(unwell.message);
    }
    let mut shown = json!({ "name": id, "reconciling": false, "terminalCondition": condition });
    if found.kind == SERVICE {
        let targets = revisions::targets(found);
        shown["uri"] = json!(found.attributes.get("uri"));
        shown["ingress"] = json!(found.properties.get("ingress"));
        shown["latestCreatedRevision"] = json!(found.attributes.get("latest_created_revision"));
        shown["latestReadyRevision"] = json!(found.attributes.get("latest_ready_revision"));
        shown["traffic"] = json!(targets);
        shown["trafficStatuses"] = json!(targets);
    }
    Ok(shown)
}

/// A database instance of Cloud SQL.
///
/// # Errors
/// `NOT_FOUND`.
pub fn database(world: &World, project: &str, name: &str) -> Result<Value, GoogleError> {
    let found = find(world, project, "google_sql_database_instance", name);
    let found = found.ok_or_else(|| GoogleError::missing(&format!("projects/{project}/instances/{name}")))?;
    let state = if world.unwell(found).is_some() { "SUSPENDED" } else { "RUNNABLE" };
    Ok(json!({ "kind": "sql#instance", "name": name, "project": project, "state": state }))
}

/// A resource of a type by its identifier.
pub fn find<'a>(world: &'a World, project: &str, kind: &str, id: &str) -> Option<&'a Physical> {
    let place = Place { account: project.to_owned(), region: "global".to_owned() };
    world.resources.get(&inventory::key(&place, kind, id))
}
