//! Resources by their identifiers: what everybody can read, and change by hand.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::container_registry;
use super::error::ArmError;
use super::group;
use super::identifier::{Identifier, folded};
use super::replica;
use super::revisions::{self, APP, REVISION};
use super::types::{self, LOCK};
use super::vaults;
use crate::clouds::azure::document::Resource;
use crate::clouds::azure::schema;
use crate::sandbox::engine::inventory::{self, Owner, Physical, Place};
use crate::sandbox::registry::content;
use crate::sandbox::world::World;

/// The key of a resource in the inventory.
pub fn key(id: &Identifier) -> String {
    inventory::key(&place(id), &id.kind, &folded(&id.text))
}

/// Identifiers are of all of Azure: a resource's location is a property of it.
fn place(id: &Identifier) -> Place {
    Place { account: id.subscription.clone(), region: "global".to_owned() }
}

/// A resource that is there.
pub fn find<'a>(world: &'a World, id: &str) -> Option<&'a Physical> {
    world.resources.get(&key(&Identifier::read(id)?))
}

/// A resource as it is answered.
pub fn shown(resource: &Physical) -> Value {
    let id = Identifier::read(&resource.id);
    let mut shown = resource.properties.clone();
    shown.insert("id".to_owned(), json!(resource.id));
    shown.insert("name".to_owned(), json!(id.as_ref().map_or("", |id| id.own_name())));
    shown.insert("type".to_owned(), json!(resource.kind));
    let properties = shown.entry("properties").or_insert_with(|| json!({}));
    if let Some(properties) = properties.as_object_mut() {
        // What the sandbox remembers of it is no property.
        let told = resource.attributes.iter().filter(|(name, _)| !name.starts_with('('));
        properties.extend(told.map(|(name, value)| (name.clone(), value.clone())));
    }
    Value::Object(shown)
}

/// The same as those see it who ask how it is.
pub fn seen(world: &World, resource: &Physical) -> Value {
    let mut shown = shown(resource);
    if resource.kind == REVISION {
        for (name, word) in revisions::state(world, resource) {
            shown["properties"][name] = json!(word);
        }
    }
    if let (Some((name, word)), Some(_)) = (types::down(&resource.kind), world.unwell(resource)) {
        shown["properties"][name] = json!(word);
    }
    shown
}

/// What a resource gives to templates; identities of resources among it.
pub fn runtime(world: &World) -> impl Fn(&str) -> Option<Value> + '_ {
    |id| find(world, id).map(shown)
}

/// What keeps a resource from becoming like this: its type's definition, what it is a part of, what can't be changed.
pub fn refused(world: &World, id: &Identifier, api: &str, body: &Map<String, Value>) -> Option<ArmError> {
    let described = Resource {
        kind: id.kind.clone(),
        api: api.to_owned(),
        name: id.name(),
        body: body.iter().map(|(key, value)| (key.clone(), without_fractions(value))).collect(),
        ..Resource::default()
    };
    if let Some(problem) = schema::check(&described).first() {
        let message = format!("The request content was invalid: {} {}", problem.path, problem.what);
        return Some(ArmError::bad_request("InvalidRequestContent", message.replace("  ", " ")));
    }
    if id.group.as_ref().is_some_and(|name| !group::exists(world, &id.subscription, name)) {
        let name = id.group.as_deref().unwrap_or_default();
        return Some(ArmError::new(
            404,
            "ResourceGroupNotFound",
            format!("Resource group '{name}' could not be found."),
        ));
    }
    if let Some(above) = &id.above
        && find(world, above).is_none()
        && world.arm_stacks.get(&folded(above)).is_none()
        && !is_watcher(above)
    {
        let message = format!(
            "Failed to perform 'write' on resource(s) of type '{}', because the parent resource '{above}' could not be found.",
            id.kind
        );
        return Some(ArmError::new(404, "ParentResourceNotFound", message));
    }
    if id.kind == APP
        && let Some(error) = revisions::refused(world, id, body)
    {
        return Some(error);
    }
    if let Some(error) = replica::refused(world, id, body) {
        return Some(error);
    }
    let before = world.resources.get(&key(id))?;
    types::refused(&id.kind, &before.properties, body)
}

/// Fractions as the expressions that they came from: Azure takes them where its definitions say that a number is whole.
fn without_fractions(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => Value::String(format!("[json('{number}')]")),
        Value::Array(items) => items.iter().map(without_fractions).collect(),
        Value::Object(object) => {
            object.iter().map(|(key, value)| (key.clone(), without_fractions(value))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

/// Network watchers are Azure's own.
fn is_watcher(id: &str) -> bool {
    id.contains("/networkWatchers/NetworkWatcher_")
}

/// Makes a resource, or gives it another body.
pub fn put(world: &mut World, id: &Identifier, body: Map<String, Value>, owner: Option<Owner>, now: Timestamp) {
    let key = key(id);
    let mut attributes = types::given(id, &body);
    let before = world.resources.get(&key);
    let remembered = before.into_iter().flat_map(|before| &before.attributes).filter(|(name, _)| name.starts_with('('));
    attributes.extend(remembered.map(|(name, value)| (name.clone(), value.clone())));
    let physical = Physical {
        kind: id.kind.clone(),
        id: id.text.clone(),
        place: place(id),
        properties: body,
        attributes,
        created: before.map_or(now, |before| before.created),
        owner: owner.or_else(|| before.and_then(|before| before.owner.clone())),
        updated: now,
    };
    world.resources.put(key, physical);
    revisions::follow(world, id, now);
    replica::follow(world, id);
}

/// Why a resource can't be deleted now: a lock over it or over what it is in.
pub fn locked(world: &World, id: &str) -> Option<ArmError> {
    let id = folded(id);
    let suffix = format!("/providers/{}/", folded(LOCK));
    let mut locks = world.resources.iter().map(|(_, one)| one).filter(|one| one.kind == LOCK);
    locks.find_map(|lock| {
        let lock_id = folded(&lock.id);
        let (scope, _) = lock_id.rsplit_once(&suffix)?;
        let covers = id == scope || id.starts_with(&format!("{scope}/"));
        // A lock doesn't keep itself.
        (covers && id != lock_id && !id.contains(&suffix)).then(|| {
            let message = format!(
                "The scope '{id}' cannot perform delete operation because following scope(s) are locked: '{scope}'. Please remove the lock and try again."
            );
            ArmError::new(409, "ScopeLocked", message)
        })
    })
}

/// Why somebody who isn't its stack may not write or delete a resource: the stack's deny settings.
pub fn denied(world: &World, id: &Identifier, verb: &str) -> Option<ArmError> {
    let owner = find(world, &id.text)?.owner.as_ref()?;
    let stack = world.arm_stacks.get(&folded(&owner.stack))?;
    let settings = &stack.request.deny_settings;
    let denies = match settings.get("mode").and_then(Value::as_str) {
        Some("denyDelete") => verb == "delete",
        Some("denyWriteAndDelete") => true,
        Some(_) | None => false,
    };
    let action = format!("{}/{verb}", id.kind);
    let excluded = settings.get("excludedActions").and_then(Value::as_array).into_iter().flatten();
    let mut excluded = excluded.filter_map(Value::as_str).chain(["Microsoft.Authorization/locks/delete"]);
    (denies && !excluded.any(|one| one.eq_ignore_ascii_case(&action))).then(|| {
        let message = format!(
            "The client has permission to perform action '{action}' on scope '{}', however the access is denied because of the deny assignment with name 'Deny assignment created by Deployment Stack {}'.",
            id.text, stack.id
        );
        ArmError::new(403, "DenyAssignmentAuthorizationFailed", message)
    })
}

/// Deletes a resource with all that is a part of it or laid over it.
pub fn remove(world: &mut World, id: &Identifier) {
    let inside = format!("{}/", folded(&id.text));
    let gone: Vec<String> = world
        .resources
        .iter()
        .filter(|(_, one)| folded(&one.id).starts_with(&inside) || folded(&one.id) == folded(&id.text))
        .map(|(key, _)| key.clone())
        .collect();
    for key in &gone {
        world.resources.remove(key);
        content::forget(world, key);
    }
}

/// Answers a request that names a resource.
///
/// # Errors
/// As Resource Manager does.
pub fn answer(
    world: &mut World,
    method: &str,
    id: &Identifier,
    api: &str,
    body: &Value,
    now: Timestamp,
) -> Result<(u16, Value), ArmError> {
    let there = world.resources.get(&key(id)).map(|found| seen(world, found));
    let verb = if method == "DELETE" { "delete" } else { "write" };
    if let Some(error) = denied(world, id, verb).filter(|_| method != "GET") {
        return Err(error);
    }
    match method {
        "GET" => there.map(|found| (200, found)).ok_or_else(|| missing(id)),
        "PUT" => {
            let body = body.as_object().cloned().unwrap_or_default();
            let unfit = || container_registry::unfit(world, &id.kind, &body);
            let unread = || vaults::unfit(world, &id.kind, &body);
            if let Some(error) = refused(world, id, api, &body).or_else(unfit).or_else(unread) {
                return Err(error);
            }
            put(world, id, body, None, now);
            let status = if there.is_some() { 200 } else { 201 };
            world.resources.get(&key(id)).map(|found| (status, shown(found))).ok_or_else(|| missing(id))
        }
        "PATCH" if id.kind == APP => {
            revisions::patch(world, id, api, body, now)?;
            world.resources.get(&key(id)).map(|found| (200, seen(world, found))).ok_or_else(|| missing(id))
        }
        "PATCH" if id.kind == replica::SERVER => {
            replica::patch(world, id, api, body, now)?;
            world.resources.get(&key(id)).map(|found| (200, seen(world, found))).ok_or_else(|| missing(id))
        }
        "DELETE" => {
            if let Some(error) = locked(world, &id.text) {
                return Err(error);
            }
            remove(world, id);
            Ok((if there.is_some() { 200 } else { 204 }, Value::Null))
        }
        other => Err(ArmError::new(405, "MethodNotAllowed", format!("The sandbox takes no {other} here."))),
    }
}

/// What isn't there.
pub fn missing(id: &Identifier) -> ArmError {
    let group = id.group.as_deref().unwrap_or_default();
    let message = format!("The Resource '{}/{}' under resource group '{group}' was not found.", id.kind, id.name());
    ArmError::new(404, "ResourceNotFound", message)
}
