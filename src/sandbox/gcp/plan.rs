//! What applying a configuration would do, as `terraform plan` works it out: from what was applied before, what is there now, and what
//! the configuration says.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::configuration::{Block, Configuration, Failure, Known};
use super::difference::{PropertyChange, between};
use super::expression::{is_unknown, unknown};
use super::replica;
use super::shrinking;
use crate::clouds::gcp::provider;
use crate::sandbox::world::World;

/// What is to be done to a resource (Infrastructure Manager REST reference, `Intent`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Intent {
    /// It is made.
    Create,
    /// It is changed where it is.
    Update,
    /// It goes.
    Delete,
    /// It goes, and another comes.
    Recreate,
    /// It stays as it is.
    Unchanged,
}

impl Intent {
    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Intent::Create => "CREATE",
            Intent::Update => "UPDATE",
            Intent::Delete => "DELETE",
            Intent::Recreate => "RECREATE",
            Intent::Unchanged => "UNCHANGED",
        }
    }

    /// What Terraform calls it.
    fn actions(self) -> &'static [&'static str] {
        match self {
            Intent::Create => &["create"],
            Intent::Update => &["update"],
            Intent::Delete => &["delete"],
            Intent::Recreate => &["delete", "create"],
            Intent::Unchanged => &["no-op"],
        }
    }
}

/// A resource that a deployment manages: its part of Terraform's state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Managed {
    /// Its type.
    pub kind: String,
    /// Its key in the inventory.
    pub key: String,
    /// Its arguments as they were applied.
    pub applied: Map<String, Value>,
    /// The addresses of what it was made after.
    pub after: BTreeSet<String>,
    /// Whether the configuration that it was applied with keeps it from being deleted.
    pub prevent_destroy: bool,
}

/// Terraform's state, by address.
pub type State = BTreeMap<String, Managed>;

/// What is to be done to one resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// Its address: `type.name`, and `[0]` where there is a count.
    pub address: String,
    /// `type.name`.
    pub resource: String,
    /// Its type.
    pub kind: String,
    /// What is to be done.
    pub intent: Intent,
    /// What differs.
    pub changes: Vec<PropertyChange>,
    /// The addresses of what comes first.
    pub after: BTreeSet<String>,
    /// What the cloud calls it; empty where it isn't there.
    pub id: String,
}

impl Planned {
    /// As it is answered, but for its name.
    pub fn to_json(&self) -> Value {
        json!({
            "terraformInfo": {
                "address": self.address,
                "type": self.kind,
                "resourceName": self.resource.split_once('.').map_or("", |(_, name)| name),
                "provider": provider_of(&self.kind),
                "actions": self.intent.actions(),
            },
            "intent": self.intent.word(),
            "propertyChanges": self.changes.iter().map(PropertyChange::to_json).collect::<Vec<_>>(),
        })
    }
}

/// A resource that isn't as it was applied.
#[derive(Clone, Debug, PartialEq)]
pub struct Drifted {
    /// Its address.
    pub address: String,
    /// Its type.
    pub kind: String,
    /// What differs; everything that was applied where it is gone.
    pub changes: Vec<PropertyChange>,
}

impl Drifted {
    /// As it is answered, but for its name.
    pub fn to_json(&self) -> Value {
        let resource = bare(&self.address);
        json!({
            "terraformInfo": {
                "address": self.address,
                "type": self.kind,
                "resourceName": resource.split_once('.').map_or("", |(_, name)| name),
                "provider": provider_of(&self.kind),
            },
            "propertyDrifts": self.changes.iter().map(PropertyChange::to_json).collect::<Vec<_>>(),
        })
    }
}

fn provider_of(kind: &str) -> &'static str {
    if kind.starts_with("random_") {
        "registry.terraform.io/hashicorp/random"
    } else {
        "registry.terraform.io/hashicorp/google"
    }
}

/// An address without the place in a count.
pub fn bare(address: &str) -> &str {
    address.split('[').next().unwrap_or(address)
}

/// The addresses of a resource: one, or as many as its count says.
///
/// # Errors
/// Where the count isn't known yet, or is none.
pub fn addresses(
    configuration: &Configuration,
    resource: &str,
    block: &Block,
    known: &Known,
) -> Result<Vec<String>, Failure> {
    let Some(count) = &block.count else { return Ok(vec![resource.to_owned()]) };
    let failed = |why: &str| Failure::new(resource, format!("Invalid count argument: {why}"));
    let value = configuration.value(count, known).map_err(|error| failed(&error.to_string()))?;
    if is_unknown(&value) {
        return Err(failed("the \"count\" value depends on resource attributes that cannot be determined until apply"));
    }
    let count = value.as_u64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
    let count = count.ok_or_else(|| failed("it is no whole number"))?;
    Ok((0..count).map(|at| format!("{resource}[{at}]")).collect())
}

/// What is there of a deployment's resources, as expressions see it.
pub fn known(world: &World, state: &State) -> Known {
    let mut found = Known::new();
    for (address, managed) in state {
        let Some(physical) = world.resources.get(&managed.key) else { continue };
        let mut values = physical.attributes.clone();
        values.extend(physical.properties.clone());
        keep(&mut found, address, Value::Object(values));
    }
    found
}

/// Puts what is known of a resource where expressions find it.
pub fn keep(known: &mut Known, address: &str, values: Value) {
    let resource = bare(address).to_owned();
    let at = address.split_once('[').and_then(|(_, at)| at.trim_end_matches(']').parse::<usize>().ok());
    match at {
        None => drop(known.insert(resource, values)),
        Some(at) => {
            let list = known.entry(resource).or_insert_with(|| json!([]));
            if let Some(list) = list.as_array_mut() {
                while list.len() <= at {
                    list.push(Value::Null);
                }
                if let Some(place) = list.get_mut(at) {
                    *place = values;
                }
            }
        }
    }
}

/// What isn't as it was applied.
pub fn drifted(world: &World, state: &State) -> Vec<Drifted> {
    let mut found = Vec::new();
    for (address, managed) in state {
        let changes = match world.resources.get(&managed.key) {
            Some(physical) => between(&managed.kind, &managed.applied, &physical.properties),
            None => between(&managed.kind, &managed.applied, &Map::new()),
        };
        if !changes.is_empty() {
            found.push(Drifted { address: address.clone(), kind: managed.kind.clone(), changes });
        }
    }
    found
}

/// What applying a configuration would do.
///
/// # Errors
/// What Terraform refuses while it plans.
pub fn plan(world: &World, state: &State, configuration: &Configuration) -> Result<Vec<Planned>, Vec<Failure>> {
    let mut wrong = Vec::new();
    let mut steps = Vec::new();
    let mut values = Known::new();
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    for resource in configuration.in_order() {
        let Some(block) = configuration.resources.get(&resource) else { continue };
        let all = match addresses(configuration, &resource, block, &values) {
            Ok(all) => all,
            Err(failure) => {
                wrong.push(failure);
                continue;
            }
        };
        if block.count.is_some() {
            values.insert(resource.clone(), json!([]));
        }
        for address in all {
            let given = match configuration.value(&Value::Object(block.arguments.clone()), &values) {
                Ok(given) => given.as_object().cloned().unwrap_or_default(),
                Err(error) => {
                    wrong.push(Failure::new(&address, error.to_string()));
                    continue;
                }
            };
            if let Some(known) = provider::find(&block.kind) {
                wrong.extend(
                    provider::check(known, &known_part(&given))
                        .into_iter()
                        .map(|problem| Failure::new(&address, problem)),
                );
            }
            let managed = state.get(&address);
            let there = managed.and_then(|managed| world.resources.get(&managed.key));
            let mut changes = there.map(|there| between(&block.kind, &there.properties, &given)).unwrap_or_default();
            let decided = there.map(|there| replica::decide(&block.kind, &there.properties, &given, &mut changes));
            shrinking::decide(&block.kind, &mut changes);
            if let Some(Err(why)) = decided {
                wrong.push(Failure::new(&address, why));
            }
            let intent = match there {
                None => Intent::Create,
                Some(_) if changes.is_empty() => Intent::Unchanged,
                Some(_) if changes.iter().any(|change| change.forces_new) => Intent::Recreate,
                Some(_) => Intent::Update,
            };
            if intent == Intent::Recreate && block.prevent_destroy {
                wrong.push(prevented(&address));
            }
            let stays = there.filter(|_| intent != Intent::Recreate);
            keep(&mut values, &address, Value::Object(foreseen(&block.kind, given, stays.map(|it| &it.attributes))));
            wanted.insert(address.clone());
            let after = block.after.iter().flat_map(|first| instances(&values, first)).collect();
            let id = there.map(|there| there.id.clone()).unwrap_or_default();
            let (resource, kind) = (resource.clone(), block.kind.clone());
            steps.push(Planned { address, resource, kind, intent, changes, after, id });
        }
    }
    for (address, managed) in state.iter().filter(|(address, _)| !wanted.contains(*address)) {
        let resource = bare(address).to_owned();
        // Terraform looks at the configuration: one that is written there and asked for no more is still protected.
        if configuration.resources.get(&resource).is_some_and(|block| block.prevent_destroy) {
            wrong.push(prevented(address));
        }
        let there = world.resources.get(&managed.key);
        if there.is_some() {
            steps.push(going(world, address, managed));
        }
    }
    steps.sort_by(|one, other| one.address.cmp(&other.address));
    if wrong.is_empty() { Ok(steps) } else { Err(wrong) }
}

/// What deleting everything would do.
///
/// # Errors
/// What keeps a resource from being deleted.
pub fn plan_of_deletion(world: &World, state: &State) -> Result<Vec<Planned>, Vec<Failure>> {
    let wrong: Vec<Failure> =
        state.iter().filter(|(_, managed)| managed.prevent_destroy).map(|(address, _)| prevented(address)).collect();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    Ok(state.iter().map(|(address, managed)| going(world, address, managed)).collect())
}

fn going(world: &World, address: &str, managed: &Managed) -> Planned {
    Planned {
        address: address.to_owned(),
        resource: bare(address).to_owned(),
        kind: managed.kind.clone(),
        intent: Intent::Delete,
        changes: Vec::new(),
        after: managed.after.clone(),
        id: world.resources.get(&managed.key).map(|there| there.id.clone()).unwrap_or_default(),
    }
}

fn prevented(address: &str) -> Failure {
    Failure::new(
        address,
        format!(
            "Instance cannot be destroyed: resource {address} has lifecycle.prevent_destroy set, but the plan calls for this resource to be destroyed"
        ),
    )
}

/// The addresses of a resource, as far as it was planned.
fn instances(values: &Known, resource: &str) -> Vec<String> {
    match values.get(resource) {
        Some(Value::Array(items)) => (0..items.len()).map(|at| format!("{resource}[{at}]")).collect(),
        Some(_) => vec![resource.to_owned()],
        None => Vec::new(),
    }
}

/// A resource's values as a plan foresees them: what is given, what it has, and what is known only later.
fn foreseen(kind: &str, given: Map<String, Value>, has: Option<&Map<String, Value>>) -> Map<String, Value> {
    let mut values = match has {
        Some(has) => has.clone(),
        None => {
            let late = provider::find(kind).into_iter().flatten().filter(|(_, argument)| argument.is_computed());
            let mut late: Map<String, Value> = late.map(|(name, _)| (name.clone(), unknown())).collect();
            late.insert("id".to_owned(), unknown());
            late
        }
    };
    values.extend(given);
    values
}

/// What of a resource's arguments can be checked already: what is known later is written as an expression again.
fn known_part(given: &Map<String, Value>) -> Map<String, Value> {
    fn part(value: &Value) -> Value {
        match value {
            value if is_unknown(value) => json!("${later}"),
            Value::Array(items) => items.iter().map(part).collect(),
            Value::Object(object) => Value::Object(known_part(object)),
            other => other.clone(),
        }
    }
    given.iter().map(|(name, value)| (name.clone(), part(value))).collect()
}
