//! How services and databases are, as Cloud Run and Cloud SQL answer it: what gates ask; and jobs, which a deployment runs.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::artifact_registry;
use super::error::GoogleError;
use super::revisions::{self, SERVICE};
use crate::sandbox::engine::inventory::{self, Physical, Place};
use crate::sandbox::world::World;

/// The type of a job.
const JOB: &str = "google_cloud_run_v2_job";
/// Where a job keeps its executions; no document can ask for it.
const EXECUTIONS: &str = "(executions)";

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
    if word == "jobs" {
        return Ok(job(found, &id));
    }
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

/// A job as Cloud Run's interface has it, with its template.
fn job(found: &Physical, id: &str) -> Value {
    let template = found.properties.get("template").map(camel).unwrap_or_default();
    json!({ "name": id, "template": listed(template), "reconciling": false })
}

/// The containers of a job's template as a list, which a block of a document may leave out.
fn listed(mut template: Value) -> Value {
    if let Some(containers) = template.pointer_mut("/template/containers")
        && !containers.is_array()
    {
        *containers = json!([containers.clone()]);
    }
    template
}

/// A block of the provider with the names of the interface.
fn camel(value: &Value) -> Value {
    let name = |name: &str| {
        let mut words = name.split('_');
        let first = words.next().unwrap_or_default().to_owned();
        words.fold(first, |name, word| {
            let mut letters = word.chars();
            let large = letters.next().map(|letter| letter.to_ascii_uppercase()).into_iter();
            name.chars().chain(large).chain(letters).collect()
        })
    };
    match value {
        Value::Object(object) => object
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (name(key), if key == "limits" { value.clone() } else { camel(value) }))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(camel).collect(),
        other => other.clone(),
    }
}

/// Gives a job another image: all that a deployment changes of one beside its stack.
///
/// # Errors
/// `NOT_FOUND`; `INVALID_ARGUMENT` for an image that Cloud Run can't run, and for any other change.
pub fn update_job(
    world: &mut World,
    project: &str,
    path: &[&str],
    body: &Value,
    now: Timestamp,
) -> Result<Value, GoogleError> {
    const IMAGE: &str = "/template/template/containers/0/image";
    let id = path.join("/");
    let found = find(world, project, JOB, &id).ok_or_else(|| GoogleError::missing(&id))?.clone();
    let mut before = job(&found, &id);
    let image = body.pointer(IMAGE).cloned().unwrap_or_default();
    if let Some(of_before) = before.pointer_mut(IMAGE) {
        of_before.clone_from(&image);
    }
    if before.get("template") != body.get("template") {
        let message = "The sandbox takes another image of a job and nothing else.";
        return Err(GoogleError::invalid(message.to_owned()));
    }
    let mut properties = found.properties.clone();
    set_image(properties.get_mut("template"), &image);
    if let Some(why) = artifact_registry::unfit(world, JOB, &properties, project) {
        return Err(GoogleError::invalid(why));
    }
    if let Some(found) = world.resources.edit(&found.key()) {
        found.properties = properties;
        found.updated = now;
    }
    Ok(operation(world, &id, before))
}

/// Sets every image in a template.
fn set_image(of: Option<&mut Value>, image: &Value) {
    match of {
        Some(Value::Object(object)) => {
            for (name, value) in object.iter_mut() {
                if name == "image" {
                    value.clone_from(image);
                } else {
                    set_image(Some(value), image);
                }
            }
        }
        Some(Value::Array(items)) => items.iter_mut().for_each(|item| set_image(Some(item), image)),
        _ => {}
    }
}

/// Runs a job. The sandbox runs no code: an execution is well, unless a fault says what it comes to.
///
/// # Errors
/// `NOT_FOUND`.
pub fn run_job(world: &mut World, project: &str, path: &[&str], now: Timestamp) -> Result<Value, GoogleError> {
    let id = path.join("/");
    let found = find(world, project, JOB, &id).ok_or_else(|| GoogleError::missing(&id))?.clone();
    let owner = found.owner.clone();
    let stack = owner.as_ref().and_then(|owner| world.gcp_deployments.get(&owner.stack));
    let stack = stack.map(|deployment| deployment.address.name.clone()).unwrap_or_default();
    // One that no deployment made goes by what the cloud calls it.
    let logical_id = owner.map_or_else(|| id.clone(), |owner| owner.logical_id);
    let failed = world.faults.on_invocation(&stack, &logical_id).and_then(|invoked| invoked.error);
    let name = format!("{id}/executions/{}-{}", path.last().copied().unwrap_or_default(), world.ids.hex(5));
    let mut completed = json!({ "type": "Completed", "state": "CONDITION_SUCCEEDED" });
    if let Some(message) = failed {
        completed = json!({ "type": "Completed", "state": "CONDITION_FAILED", "message": message });
    }
    let execution = json!({ "name": name, "createTime": now.to_string(), "completionTime": now.to_string(), "conditions": [completed] });
    if let Some(found) = world.resources.edit(&found.key()) {
        let kept = found.attributes.entry(EXECUTIONS.to_owned()).or_insert_with(|| json!({}));
        kept[name.as_str()] = execution.clone();
    }
    Ok(operation(world, &id, execution))
}

/// An execution of a job.
///
/// # Errors
/// `NOT_FOUND`.
pub fn execution(world: &World, project: &str, path: &[&str]) -> Result<Value, GoogleError> {
    let name = path.join("/");
    let job = path.get(..6).unwrap_or_default().join("/");
    let found = find(world, project, JOB, &job).and_then(|job| job.attributes.get(EXECUTIONS)?.get(&name));
    found.cloned().ok_or_else(|| GoogleError::missing(&name))
}

/// An operation that is over, as long as it is of something that takes no time here.
fn operation(world: &mut World, of: &str, metadata: Value) -> Value {
    let place = of.split('/').take(4).collect::<Vec<_>>().join("/");
    json!({ "name": format!("{place}/operations/{}", world.ids.uuid()), "metadata": metadata, "done": true, "response": metadata })
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
