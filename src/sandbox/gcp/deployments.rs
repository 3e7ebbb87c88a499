//! Requests that name a deployment.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::configuration::fits;
use super::deployment::{Address, Deployment, Lock, Revision, Settings, Standing, resource_name, time};
use super::error::GoogleError;
use super::long_running::{self, LongRunning, Outcome, begun_before};
use super::{operation, source};
use crate::sandbox::world::World;

/// What a request may set.
const FIELDS: [&str; 6] =
    ["annotations", "labels", "name", "serviceAccount", "terraformBlueprint", "tfVersionConstraint"];

/// A request's query.
pub type Query = BTreeMap<String, String>;

/// A deployment that is there.
///
/// # Errors
/// `NOT_FOUND`.
pub fn find<'a>(world: &'a World, address: &Address) -> Result<&'a Deployment, GoogleError> {
    let name = address.deployment();
    world.gcp_deployments.get(&name).ok_or_else(|| GoogleError::missing(&name))
}

/// Whether this can be the name of a deployment or preview (Infrastructure Manager documentation, "Deployments, revisions, and previews
/// overview").
///
/// # Errors
/// `INVALID_ARGUMENT`.
pub fn named(name: &str) -> Result<(), GoogleError> {
    let sign = |one: char| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '-';
    let sound = name.starts_with(|one: char| one.is_ascii_lowercase()) && !name.ends_with('-');
    if (1..=63).contains(&name.len()) && sound && name.chars().all(sign) {
        return Ok(());
    }
    let message = format!(
        "'{name}' must have lowercase letters, numbers and hyphens, begin with a letter, end with a letter or number, and have 63 characters at most"
    );
    Err(GoogleError::invalid(message))
}

/// Texts by name, as labels and annotations have them.
///
/// # Errors
/// `INVALID_ARGUMENT`.
pub fn texts(body: &Value, field: &str) -> Result<BTreeMap<String, String>, GoogleError> {
    let given = body.get(field).and_then(Value::as_object).into_iter().flatten();
    let text = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
    let found: BTreeMap<String, String> = given.filter_map(text).collect();
    let sign = |one: char| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '-' || one == '_';
    let sound = |text: &str| text.len() <= 63 && text.chars().all(sign);
    let wrong = found.iter().find(|(name, value)| {
        field == "labels" && !(sound(name) && sound(value) && name.starts_with(|one: char| one.is_ascii_lowercase()))
    });
    match wrong {
        Some((name, value)) => Err(GoogleError::invalid(format!("Invalid label: '{name}' with the value '{value}'"))),
        None => Ok(found),
    }
}

/// What a request's body sets.
fn settings(body: &Value) -> Result<Settings, GoogleError> {
    known_fields(body, &FIELDS)?;
    let text = |field: &str| body.get(field).and_then(Value::as_str).map(str::to_owned);
    Ok(Settings {
        labels: texts(body, "labels")?,
        annotations: texts(body, "annotations")?,
        service_account: text("serviceAccount").unwrap_or_default(),
        blueprint: body.get("terraformBlueprint").cloned().unwrap_or_default(),
        constraint: text("tfVersionConstraint"),
    })
}

/// Refuses fields that the sandbox doesn't know.
///
/// # Errors
/// `INVALID_ARGUMENT`.
pub fn known_fields(body: &Value, known: &[&str]) -> Result<(), GoogleError> {
    let object = body.as_object().ok_or_else(|| GoogleError::invalid("the body is no object"))?;
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(GoogleError::invalid(format!("the sandbox knows no field \"{key}\""))),
        None => Ok(()),
    }
}

/// Whether a service account is written as it must be.
///
/// # Errors
/// `INVALID_ARGUMENT`.
pub fn service_account(name: &str) -> Result<(), GoogleError> {
    match name.split('/').collect::<Vec<_>>().as_slice() {
        ["projects", _, "serviceAccounts", email] if email.contains('@') => Ok(()),
        _ => Err(GoogleError::invalid(format!(
            "service_account '{name}' is required, in the format projects/{{projectID}}/serviceAccounts/{{serviceAccount}}"
        ))),
    }
}

fn checked(settings: &Settings) -> Result<(), GoogleError> {
    service_account(&settings.service_account)?;
    source::checked(&settings.blueprint)?;
    match &settings.constraint {
        Some(constraint) if !fits(constraint) => {
            Err(GoogleError::invalid(format!("no supported Terraform version satisfies '{constraint}'")))
        }
        Some(_) | None => Ok(()),
    }
}

/// Refuses a request while an earlier one goes on, or somebody holds the lock.
fn free(deployment: &Deployment) -> Result<(), GoogleError> {
    if !deployment.standing.is_at_rest() {
        return Err(GoogleError::new(409, "ABORTED", "unable to queue the operation"));
    }
    if deployment.lock.is_some() {
        let message = format!("{} is locked: unlock it first", deployment.address.deployment());
        return Err(GoogleError::precondition(message));
    }
    Ok(())
}

/// Makes a deployment.
///
/// # Errors
/// As Infrastructure Manager does.
pub fn create(
    world: &mut World,
    address: Address,
    query: &Query,
    body: &Value,
    now: Timestamp,
) -> Result<Value, GoogleError> {
    let name = address.deployment();
    if let Some(before) = begun_before(world, query.get("requestId"), &name, "create")? {
        return Ok(before.to_json(now));
    }
    named(&address.name)?;
    if world.gcp_deployments.get(&name).is_some() {
        return Err(GoogleError::new(409, "ALREADY_EXISTS", format!("Resource '{name}' already exists")));
    }
    let settings = settings(body)?;
    checked(&settings)?;
    let parent = address.parent();
    let started = long_running::begin(world, (&parent, &name), "create", query.get("requestId"), now);
    let mut deployment = Deployment {
        address,
        settings,
        standing: Standing::Creating,
        error: None,
        failures: Vec::new(),
        revisions: Vec::new(),
        resources: BTreeMap::new(),
        lock: None,
        locks: 0,
        created: now,
        updated: now,
        work: None,
    };
    operation::apply(world, &mut deployment, started.name.clone(), now);
    world.gcp_deployments.put(name, deployment);
    Ok(started.to_json(now))
}

/// Gives a deployment another revision.
///
/// # Errors
/// As Infrastructure Manager does.
pub fn update(
    world: &mut World,
    address: &Address,
    query: &Query,
    body: &Value,
    now: Timestamp,
) -> Result<Value, GoogleError> {
    let name = address.deployment();
    if let Some(before) = begun_before(world, query.get("requestId"), &name, "update")? {
        return Ok(before.to_json(now));
    }
    let mut deployment = find(world, address)?.clone();
    free(&deployment)?;
    let given = settings(body)?;
    let mask = query.get("updateMask").filter(|mask| !mask.is_empty() && mask.as_str() != "*");
    let named: Vec<&str> = match mask {
        Some(mask) => mask.split(',').map(|field| field.split('.').next().unwrap_or(field)).collect(),
        None => FIELDS.to_vec(),
    };
    for field in named {
        let settings = &mut deployment.settings;
        match field {
            "labels" => settings.labels.clone_from(&given.labels),
            "annotations" => settings.annotations.clone_from(&given.annotations),
            "serviceAccount" | "service_account" => settings.service_account.clone_from(&given.service_account),
            "terraformBlueprint" | "terraform_blueprint" => settings.blueprint.clone_from(&given.blueprint),
            "tfVersionConstraint" | "tf_version_constraint" => settings.constraint.clone_from(&given.constraint),
            "name" => {}
            other => {
                return Err(GoogleError::invalid(format!("the sandbox knows no field \"{other}\" in update_mask")));
            }
        }
    }
    checked(&deployment.settings)?;
    let started = long_running::begin(world, (&address.parent(), &name), "update", query.get("requestId"), now);
    operation::apply(world, &mut deployment, started.name.clone(), now);
    world.gcp_deployments.put(name, deployment);
    Ok(started.to_json(now))
}

/// Deletes a deployment, with what it manages or without.
///
/// # Errors
/// As Infrastructure Manager does.
pub fn delete(world: &mut World, address: &Address, query: &Query, now: Timestamp) -> Result<Value, GoogleError> {
    let name = address.deployment();
    if let Some(before) = begun_before(world, query.get("requestId"), &name, "delete")? {
        return Ok(before.to_json(now));
    }
    let mut deployment = find(world, address)?.clone();
    free(&deployment)?;
    if query.get("force").map(String::as_str) != Some("true") {
        let message = format!("{name} has revisions: set force to delete them too");
        return Err(GoogleError::precondition(message));
    }
    let started = long_running::begin(world, (&address.parent(), &name), "delete", query.get("requestId"), now);
    match query.get("deletePolicy").map(String::as_str) {
        None | Some("DELETE" | "DELETE_POLICY_UNSPECIFIED" | "0" | "1") => {
            operation::delete(world, &mut deployment, started.name.clone(), now);
            world.gcp_deployments.put(name, deployment);
        }
        Some("ABANDON" | "2") => {
            for managed in deployment.resources.values() {
                if let Some(left) = world.resources.edit(&managed.key) {
                    left.owner = None;
                }
            }
            let outcome = Outcome::Done(deployment.to_json());
            world.gcp_deployments.remove(&name);
            long_running::end(world, &started.name, now, outcome);
        }
        Some(other) => return Err(GoogleError::invalid(format!("delete_policy '{other}' is not known"))),
    }
    let ended = world.gcp_operations.get(&started.name).cloned().unwrap_or(started);
    Ok(ended.to_json(now))
}

/// Takes the lock of a deployment, or gives it back.
///
/// # Errors
/// As Infrastructure Manager does.
pub fn lock(
    world: &mut World,
    address: &Address,
    takes: bool,
    body: &Value,
    now: Timestamp,
) -> Result<Value, GoogleError> {
    let name = address.deployment();
    let mut deployment = find(world, address)?.clone();
    if !deployment.standing.is_at_rest() {
        return Err(GoogleError::new(409, "ABORTED", "unable to queue the operation"));
    }
    let verb = if takes { "lock" } else { "unlock" };
    match (&deployment.lock, takes) {
        (Some(_), true) => return Err(GoogleError::precondition(format!("{name} is locked already"))),
        (None, true) => {
            deployment.locks += 1;
            deployment.lock = Some(Lock { id: 1_000_000 + deployment.locks, since: now });
        }
        (None, false) => return Err(GoogleError::precondition(format!("{name} is not locked"))),
        (Some(lock), false) => {
            let given = body.get("lockId");
            let given = given.and_then(|id| id.as_u64().or_else(|| id.as_str().and_then(|text| text.parse().ok())));
            if given != Some(lock.id) {
                return Err(GoogleError::precondition(format!("{name} is not locked with this lock_id")));
            }
            deployment.lock = None;
        }
    }
    let started: LongRunning = long_running::begin(world, (&address.parent(), &name), verb, None, now);
    let outcome = Outcome::Done(deployment.to_json());
    world.gcp_deployments.put(name, deployment);
    long_running::end(world, &started.name, now, outcome);
    let ended = world.gcp_operations.get(&started.name).cloned().unwrap_or(started);
    Ok(ended.to_json(now))
}

/// Who holds the lock.
///
/// # Errors
/// `FAILED_PRECONDITION` where nobody does.
pub fn lock_info(world: &World, address: &Address) -> Result<Value, GoogleError> {
    let deployment = find(world, address)?;
    match &deployment.lock {
        Some(lock) => Ok(json!({
            "lockId": lock.id.to_string(),
            "operation": "OperationTypeInfraManager",
            "who": "sandbox",
            "createTime": time(lock.since),
        })),
        None => Err(GoogleError::precondition(format!("{} is not locked", address.deployment()))),
    }
}

/// A revision by its name, `r-0`.
///
/// # Errors
/// `NOT_FOUND`.
pub fn revision<'a>(
    world: &'a World,
    address: &Address,
    name: &str,
) -> Result<(&'a Deployment, &'a Revision), GoogleError> {
    let deployment = find(world, address)?;
    let found = deployment.revisions.iter().find(|revision| format!("r-{}", revision.number) == name);
    let missing = || GoogleError::missing(&format!("{}/revisions/{name}", address.deployment()));
    Ok((deployment, found.ok_or_else(missing)?))
}

/// The resources of a revision.
pub fn parts(deployment: &Deployment, revision: &Revision) -> Vec<Value> {
    revision.parts.iter().map(|(address, part)| deployment.part_json(revision, address, part)).collect()
}

/// A resource of a revision.
///
/// # Errors
/// `NOT_FOUND`.
pub fn part(deployment: &Deployment, revision: &Revision, name: &str) -> Result<Value, GoogleError> {
    let found = revision.parts.iter().find(|(address, _)| resource_name(address) == name);
    let missing = || GoogleError::missing(&format!("{}/resources/{name}", deployment.revision_name(revision)));
    found.map(|(address, part)| deployment.part_json(revision, address, part)).ok_or_else(missing)
}
