//! Resource groups.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error::ArmError;
use super::identifier::folded;
use crate::sandbox::world::World;

/// The group in which Azure itself keeps its network watchers: there from the first virtual network on (Network Watcher
/// documentation, "Enable or disable Network Watcher"); in the sandbox, always.
const WATCHERS: &str = "networkwatcherrg";

/// A resource group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// The subscription.
    pub subscription: String,
    /// Its name.
    pub name: String,
    /// Where its own data is.
    pub location: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Group {
    /// Its identifier.
    pub fn id(&self) -> String {
        format!("/subscriptions/{}/resourceGroups/{}", self.subscription, self.name)
    }

    /// As it is answered.
    pub fn to_json(&self) -> Value {
        json!({
            "id": self.id(),
            "name": self.name,
            "type": "Microsoft.Resources/resourceGroups",
            "location": self.location,
            "tags": self.tags,
            "properties": { "provisioningState": "Succeeded" },
        })
    }
}

/// The key of a group.
pub fn key(subscription: &str, name: &str) -> String {
    folded(&format!("{subscription}/{name}"))
}

/// A group that is there.
///
/// # Errors
/// `ResourceGroupNotFound`.
pub fn find(world: &World, subscription: &str, name: &str) -> Result<Group, ArmError> {
    let found = world.arm_groups.get(&key(subscription, name)).cloned();
    found.ok_or_else(|| {
        let message = format!("Resource group '{name}' could not be found.");
        ArmError::new(404, "ResourceGroupNotFound", message)
    })
}

/// Whether something can be put into a group.
pub fn exists(world: &World, subscription: &str, name: &str) -> bool {
    name.eq_ignore_ascii_case(WATCHERS) || world.arm_groups.get(&key(subscription, name)).is_some()
}

/// Makes a group or changes its tags.
///
/// # Errors
/// What Resource Manager refuses: a location that is missing or another than before.
pub fn put(world: &mut World, subscription: &str, name: &str, body: &Value) -> Result<(u16, Value), ArmError> {
    let location = body.get("location").and_then(Value::as_str).ok_or_else(|| {
        ArmError::bad_request("LocationRequired", "The location property is required for this definition.")
    })?;
    let before = world.arm_groups.get(&key(subscription, name));
    if before.is_some_and(|before| !before.location.eq_ignore_ascii_case(location)) {
        let message = format!(
            "Invalid resource group location '{location}'. The Resource group already exists in location '{}'.",
            before.map_or("", |before| before.location.as_str())
        );
        return Err(ArmError::new(409, "InvalidResourceGroupLocation", message));
    }
    let status = if before.is_some() { 200 } else { 201 };
    let group = Group {
        subscription: subscription.to_owned(),
        name: name.to_owned(),
        location: location.to_owned(),
        tags: tags(body),
    };
    let answer = group.to_json();
    world.arm_groups.put(key(subscription, name), group);
    Ok((status, answer))
}

/// Changes the tags of a group: those given take the place of all.
///
/// # Errors
/// `ResourceGroupNotFound`.
pub fn patch(world: &mut World, subscription: &str, name: &str, body: &Value) -> Result<(u16, Value), ArmError> {
    let mut group = find(world, subscription, name)?;
    if body.get("tags").is_some() {
        group.tags = tags(body);
    }
    let answer = group.to_json();
    world.arm_groups.put(key(subscription, name), group);
    Ok((200, answer))
}

/// Deletes a group. Real ones go with all that is in them; here they have to be empty, as nothing that landfall makes is
/// deleted in this way.
///
/// # Errors
/// `ResourceGroupNotFound`, and one of the sandbox's own where something is left in it.
pub fn delete(world: &mut World, subscription: &str, name: &str) -> Result<(), ArmError> {
    let group = find(world, subscription, name)?;
    let inside = format!("{}/", folded(&group.id()));
    let resources = world.resources.iter().any(|(_, one)| folded(&one.id).starts_with(&inside));
    let stacks = world.arm_stacks.iter().any(|(id, _)| id.starts_with(&inside));
    if resources || stacks {
        let message = "The sandbox deletes empty resource groups only.";
        return Err(ArmError::new(409, "ResourceGroupNotEmpty", message));
    }
    world.arm_groups.remove(&key(subscription, name));
    let previews: Vec<String> = world.arm_what_ifs.range(&inside).map(|(key, _)| key.clone()).collect();
    previews.iter().for_each(|key| drop(world.arm_what_ifs.remove(key)));
    Ok(())
}

/// The tags in a request's body.
pub fn tags(body: &Value) -> BTreeMap<String, String> {
    let object = body.get("tags").and_then(Value::as_object);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    object.into_iter().flatten().filter_map(|(name, value)| Some((name.clone(), text(value)?))).collect()
}
