//! ECS: how the copies of services are, in the JSON protocol. Source: ECS API Reference, DescribeServices, UpdateService
//! and their data types.
//!
//! The sandbox runs no containers: every service is steady unless a fault says otherwise.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::caller::{Caller, PARTITION};
use super::error::ApiError;
use crate::sandbox::engine::inventory::Physical;
use crate::sandbox::world::World;

/// What stands before the action in the header `X-Amz-Target`.
pub const TARGET: &str = "AmazonEC2ContainerServiceV20141113";

/// The most services of one call.
const MOST: usize = 10;

/// Carries out an action.
///
/// # Errors
/// As ECS answers them.
pub fn call(
    world: &mut World,
    caller: &Caller,
    action: &str,
    input: &Value,
    now: Timestamp,
) -> Result<Value, ApiError> {
    match action {
        "DescribeServices" => describe_services(world, caller, input),
        "UpdateService" => update_service(world, caller, input, now),
        _ => Err(ApiError::new(400, "UnknownOperationException", "")),
    }
}

/// What `UpdateService` can change here. Source: ECS API Reference, UpdateService.
const CHANGED: [&str; 3] = ["cluster", "service", "taskDefinition"];

fn update_service(world: &mut World, caller: &Caller, input: &Value, now: Timestamp) -> Result<Value, ApiError> {
    let client = |message: &str| ApiError::new(400, "ClientException", message);
    if let Some(other) = input.as_object().into_iter().flatten().find(|(name, _)| !CHANGED.contains(&name.as_str())) {
        return Err(client(&format!("The sandbox doesn't change {} of a service.", other.0)));
    }
    let cluster = last(input["cluster"].as_str().unwrap_or("default")).to_owned();
    let name = input["service"].as_str().unwrap_or_default();
    let here = |kind: &str| format!("{}/{}/{kind}/", caller.account, caller.region);
    let of = |world: &World, kind: &str| -> Vec<Physical> {
        world.resources.range(&here(kind)).map(|(_, physical)| physical.clone()).collect()
    };
    if !of(world, "AWS::ECS::Cluster").iter().any(|found| found.id == cluster) {
        return Err(ApiError::new(400, "ClusterNotFoundException", "Cluster not found."));
    }
    let services = of(world, "AWS::ECS::Service");
    let in_cluster = services.iter().filter(|service| service.id.rsplit('/').nth(1) == Some(&cluster));
    let found = in_cluster.into_iter().find(|service| service.id == name || last(&service.id) == name);
    let Some(service) = found else {
        return Err(ApiError::new(400, "ServiceNotFoundException", "Service not found."));
    };
    if let Some(wanted) = input["taskDefinition"].as_str() {
        let named = |id: &str| id == wanted || last(id) == wanted;
        let Some(task) = of(world, "AWS::ECS::TaskDefinition").into_iter().find(|task| named(&task.id)) else {
            return Err(client("Unable to describe task definition."));
        };
        if let Some(service) = world.resources.edit(&service.key()) {
            service.properties.insert("TaskDefinition".to_owned(), json!(task.id));
            service.updated = now;
        }
    }
    let changed = world.resources.get(&service.key()).cloned();
    Ok(json!({"service": changed.map(|service| describe(world, &service, &cluster))}))
}

fn describe_services(world: &World, caller: &Caller, input: &Value) -> Result<Value, ApiError> {
    let invalid = |message: &str| ApiError::new(400, "InvalidParameterException", message);
    let asked: Vec<&str> = input["services"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if asked.is_empty() {
        return Err(invalid("Services cannot be empty."));
    }
    if asked.len() > MOST {
        return Err(invalid("Services cannot contain more than 10 items."));
    }
    let cluster = last(input["cluster"].as_str().unwrap_or("default"));
    let here =
        |physical: &&Physical| physical.place.account == caller.account && physical.place.region == caller.region;
    let all: Vec<&Physical> = world.resources.iter().map(|(_, physical)| physical).filter(here).collect();
    if !all.iter().any(|physical| physical.kind == "AWS::ECS::Cluster" && physical.id == cluster) {
        return Err(ApiError::new(400, "ClusterNotFoundException", "Cluster not found."));
    }
    let services: Vec<&Physical> = all
        .into_iter()
        .filter(|physical| physical.kind == "AWS::ECS::Service")
        .filter(|physical| physical.id.rsplit('/').nth(1) == Some(cluster))
        .collect();
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for name in asked {
        match services.iter().find(|service| service.id == name || last(&service.id) == name) {
            Some(service) => found.push(describe(world, service, cluster)),
            None => {
                let arn = if name.starts_with("arn:") {
                    name.to_owned()
                } else {
                    let Caller { region, account, .. } = caller;
                    format!("arn:{PARTITION}:ecs:{region}:{account}:service/{cluster}/{name}")
                };
                missing.push(json!({"arn": arn, "reason": "MISSING"}));
            }
        }
    }
    Ok(json!({"services": found, "failures": missing}))
}

fn describe(world: &World, service: &Physical, cluster: &str) -> Value {
    let text = |name: &str| service.properties.get(name).and_then(Value::as_str).unwrap_or_default();
    let desired = service.properties.get("DesiredCount").and_then(Value::as_u64).unwrap_or(1);
    let unwell = world.unwell(service);
    let (running, rollout, reason) = match &unwell {
        None => (desired, "COMPLETED", "ECS deployment ecs-svc/1 completed.".to_owned()),
        Some(unwell) => (0, "IN_PROGRESS", unwell.message.clone()),
    };
    let place = &service.place;
    let at = |at: jiff::Timestamp| at.as_millisecond() as f64 / 1000.0;
    json!({
        "serviceArn": service.id,
        "serviceName": last(&service.id),
        "clusterArn": format!("arn:{PARTITION}:ecs:{}:{}:cluster/{cluster}", place.region, place.account),
        "status": "ACTIVE",
        "launchType": text("LaunchType"),
        "taskDefinition": text("TaskDefinition"),
        "desiredCount": desired,
        "runningCount": running,
        "pendingCount": desired - running,
        "createdAt": at(service.created),
        "deployments": [{
            "id": "ecs-svc/1",
            "status": "PRIMARY",
            "taskDefinition": text("TaskDefinition"),
            "desiredCount": desired,
            "runningCount": running,
            "pendingCount": desired - running,
            "failedTasks": 0,
            "createdAt": at(service.updated),
            "updatedAt": at(service.updated),
            "rolloutState": rollout,
            "rolloutStateReason": reason,
        }],
        "events": [],
    })
}

/// The last part of an ARN, or the name itself.
fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}
