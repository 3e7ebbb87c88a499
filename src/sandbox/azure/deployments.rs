//! Deployments that stacks ran, and what became of each resource.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::error::ArmError;
use super::identifier::Identifier;
use super::stack::{ArmStack, Record, State, duration, time};
use super::template::NESTED;
use crate::sandbox::world::World;

/// The stack and, for one nested in its template, the name of a deployment.
fn find<'a>(world: &'a World, subscription: &str, name: &str) -> Result<(&'a ArmStack, Option<String>), ArmError> {
    for (_, stack) in world.arm_stacks.iter().filter(|(_, stack)| stack.subscription.eq_ignore_ascii_case(subscription))
    {
        let Some(deployment) = &stack.deployment else { continue };
        if deployment.name == name {
            return Ok((stack, None));
        }
        if deployment.records.values().any(|record| record.nested.as_deref() == Some(name)) {
            return Ok((stack, Some(name.to_owned())));
        }
    }
    Err(ArmError::new(404, "DeploymentNotFound", format!("Deployment '{name}' could not be found.")))
}

/// A deployment.
///
/// # Errors
/// `DeploymentNotFound`.
pub fn get(world: &World, subscription: &str, name: &str) -> Result<Value, ArmError> {
    let (stack, _) = find(world, subscription, name)?;
    let word = match stack.state {
        State::Deploying => "Running",
        State::Failed => "Failed",
        State::DeletingResources | State::Deleting | State::Succeeded => "Succeeded",
    };
    Ok(json!({
        "id": stack.deployment_id(),
        "name": name,
        "type": NESTED,
        "properties": {
            "provisioningState": word,
            "correlationId": stack.correlation,
            "timestamp": time(stack.modified),
            "mode": "Incremental",
        },
    }))
}

/// What became of the resources of a deployment; one nested in it stands for its own.
///
/// # Errors
/// `DeploymentNotFound`.
pub fn operations(world: &World, subscription: &str, name: &str, now: Timestamp) -> Result<Value, ArmError> {
    let (stack, nested) = find(world, subscription, name)?;
    let records = stack.deployment.iter().flat_map(|deployment| deployment.records.iter());
    let mut shown = Vec::new();
    let mut inside: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
    for (key, record) in records {
        match (&nested, &record.nested) {
            (None, Some(within)) => inside.entry(within).or_default().push(record),
            (None, None) => shown.push(one(stack, name, key, record, now)),
            (Some(wanted), Some(within)) if wanted == within => shown.push(one(stack, name, key, record, now)),
            (Some(_), _) => {}
        }
    }
    for (within, records) in inside {
        let began = records.iter().map(|record| record.began).min().unwrap_or(now);
        let over = records.iter().all(|record| record.ended.is_some());
        let whole = Record {
            id: Some(format!("{}/providers/{NESTED}/{within}", stack.group_id())),
            kind: NESTED.to_owned(),
            nested: None,
            began,
            ended: records.iter().filter_map(|record| record.ended).max().filter(|_| over),
            error: records.iter().find_map(|record| record.error.clone()),
        };
        shown.push(one(stack, name, within, &whole, now));
    }
    Ok(json!({ "value": shown }))
}

fn one(stack: &ArmStack, deployment: &str, key: &str, record: &Record, now: Timestamp) -> Value {
    let word = match (&record.ended, &record.error) {
        (None, _) => "Running",
        (Some(_), None) => "Succeeded",
        (Some(_), Some(_)) => "Failed",
    };
    let operation = super::caller::guid(&format!("{deployment} {key}")).replace('-', "").to_uppercase();
    let id = record.id.clone().unwrap_or_else(|| key.to_owned());
    let name = Identifier::read(&id).map(|id| id.name()).unwrap_or_default();
    let last = record.ended.unwrap_or(record.began);
    let mut properties = json!({
        "provisioningOperation": "Create",
        "provisioningState": word,
        "timestamp": time(last),
        "duration": duration(record.began, record.ended.unwrap_or(now)),
        "targetResource": { "id": id, "resourceType": record.kind, "resourceName": name },
    });
    if let Some(error) = &record.error {
        properties["statusCode"] = json!(if error.status == 409 { "Conflict" } else { "BadRequest" });
        properties["statusMessage"] = json!({ "status": "Failed", "error": error.to_json() });
    }
    json!({
        "id": format!("{}/providers/{NESTED}/{deployment}/operations/{operation}", stack.group_id()),
        "operationId": operation,
        "properties": properties,
    })
}
