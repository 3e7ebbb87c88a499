//! Creates, updates and deletes resources in the inventory, as a type's handlers would.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::facts;
use super::identity::{self, Subject};
use super::protection::{self, handler};
use super::rules::{self, Asked};
use crate::clouds::aws::registry;
use crate::sandbox::aws::cloudformation::evaluate::scalar_text;
use crate::sandbox::aws::cloudformation::template::is_custom;
use crate::sandbox::aws::s3::bucket::Bucket;
use crate::sandbox::engine::inventory::{self, Owner, Physical, Place};
use crate::sandbox::world::World;

/// What is done to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Action {
    /// It's made.
    Create,
    /// It's changed in place.
    Update,
    /// It's deleted.
    Delete,
}

/// The region under which resources of a global service are kept.
const GLOBAL: &str = "global";

/// Where a resource of this type is kept: types of global services live in no region, and a bucket's name in no account either.
pub fn place_of(kind: &str, place: &Place) -> Place {
    let global = kind.starts_with("AWS::IAM::")
        || kind.starts_with("AWS::CloudFront::")
        || kind.starts_with("AWS::Route53::")
        || kind.starts_with("AWS::Budgets::")
        || kind.starts_with("AWS::CE::")
        || kind == "AWS::S3::Bucket";
    Place { account: place.account.clone(), region: if global { GLOBAL.to_owned() } else { place.region.clone() } }
}

/// How long an action on a resource of this type takes, in seconds of the cloud's own time.
pub fn seconds(kind: &str, action: Action, properties: &Map<String, Value>) -> f64 {
    if kind == "AWS::CloudFormation::WaitCondition" && action == Action::Create {
        return properties.get("Timeout").and_then(scalar_text).and_then(|text| text.parse().ok()).unwrap_or(0.0);
    }
    let [create, update, delete] = facts::find(kind).map_or([5, 5, 5], |facts| facts.seconds);
    f64::from(match action {
        Action::Create => create,
        Action::Update => update,
        Action::Delete => delete,
    })
}

/// What a type needs that the sandbox doesn't have: a resource of it would only look as if it were there.
fn not_simulated(kind: &str) -> Option<&'static str> {
    match kind {
        "AWS::CloudFormation::Stack" => Some("nested stacks"),
        "AWS::CloudFormation::StackSet" => Some("stack sets"),
        "AWS::CloudFormation::Macro" => Some("macros"),
        kind if kind.starts_with("AWS::CloudFormation::") && kind.contains("Hook") => Some("hooks"),
        kind if kind.ends_with("::MODULE") => Some("modules"),
        _ => None,
    }
}

/// Checks properties as a type's handler does before it calls its service.
///
/// # Errors
/// The reason that the resource's event gives.
pub fn check(
    world: &World,
    subject: &Subject,
    properties: &Map<String, Value>,
    own_id: Option<&str>,
) -> Result<(), String> {
    if is_custom(&subject.kind) {
        return Err(format!(
            "The sandbox runs no functions, so the custom resource {} can't answer. Leave it out of the sandbox's template with a condition.",
            subject.logical_id
        ));
    }
    if let Some(what) = not_simulated(&subject.kind) {
        return Err(format!("The sandbox has no {what}, so it can't make {}.", subject.logical_id));
    }
    if let Some(schema) = registry::find(&subject.kind) {
        let findings = schema.check(&Value::Object(properties.clone()));
        if !findings.is_empty() {
            let findings: Vec<String> = findings
                .iter()
                .map(|finding| {
                    format!("#/{}: {}", finding.path.replace(['.', '['], "/").replace(']', ""), finding.what)
                })
                .collect();
            return Err(format!(
                "Properties validation failed for resource {} with message:\n[{}]",
                subject.logical_id,
                findings.join(", ")
            ));
        }
    }
    match rules::refusal(&Asked { world, subject, properties, own_id }) {
        Some(reason) => Err(reason),
        None => Ok(()),
    }
}

/// The existing resource that a new one of this name would collide with.
pub fn collision(world: &World, kind: &str, place: &Place, name: &str) -> bool {
    if kind == "AWS::S3::Bucket" {
        return world.buckets.get(name).is_some();
    }
    let place = place_of(kind, place);
    let prefix = format!("{}/{}/{kind}/", place.account, place.region);
    world.resources.range(&prefix).any(|(_, resource)| {
        identity::given_name(kind, &resource.properties).as_deref() == Some(name) || resource.id == name
    })
}

/// How CloudFormation says that a name is taken.
pub fn already_exists(kind: &str, name: &str) -> String {
    format!("Resource of type '{kind}' with identifier '{name}' already exists.")
}

/// Makes a resource.
///
/// # Errors
/// The reason that its event gives.
pub fn create(
    world: &mut World,
    subject: &Subject,
    properties: &Map<String, Value>,
    now: Timestamp,
) -> Result<String, String> {
    check(world, subject, properties, None)?;
    if let Some(name) = identity::given_name(&subject.kind, properties)
        && names_are_unique(&subject.kind)
        && collision(world, &subject.kind, &subject.place, &name)
    {
        return Err(handler(&already_exists(&subject.kind, &name), "AlreadyExists"));
    }
    let mut identity = identity::invent(subject, properties, &mut world.ids);
    let place = place_of(&subject.kind, &subject.place);
    if has_revisions(&subject.kind) {
        identity = next_revision(world, &subject.kind, &place, identity);
    }
    let key = inventory::key(&place, &subject.kind, &identity.id);
    if world.resources.get(&key).is_some() {
        return Err(handler(&already_exists(&subject.kind, &identity.id), "AlreadyExists"));
    }
    if subject.kind == "AWS::S3::Bucket" {
        let bucket = Bucket::new(&identity.id, &subject.place.account, &subject.place.region, now);
        world.buckets.put(identity.id.clone(), bucket.configured(properties));
    }
    if subject.kind == "AWS::Lambda::Version"
        && let Some(function) = published(world, &place, &identity.id)
    {
        identity.attributes.insert(PUBLISHED.to_owned(), function);
    }
    let resource = Physical {
        kind: subject.kind.clone(),
        id: identity.id.clone(),
        place,
        properties: properties.clone(),
        attributes: identity.attributes,
        owner: Some(Owner { stack: subject.stack_id.clone(), logical_id: subject.logical_id.clone() }),
        created: now,
        updated: now,
    };
    world.resources.put(key, resource);
    Ok(identity.id)
}

/// Where a version of a function keeps what the function was when it was published; no template can ask for it.
pub const PUBLISHED: &str = "(published)";

/// The properties of the function of which this is a version. Source: Lambda Developer Guide, "Manage Lambda function versions".
fn published(world: &World, place: &Place, version: &str) -> Option<Value> {
    let name = version.rsplit(':').nth(1)?;
    let function = world.resources.get(&inventory::key(place, "AWS::Lambda::Function", name))?;
    Some(Value::Object(function.properties.clone()))
}

/// Changes a resource in place: what changed between the old and the new properties, so that what was edited by hand elsewhere stays.
///
/// # Errors
/// The reason that its event gives.
pub fn update(
    world: &mut World,
    subject: &Subject,
    id: &str,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    now: Timestamp,
) -> Result<(), String> {
    check(world, subject, new, Some(id))?;
    if let Some(is) = find(world, &subject.kind, &subject.place, id)
        && let Some(reason) = rules::refusal_of_change(&is.kind, &is.properties, new)
    {
        return Err(reason);
    }
    put(world, subject, id, old, new, now)
}

/// As [`update`], back to what was before a failed update: what only grows stays as large as it has become.
///
/// # Errors
/// The reason that its event gives.
pub fn restore(
    world: &mut World,
    subject: &Subject,
    id: &str,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    now: Timestamp,
) -> Result<(), String> {
    let is = find(world, &subject.kind, &subject.place, id);
    let new = is.map_or_else(|| new.clone(), |is| rules::left_by_a_rollback(&is.kind, &is.properties, new));
    check(world, subject, &new, Some(id))?;
    put(world, subject, id, old, &new, now)
}

fn put(
    world: &mut World,
    subject: &Subject,
    id: &str,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    now: Timestamp,
) -> Result<(), String> {
    let key = inventory::key(&place_of(&subject.kind, &subject.place), &subject.kind, id);
    let Some(resource) = world.resources.edit(&key) else {
        return Err(handler(
            &format!("Resource of type '{}' with identifier '{id}' was not found.", subject.kind),
            "NotFound",
        ));
    };
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        resource.properties.remove(name);
    }
    for (name, value) in new {
        resource.properties.insert(name.clone(), value.clone());
    }
    resource.updated = now;
    let properties = resource.properties.clone();
    if subject.kind == "AWS::S3::Bucket"
        && let Some(bucket) = world.buckets.edit(id)
    {
        *bucket = bucket.clone().configured(&properties);
    }
    Ok(())
}

/// Deletes a resource; one that is gone already counts as deleted.
///
/// # Errors
/// The reason that its event gives.
pub fn delete(world: &mut World, kind: &str, place: &Place, id: &str) -> Result<(), String> {
    let key = inventory::key(&place_of(kind, place), kind, id);
    let Some(resource) = world.resources.get(&key) else { return Ok(()) };
    if let Some(reason) = protection::refusal(world, resource) {
        return Err(reason);
    }
    world.resources.remove(&key);
    if kind == "AWS::S3::Bucket" {
        world.buckets.remove(id);
    }
    world.images.remove(&key);
    Ok(())
}

/// Leaves a resource without a stack.
pub fn release(world: &mut World, kind: &str, place: &Place, id: &str) {
    let key = inventory::key(&place_of(kind, place), kind, id);
    if let Some(resource) = world.resources.edit(&key) {
        resource.owner = None;
    }
}

/// The resource in the inventory.
pub fn find<'a>(world: &'a World, kind: &str, place: &Place, id: &str) -> Option<&'a Physical> {
    world.resources.get(&inventory::key(&place_of(kind, place), kind, id))
}

/// Types whose name may be used again: every update makes another revision or the name is only unique beside something else.
pub fn names_are_unique(kind: &str) -> bool {
    !matches!(
        kind,
        "AWS::ApiGatewayV2::Stage"
            | "AWS::ApplicationAutoScaling::ScalingPolicy"
            | "AWS::CodeDeploy::DeploymentGroup"
            | "AWS::EC2::SecurityGroup"
            | "AWS::ECS::Service"
            | "AWS::ECS::TaskDefinition"
            | "AWS::IAM::Policy"
            | "AWS::Lambda::Alias"
            | "AWS::Logs::MetricFilter"
            | "AWS::Logs::SubscriptionFilter"
            | "AWS::Route53::RecordSet"
    )
}

fn has_revisions(kind: &str) -> bool {
    matches!(kind, "AWS::ECS::TaskDefinition" | "AWS::Lambda::Version" | "AWS::Lambda::LayerVersion")
}

/// `…:1` becomes `…:2` where a first revision exists already.
fn next_revision(world: &World, kind: &str, place: &Place, mut identity: identity::Identity) -> identity::Identity {
    let Some((stem, _)) = identity.id.rsplit_once(':') else { return identity };
    let prefix = inventory::key(place, kind, &format!("{stem}:"));
    let last = world
        .resources
        .range(&prefix)
        .filter_map(|(_, resource)| resource.id.rsplit_once(':')?.1.parse::<u64>().ok())
        .max()
        .unwrap_or(0);
    let old = identity.id.clone();
    let revision = last + 1;
    identity.id = format!("{stem}:{revision}");
    for (name, value) in &mut identity.attributes {
        if *value == Value::String(old.clone()) {
            *value = Value::String(identity.id.clone());
        } else if name == "Version" {
            *value = Value::String(revision.to_string());
        }
    }
    identity
}
