//! What a stack's values refer to: its own resources as they are now, and other stacks' exports.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::evaluate::{Evaluator, Pseudo, Surroundings, Unresolved};
use super::stack::{Definition, Stack, StackResource};
use crate::sandbox::aws::types::{identity, lifecycle};
use crate::sandbox::engine::inventory::Place;
use crate::sandbox::world::World;

/// A stack in the world.
pub struct Live<'a> {
    /// The world.
    pub world: &'a World,
    /// The stack's place.
    pub place: &'a Place,
    /// The stack's resources.
    pub resources: &'a BTreeMap<String, StackResource>,
}

impl Surroundings for Live<'_> {
    fn reference(&self, logical_id: &str) -> Result<Value, Unresolved> {
        let resource = self.resources.get(logical_id).ok_or(Unresolved::NotYet)?;
        let id = resource.physical_id.as_deref().ok_or(Unresolved::NotYet)?;
        Ok(Value::String(identity::referred(&resource.kind, id).to_owned()))
    }

    fn attribute(&self, logical_id: &str, attribute: &str) -> Result<Value, Unresolved> {
        let resource = self.resources.get(logical_id).ok_or(Unresolved::NotYet)?;
        let id = resource.physical_id.as_deref().ok_or(Unresolved::NotYet)?;
        attribute_of(self.world, self.place, resource, id, attribute).ok_or_else(|| {
            Unresolved::Refused(format!(
                "Requested attribute {attribute} doesn't exist in schema for {}",
                resource.kind
            ))
        })
    }

    fn import(&self, name: &str) -> Option<String> {
        import(self.world, self.place, name)
    }
}

/// An attribute of an existing resource: what the cloud made up, or else the property of that name.
pub fn attribute_of(
    world: &World,
    place: &Place,
    resource: &StackResource,
    id: &str,
    attribute: &str,
) -> Option<Value> {
    let physical = lifecycle::find(world, &resource.kind, place, id);
    if let Some(value) = physical.and_then(|physical| physical.attributes.get(attribute)) {
        return Some(value.clone());
    }
    let properties = physical.map_or(&resource.properties, |physical| &physical.properties);
    at_path(properties, attribute)
}

fn at_path(properties: &Map<String, Value>, path: &str) -> Option<Value> {
    let mut parts = path.split('.');
    let mut value = properties.get(parts.next()?)?;
    for part in parts {
        value = value.get(part)?;
    }
    Some(value.clone())
}

/// The value that a stack of this place exports under this name.
pub fn import(world: &World, place: &Place, name: &str) -> Option<String> {
    exporter(world, place, name).map(|(_, value)| value)
}

/// The stack that exports this name, and the value.
pub fn exporter<'a>(world: &'a World, place: &Place, name: &str) -> Option<(&'a Stack, String)> {
    world.stacks.iter().map(|(_, stack)| stack).filter(|stack| stack.place == *place).find_map(|stack| {
        let (_, value) = stack.exports().find(|(export, _)| *export == name)?;
        Some((stack, value.to_owned()))
    })
}

/// The names of the stacks of this place that import this export.
pub fn importers(world: &World, place: &Place, name: &str) -> Vec<String> {
    world
        .stacks
        .iter()
        .map(|(_, stack)| stack)
        .filter(|stack| stack.place == *place && stack.imports.contains(name))
        .map(|stack| stack.name.clone())
        .collect()
}

/// The stack's own facts.
pub fn pseudo(stack_id: &str, stack_name: &str, place: &Place, definition: &Definition) -> Pseudo {
    Pseudo {
        account: place.account.clone(),
        region: place.region.clone(),
        stack_id: stack_id.to_owned(),
        stack_name: stack_name.to_owned(),
        notification_arns: definition.notification_arns.clone(),
    }
}

/// An evaluator of this definition's values.
///
/// # Errors
/// As [`Evaluator::new`].
pub fn evaluator<'a>(
    definition: &'a Definition,
    pseudo: &'a Pseudo,
    surroundings: &'a dyn Surroundings,
) -> Result<Evaluator<'a>, Unresolved> {
    let parameters = definition.parameters.iter().map(|(name, value)| (name.as_str(), &value.value)).collect();
    Evaluator::new(&definition.template, parameters, pseudo, surroundings)
}
