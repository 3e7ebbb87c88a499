//! Drift: where the cloud differs from what a stack last gave its resources.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::difference;
use super::stack::{Stack, StackResource};
use crate::clouds::aws::registry;
use crate::sandbox::aws::types::lifecycle;
use crate::sandbox::world::World;

/// What is known of a stack's drift.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackDrift {
    /// `DRIFTED` or `IN_SYNC`; none before the first detection.
    pub status: Option<String>,
    /// When it was last looked at.
    pub checked: Option<Timestamp>,
}

/// What is known of a resource's drift.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResourceDrift {
    /// What was found.
    pub status: DriftStatus,
    /// When.
    pub checked: Timestamp,
    /// What the stack last gave it.
    pub expected: Map<String, Value>,
    /// What it has, of the properties that the stack gives.
    pub actual: Map<String, Value>,
    /// Where the two differ.
    pub differences: Vec<PropertyDifference>,
}

/// The drift of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DriftStatus {
    /// As the stack left it.
    InSync,
    /// Changed.
    Modified,
    /// Gone.
    Deleted,
    /// Its type can't be looked at.
    NotChecked,
}

impl DriftStatus {
    /// Its name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InSync => "IN_SYNC",
            Self::Modified => "MODIFIED",
            Self::Deleted => "DELETED",
            Self::NotChecked => "NOT_CHECKED",
        }
    }
}

/// One property that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PropertyDifference {
    /// The way to it, such as `/Tags/0/Value`.
    pub path: String,
    /// What the stack last gave.
    pub expected: String,
    /// What is there.
    pub actual: String,
    /// `ADD`, `REMOVE` or `NOT_EQUAL`.
    pub kind: String,
}

/// A drift detection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    /// The stack.
    pub stack_id: String,
    /// When it was asked for.
    pub started: Timestamp,
    /// When it's done.
    pub ends: Timestamp,
    /// What it finds.
    pub status: String,
    /// How many resources have drifted.
    pub drifted: usize,
}

/// Compares a resource with the cloud. Only properties that the template gives are looked at, and none that can't be read back.
/// Source: CloudFormation User Guide, "Detect unmanaged configuration changes with drift detection", considerations.
pub fn of_resource(world: &World, stack: &Stack, resource: &StackResource, now: Timestamp) -> ResourceDrift {
    let not_checked = ResourceDrift {
        status: DriftStatus::NotChecked,
        checked: now,
        expected: Map::new(),
        actual: Map::new(),
        differences: Vec::new(),
    };
    let Some(schema) = registry::find(&resource.kind) else { return not_checked };
    let Some(id) = resource.physical_id.as_deref() else { return not_checked };
    if !schema.handlers().contains_key("read") {
        return not_checked;
    }
    let readable = |properties: &Map<String, Value>| -> Map<String, Value> {
        properties
            .iter()
            .filter(|(name, _)| !schema.write_only().covers(&[name.as_str()]))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    };
    let expected = readable(&resource.properties);
    let Some(physical) = lifecycle::find(world, &resource.kind, &stack.place, id) else {
        return ResourceDrift { status: DriftStatus::Deleted, expected, ..not_checked };
    };
    let actual: Map<String, Value> =
        readable(&physical.properties).into_iter().filter(|(name, _)| expected.contains_key(name)).collect();
    let differences: Vec<PropertyDifference> = difference::between(&expected, &actual)
        .into_iter()
        .filter(|difference| {
            let path: Vec<&str> = difference.path.iter().map(String::as_str).collect();
            !schema.write_only().covers(&path)
        })
        .map(|difference| PropertyDifference {
            path: format!("/{}", difference.path.join("/")),
            kind: match (&difference.before, &difference.after) {
                (None, Some(_)) => "ADD",
                (Some(_), None) => "REMOVE",
                _ => "NOT_EQUAL",
            }
            .to_owned(),
            expected: shown(difference.before.as_ref()),
            actual: shown(difference.after.as_ref()),
        })
        .collect();
    let status = if differences.is_empty() { DriftStatus::InSync } else { DriftStatus::Modified };
    ResourceDrift { status, checked: now, expected, actual, differences }
}

/// The stack with its resources as the cloud has them: what a drift-aware change set counts from, and what is restored where its
/// execution fails. A resource that is gone is none of the stack's: it is created anew.
/// Source: CloudFormation User Guide, "Using drift-aware change sets"; that a lost resource is created like a new one is ours.
pub fn as_it_is(world: &World, stack: &Stack, now: Timestamp) -> Stack {
    let mut actual = stack.clone();
    for (logical_id, resource) in &stack.resources {
        let drift = of_resource(world, stack, resource, now);
        match drift.status {
            DriftStatus::InSync | DriftStatus::NotChecked => {}
            DriftStatus::Deleted => {
                actual.resources.remove(logical_id);
            }
            DriftStatus::Modified => {
                let Some(found) = actual.resources.get_mut(logical_id) else { continue };
                for name in drift.expected.keys() {
                    match drift.actual.get(name) {
                        Some(value) => found.properties.insert(name.clone(), value.clone()),
                        None => found.properties.remove(name),
                    };
                }
            }
        }
    }
    actual
}

fn shown(value: Option<&Value>) -> String {
    match value {
        None => "null".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
