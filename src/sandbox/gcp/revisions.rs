//! Revisions of Cloud Run's services, and which of them takes the calls. Source: Cloud Run Admin API v2, `Service`, `Revision`,
//! `TrafficTarget`.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::deployment::time;
use super::deployments::Query;
use super::error::GoogleError;
use super::services;
use crate::sandbox::engine::inventory::{self, Physical};
use crate::sandbox::world::World;

/// The type of services.
pub const SERVICE: &str = "google_cloud_run_v2_service";
/// The type of revisions in the inventory. Terraform has none.
const REVISION: &str = "run.googleapis.com/Revision";

const LATEST: &str = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST";
const NAMED: &str = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION";

/// Follows a service that was made or changed: with another template it gets another revision.
pub fn follow(world: &mut World, key: &str, now: Timestamp) {
    let Some(service) = world.resources.get(key).filter(|found| found.kind == SERVICE).cloned() else { return };
    let template = service.properties.get("template").cloned().unwrap_or_default();
    let all = of(world, &service);
    let latest = all.last().map(|latest| (latest.id.clone(), latest.properties.get("template").cloned()));
    let id = match latest {
        Some((id, Some(same))) if same == template => id,
        Some(_) | None => {
            let id = format!("{}/revisions/{}", service.id, name(&service, all.len() + 1));
            let revision = Physical {
                kind: REVISION.to_owned(),
                id: id.clone(),
                place: service.place.clone(),
                properties: Map::from_iter([("template".to_owned(), template)]),
                attributes: Map::new(),
                owner: None,
                created: now,
                updated: now,
            };
            world.resources.put(revision.key(), revision);
            id
        }
    };
    if let Some(service) = world.resources.edit(key) {
        for attribute in ["latest_created_revision", "latest_ready_revision"] {
            service.attributes.insert(attribute.to_owned(), json!(id));
        }
    }
}

/// A revision's name: the service's, which it is in turn, and three letters.
fn name(service: &Physical, number: usize) -> String {
    let digest = Sha256::digest(format!("{}/{number}", service.id).as_bytes());
    let letters: String = digest.iter().take(3).map(|byte| char::from(b'a' + byte % 26)).collect();
    format!("{}-{number:05}-{letters}", service.id.rsplit('/').next().unwrap_or_default())
}

/// Lets a service's revisions go with it.
pub fn remove(world: &mut World, key: &str) {
    let Some(service) = world.resources.get(key).filter(|found| found.kind == SERVICE).cloned() else { return };
    let gone: Vec<String> = of(world, &service).iter().map(|revision| revision.key()).collect();
    gone.iter().for_each(|key| drop(world.resources.remove(key)));
}

/// A service's revisions, the oldest first.
fn of<'a>(world: &'a World, service: &Physical) -> Vec<&'a Physical> {
    let inside = format!("{}/revisions/", service.id);
    let all = world.resources.iter().map(|(_, physical)| physical);
    let mut all: Vec<&Physical> =
        all.filter(|one| one.kind == REVISION && one.place == service.place && one.id.starts_with(&inside)).collect();
    all.sort_by(|one, other| one.id.cmp(&other.id));
    all
}

/// The revision that takes most of a service's calls.
pub fn serving<'a>(world: &'a World, service: &Physical) -> Option<&'a Physical> {
    let targets = targets(service);
    let target = targets.iter().max_by_key(|target| target.get("percent").and_then(Value::as_u64))?;
    match target.get("revision").and_then(Value::as_str) {
        Some(named) => find(world, service, named),
        None => of(world, service).pop(),
    }
}

fn find<'a>(world: &'a World, service: &Physical, named: &str) -> Option<&'a Physical> {
    let own = named.rsplit('/').next().unwrap_or_default();
    world.resources.get(&inventory::key(&service.place, REVISION, &format!("{}/revisions/{own}", service.id)))
}

/// Where a service's calls go; all to the latest where nothing is said.
pub fn targets(service: &Physical) -> Vec<Value> {
    let given = match service.properties.get("traffic") {
        Some(Value::Array(given)) => given.clone(),
        Some(one @ Value::Object(_)) => vec![one.clone()],
        Some(_) | None => Vec::new(),
    };
    if given.is_empty() { vec![json!({ "type": LATEST, "percent": 100 })] } else { given }
}

/// A revision, or all of a service; `path` is what follows `/v2/`.
///
/// # Errors
/// `NOT_FOUND`.
pub fn answer(world: &World, project: &str, path: &[&str]) -> Result<Vec<Value>, GoogleError> {
    let (of_service, named) = path.split_at(path.len().min(6));
    let service = services::find(world, project, SERVICE, &of_service.join("/"));
    let service = service.ok_or_else(|| GoogleError::missing(&of_service.join("/")))?;
    match named {
        [_, named] => {
            let found = find(world, service, named).ok_or_else(|| GoogleError::missing(&path.join("/")))?;
            Ok(vec![shown(service, found)])
        }
        _ => Ok(of(world, service).into_iter().map(|revision| shown(service, revision)).collect()),
    }
}

fn shown(service: &Physical, revision: &Physical) -> Value {
    json!({
        "name": revision.id,
        "service": service.id,
        "createTime": time(revision.created),
        "reconciling": false,
        "conditions": [{ "type": "Ready", "state": "CONDITION_SUCCEEDED" }],
    })
}

/// Leads a service's calls elsewhere: the only change that isn't Terraform's here. It is carried out at once.
///
/// # Errors
/// `NOT_FOUND`; `INVALID_ARGUMENT` for another change, revisions that aren't there, and shares that don't add up.
pub fn direct(
    world: &mut World,
    project: &str,
    path: &[&str],
    query: &Query,
    body: &Value,
    now: Timestamp,
) -> Result<Value, GoogleError> {
    let id = path.join("/");
    let service = services::find(world, project, SERVICE, &id).ok_or_else(|| GoogleError::missing(&id))?;
    if query.get("updateMask").map(String::as_str) != Some("traffic") {
        return Err(GoogleError::invalid(
            "The sandbox changes a service's traffic only: updateMask has to be 'traffic'.",
        ));
    }
    let given = body.get("traffic").and_then(Value::as_array).cloned().unwrap_or_default();
    for target in &given {
        check(world, service, target)?;
    }
    let shares: u64 = given.iter().filter_map(|target| target.get("percent")?.as_u64()).sum();
    if shares != 100 {
        let message = format!("service.traffic: Traffic percentages must add up to 100, and add up to {shares}.");
        return Err(GoogleError::invalid(message));
    }
    let key = service.key();
    if let Some(service) = world.resources.edit(&key) {
        let traffic = match <[Value; 1]>::try_from(given) {
            Ok([one]) => one,
            Err(several) => json!(several),
        };
        service.properties.insert("traffic".to_owned(), traffic);
        service.updated = now;
    }
    let place: Vec<&str> = path.iter().take(4).copied().collect();
    let operation = format!("{}/operations/{}", place.join("/"), world.ids.uuid());
    let kind = "type.googleapis.com/google.cloud.run.v2.Service";
    let mut response = services::run(world, project, path)?;
    response["@type"] = json!(kind);
    Ok(json!({ "name": operation, "metadata": { "@type": kind }, "done": true, "response": response }))
}

fn check(world: &World, service: &Physical, target: &Value) -> Result<(), GoogleError> {
    let known = ["type", "revision", "percent", "tag"];
    if let Some(name) =
        target.as_object().into_iter().flatten().map(|(name, _)| name).find(|name| !known.contains(&name.as_str()))
    {
        return Err(GoogleError::invalid(format!(
            "Invalid JSON payload received. Unknown name \"{name}\" at 'service.traffic'"
        )));
    }
    let revision = target.get("revision").and_then(Value::as_str);
    match (target.get("type").and_then(Value::as_str), revision) {
        (Some(LATEST), None) => Ok(()),
        (Some(NAMED), Some(named)) if find(world, service, named).is_some() => Ok(()),
        (Some(NAMED), Some(named)) => {
            Err(GoogleError::invalid(format!("service.traffic: Revision '{named}' of {} does not exist.", service.id)))
        }
        _ => Err(GoogleError::invalid("service.traffic: a target is either the latest revision or one that is named.")),
    }
}
