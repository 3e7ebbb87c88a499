//! What no cloud has: the endpoints under `/_sandbox` with which people and tests steer the sandbox.
//!
//! | call | does |
//! | --- | --- |
//! | `GET /_sandbox/health` | says that it lives, and its version |
//! | `GET /_sandbox/stacks` | the stacks of all accounts and regions |
//! | `GET /_sandbox/resources` | what exists, whoever made it; `?account=`, `?region=`, `?type=` choose |
//! | `POST /_sandbox/resources` | makes a resource outside every stack |
//! | `PATCH /_sandbox/resources` | edits a resource by hand, so that its stack has drifted |
//! | `DELETE /_sandbox/resources` | deletes a resource behind its stack's back |
//! | `GET`, `POST`, `DELETE /_sandbox/faults` | shows, adds or clears scripted faults |
//! | `GET`, `PUT /_sandbox/pace` | how fast simulated work goes: a multiple of the cloud's own time, 0 for at once |
//! | `POST /_sandbox/reset` | forgets everything but the pace |

use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, Response, StatusCode};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::access::{Access, query_pairs};
use super::aws::types::identity::Subject;
use super::aws::types::lifecycle;
use super::azure;
use super::azure::identifier::{Identifier, folded};
use super::engine::inventory::Place;
use super::faults::Fault;
use super::gcp;
use super::gcp::deployment::Deployment;
use super::gcp::plan::bare;
use super::gcp::types::Home;
use super::registry::content;
use super::world::World;

/// Which resource a call means: by stack and logical id, or by place, type and physical id.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Target {
    /// The stack's name.
    #[serde(default)]
    stack: Option<String>,
    /// The resource's logical id.
    #[serde(default)]
    resource: Option<String>,
    /// The account; any when left out.
    #[serde(default)]
    account: Option<String>,
    /// The region; any when left out.
    #[serde(default)]
    region: Option<String>,
    /// The type.
    #[serde(default, rename = "type")]
    kind: Option<String>,
    /// The physical id.
    #[serde(default)]
    id: Option<String>,
}

/// An edit: properties to set, and to remove where the value is null.
#[derive(Clone, Debug, Deserialize)]
struct Edit {
    #[serde(flatten)]
    target: EditTarget,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EditTarget {
    #[serde(default)]
    stack: Option<String>,
    #[serde(default)]
    resource: Option<String>,
    #[serde(default)]
    account: Option<String>,
    #[serde(default)]
    region: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    id: Option<String>,
    properties: Map<String, Value>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Creation {
    account: String,
    region: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    properties: Map<String, Value>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pace {
    pace: f64,
}

/// Why a call is refused.
struct Refused(StatusCode, String);

/// Answers a call; `path` is what follows `/_sandbox`.
pub fn answer(access: &Access, method: &Method, path: &str, query: Option<&str>, body: &[u8]) -> Response<s3s::Body> {
    let outcome = access.with(|world, now| act(world, now, method, path, query, body));
    let (status, content) = match outcome {
        Ok(Ok(content)) => (StatusCode::OK, content),
        Ok(Err(Refused(status, reason))) => (status, json!({"error": reason})),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, json!({"error": error.to_string()})),
    };
    let mut response = Response::new(s3s::Body::from(format!("{content}\n")));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn act(
    world: &mut World,
    now: Timestamp,
    method: &Method,
    path: &str,
    query: Option<&str>,
    body: &[u8],
) -> Result<Value, Refused> {
    match (method.as_str(), path.trim_matches('/')) {
        ("GET", "health") => Ok(json!({"status": "running", "version": env!("CARGO_PKG_VERSION")})),
        ("GET", "stacks") => Ok(stacks(world)),
        ("GET", "resources") => Ok(resources(world, query)),
        ("POST", "resources") => create(world, parse(body)?, now),
        ("PATCH", "resources") => edit(world, parse::<Edit>(body)?.target, now),
        ("DELETE", "resources") => delete(world, &parse(body)?),
        ("GET", "faults") => Ok(json!({"faults": world.faults.list})),
        ("POST", "faults") => {
            let mut fault: Fault = parse(body)?;
            if let Fault::Unwell { since, .. } = &mut fault {
                since.get_or_insert(now);
            }
            world.faults.list.push(fault);
            Ok(json!({"faults": world.faults.list}))
        }
        ("DELETE", "faults") => {
            world.faults.list.clear();
            Ok(json!({"faults": []}))
        }
        ("GET", "pace") => Ok(json!({"pace": world.pace})),
        ("PUT", "pace") => {
            let Pace { pace } = parse(body)?;
            if !(0.0..=1000.0).contains(&pace) {
                return Err(Refused(StatusCode::BAD_REQUEST, "pace must be between 0 and 1000".to_owned()));
            }
            world.pace = pace;
            Ok(json!({"pace": pace}))
        }
        ("POST", "reset") => {
            world.reset();
            Ok(json!({"status": "reset"}))
        }
        (method, path) => Err(Refused(
            StatusCode::NOT_FOUND,
            format!("there is no {method} /_sandbox/{path}; see `landfall sandbox --help`"),
        )),
    }
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|error| Refused(StatusCode::BAD_REQUEST, error.to_string()))
}

fn stacks(world: &World) -> Value {
    let list: Vec<Value> = world
        .stacks
        .iter()
        .map(|(_, stack)| {
            json!({
                "name": stack.name,
                "id": stack.id,
                "account": stack.place.account,
                "region": stack.place.region,
                "status": stack.status,
                "reason": stack.status_reason,
                "resources": stack.resources.len(),
                "created": stack.created,
                "updated": stack.updated,
            })
        })
        .chain(world.arm_stacks.iter().map(|(_, stack)| {
            json!({
                "name": stack.name,
                "id": stack.id,
                "account": stack.subscription,
                "region": stack.group,
                "status": stack.state.word(),
                "reason": stack.error.as_ref().map(ToString::to_string),
                "resources": stack.resources.len(),
                "created": stack.created,
                "updated": stack.modified,
            })
        }))
        .chain(world.gcp_deployments.iter().map(|(id, deployment)| {
            json!({
                "name": deployment.address.name,
                "id": id,
                "account": deployment.address.project,
                "region": deployment.address.location,
                "status": deployment.standing.word(),
                "reason": deployment.error.as_ref().map(|(_, detail)| detail),
                "resources": deployment.resources.len(),
                "created": deployment.created,
                "updated": deployment.updated,
            })
        }))
        .collect();
    json!({"stacks": list})
}

fn resources(world: &World, query: Option<&str>) -> Value {
    let wanted = query_pairs(query);
    let fits = |name: &str, value: &str| wanted.get(name).is_none_or(|wanted| wanted == value);
    let list: Vec<Value> = world
        .resources
        .iter()
        .map(|(_, resource)| resource)
        .filter(|resource| {
            fits("account", &resource.place.account)
                && fits("region", &resource.place.region)
                && fits("type", &resource.kind)
                && fits("stack", resource.owner.as_ref().map_or("", |owner| &owner.stack))
        })
        .map(|resource| json!(resource))
        .collect();
    json!({"resources": list})
}

fn create(world: &mut World, creation: Creation, now: Timestamp) -> Result<Value, Refused> {
    if creation.kind.starts_with("google_") {
        let Creation { account, region, kind, properties } = creation;
        let home = Home { project: &account, region: &region };
        let id = gcp::by_hand::make(world, &kind, home, properties, now)
            .map_err(|reason| Refused(StatusCode::CONFLICT, reason))?;
        return Ok(json!({"id": id}));
    }
    let subject = Subject {
        kind: creation.kind,
        place: Place { account: creation.account, region: creation.region },
        stack_id: String::new(),
        stack_name: "by-hand".to_owned(),
        logical_id: "Resource".to_owned(),
    };
    let id = lifecycle::create(world, &subject, &creation.properties, now)
        .map_err(|reason| Refused(StatusCode::CONFLICT, reason))?;
    lifecycle::release(world, &subject.kind, &subject.place, &id);
    Ok(json!({"id": id}))
}

/// The inventory's key of the resource that a call means.
fn find(world: &World, target: &Target) -> Result<String, Refused> {
    let given = |value: &Option<String>, actual: &str| value.as_deref().is_none_or(|value| value == actual);
    let owned = match (&target.stack, &target.resource) {
        (Some(stack), Some(resource)) => Some((stack, resource)),
        (None, None) => None,
        _ => return Err(Refused(StatusCode::BAD_REQUEST, "stack and resource go together".to_owned())),
    };
    if owned.is_none() && target.id.is_none() {
        return Err(Refused(
            StatusCode::BAD_REQUEST,
            "say which resource: stack and resource, or type and id".to_owned(),
        ));
    }
    let found: Vec<&String> = world
        .resources
        .iter()
        .filter(|(_, physical)| {
            let by_owner = owned.is_none_or(|(stack, logical_id)| {
                physical.owner.as_ref().is_some_and(|owner| {
                    owner.logical_id == *logical_id
                        && (is_of_arm_stack(world, &owner.stack, stack)
                            || world.gcp_deployments.get(&owner.stack).is_some_and(|found| {
                                found.address.name == *stack && manages(found, logical_id, &physical.key())
                            })
                            || world.stacks.get(&owner.stack).is_some_and(|found| {
                                found.is_called(stack) && current(found, logical_id, &physical.id)
                            }))
                })
            });
            by_owner
                && given(&target.id, &physical.id)
                && given(&target.kind, &physical.kind)
                && given(&target.account, &physical.place.account)
                && given(&target.region, &physical.place.region)
        })
        .map(|(key, _)| key)
        .collect();
    match found[..] {
        [key] => Ok(key.clone()),
        [] => Err(Refused(StatusCode::NOT_FOUND, "no such resource".to_owned())),
        _ => Err(Refused(
            StatusCode::CONFLICT,
            format!("{} resources are meant; say account, region or type too", found.len()),
        )),
    }
}

fn is_of_arm_stack(world: &World, id: &str, name: &str) -> bool {
    world.arm_stacks.get(&folded(id)).is_some_and(|stack| stack.name == name)
}

fn manages(deployment: &Deployment, resource: &str, key: &str) -> bool {
    deployment.resources.iter().any(|(address, managed)| bare(address) == resource && managed.key == key)
}

fn current(stack: &super::aws::cloudformation::stack::Stack, logical_id: &str, id: &str) -> bool {
    stack.resources.get(logical_id).is_some_and(|resource| resource.physical_id.as_deref() == Some(id))
}

fn edit(world: &mut World, edit: EditTarget, now: Timestamp) -> Result<Value, Refused> {
    let EditTarget { stack, resource, account, region, kind, id, properties } = edit;
    let key = find(world, &Target { stack, resource, account, region, kind, id })?;
    let Some(physical) = world.resources.edit(&key) else {
        return Err(Refused(StatusCode::NOT_FOUND, "no such resource".to_owned()));
    };
    let dotted = physical.kind.starts_with("Microsoft.") || physical.kind.starts_with("google_");
    merge(&mut physical.properties, if dotted { nested(properties) } else { properties });
    physical.updated = now;
    let physical = physical.clone();
    if physical.kind == "AWS::S3::Bucket"
        && let Some(bucket) = world.buckets.edit(&physical.id)
    {
        *bucket = bucket.clone().configured(&physical.properties);
    }
    Ok(json!(physical))
}

/// Paths in dots as objects in objects: `properties.accessTier`.
fn nested(properties: Map<String, Value>) -> Map<String, Value> {
    let mut found = Map::new();
    for (path, value) in properties {
        let inner = path.rsplit('.').fold(value, |value, name| json!({ name: value }));
        merge_in(&mut found, inner);
    }
    found
}

/// Puts objects into objects, nulls as they are.
fn merge_in(into: &mut Map<String, Value>, given: Value) {
    let Value::Object(given) = given else { return };
    for (key, value) in given {
        match into.get_mut(&key) {
            Some(Value::Object(inner)) => merge_in(inner, value),
            _ => drop(into.insert(key, value)),
        }
    }
}

/// JSON merge patch (RFC 7396): null removes, an object goes into an object.
fn merge(into: &mut Map<String, Value>, patch: Map<String, Value>) {
    for (key, value) in patch {
        match (into.get_mut(&key), value) {
            (_, Value::Null) => {
                into.remove(&key);
            }
            (Some(Value::Object(inner)), Value::Object(value)) => merge(inner, value),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

fn delete(world: &mut World, target: &Target) -> Result<Value, Refused> {
    let key = find(world, target)?;
    // In Azure, what is a part of it goes along.
    let arm = world.resources.get(&key).and_then(|resource| Identifier::read(&resource.id));
    gcp::revisions::remove(world, &key);
    let removed = world.resources.remove(&key);
    content::forget(world, &key);
    if let Some(id) = arm {
        azure::resources::remove(world, &id);
    }
    if let Some(resource) = &removed
        && resource.kind == "AWS::S3::Bucket"
    {
        world.buckets.remove(&resource.id);
    }
    Ok(json!(removed))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::merge;

    #[test]
    fn an_edit_sets_nests_and_removes() {
        let mut properties = json!({"A": 1, "B": {"C": 1, "D": 2}}).as_object().cloned().unwrap();
        merge(&mut properties, json!({"A": null, "B": {"C": 3}, "E": [1]}).as_object().cloned().unwrap());
        assert_eq!(json!(properties), json!({"B": {"C": 3, "D": 2}, "E": [1]}));
    }
}
