//! What a change does to a resource of Google Cloud, and how we know.
//!
//! Three sources, asked in this order: what the provider decides by more than a flag (its `CustomizeDiff`), the provider's own flag
//! `ForceNew`, and the documented interruptions of each service. What a type holds decides what deleting or replacing it loses.

use serde_json::Value;

use super::comparison::references;
use super::provider;
use crate::plan::change::Action;
use crate::plan::consequence::{Consequence, Impact};
use crate::plan::knowledge::{Edit, Knowledge, Movement, Removal};
use crate::plan::meaning::{Meaning, Referred, Scalar};
use crate::plan::resource::Resource;

/// What is known of the google provider's types.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terraform;

/// Arguments whose change stops the service for a while, with the page that says so.
const INTERRUPTIONS: [(&str, &str, &str); 9] = [
    (
        "google_sql_database_instance",
        "database_version",
        "Cloud SQL documentation, \"Upgrade the database major version in-place\"",
    ),
    ("google_sql_database_instance", "settings.availability_type", "Cloud SQL documentation, \"Edit instances\""),
    (
        "google_sql_database_instance",
        "settings.database_flags",
        "Cloud SQL documentation, \"Configure database flags\": some flags restart",
    ),
    (
        "google_sql_database_instance",
        "settings.edition",
        "Cloud SQL documentation, \"Upgrade an instance to Enterprise Plus\"",
    ),
    ("google_sql_database_instance", "settings.ip_configuration", "Cloud SQL documentation, \"Edit instances\""),
    (
        "google_sql_database_instance",
        "settings.tier",
        "Cloud SQL documentation, \"Edit instances\": a change of the machine restarts",
    ),
    ("google_redis_instance", "memory_size_gb", "Memorystore for Redis documentation, \"Scale an instance\""),
    ("google_redis_instance", "redis_version", "Memorystore for Redis documentation, \"Upgrade the version\""),
    ("google_redis_instance", "replica_count", "Memorystore for Redis documentation, \"Scale an instance\""),
];

impl Knowledge for Terraform {
    fn meaning(&self, resource: &Resource) -> Meaning {
        meaning(provider::find(&resource.kind), &resource.properties)
    }

    fn field(&self, edit: &Edit<'_>) -> Impact {
        let kind = edit.after.kind.as_str();
        let names: Vec<&str> = edit.path.names().collect();
        let name = names.join(".");
        let Some(block) = provider::find(kind) else {
            return Impact::possible(
                Consequence::InPlace,
                format!("{kind} is not among the types that landfall knows, so what an update does is not known"),
                provider::SOURCE,
            );
        };
        if let Some(impact) = decided(kind, &name, edit) {
            return impact;
        }
        let on_the_way = (1..=names.len()).filter_map(|length| provider::argument(block, names.get(..length)?));
        if on_the_way.into_iter().any(provider::Argument::forces_new) {
            return Impact::certain(
                Consequence::Replacement,
                format!("{name} can only be set when the resource is created"),
                format!("ForceNew of {kind} in {}", provider::SOURCE),
            );
        }
        let stops = INTERRUPTIONS.iter().find(|(of, argument, _)| {
            *of == kind && (name == *argument || name.strip_prefix(argument).is_some_and(|rest| rest.starts_with('.')))
        });
        if let Some((_, _, source)) = stops {
            return Impact::certain(Consequence::Interruption, "it is restarted, or fails over", *source);
        }
        Impact::certain(Consequence::InPlace, "changed where it is", format!("not ForceNew in {}", provider::SOURCE))
    }

    fn attribute(&self, _: &str, _: &Resource, _: &Resource) -> Option<Impact> {
        Some(Impact::certain(
            Consequence::InPlace,
            "decides how Terraform carries out later changes, and changes nothing by itself",
            "Terraform language, \"The lifecycle Meta-Argument\"",
        ))
    }

    fn kind(&self, before: &Resource, after: &Resource) -> Impact {
        Impact::certain(
            Consequence::Replacement,
            format!("{} goes and {} comes", before.kind, after.kind),
            "Terraform language, \"Resource Behavior\"",
        )
    }

    fn replacement(&self, before: &Resource, _: &Resource) -> Impact {
        match holding(before) {
            Some((what, loss)) => Impact::certain(
                loss,
                format!("{what} goes with the old one: Terraform deletes it and makes another"),
                "Terraform language, \"Resource Behavior\"",
            ),
            None => Impact::certain(
                Consequence::Replacement,
                "Terraform deletes it and makes another",
                "Terraform language, \"Resource Behavior\"",
            ),
        }
    }

    fn removal(&self, resource: &Resource) -> Removal {
        if text(resource, "deletion_policy") == Some("ABANDON") {
            let impact = Impact::certain(
                Consequence::InPlace,
                "it stays in the cloud by its deletion policy",
                format!("deletion_policy of {} in {}", resource.kind, provider::SOURCE),
            );
            return Removal { kept: true, impact };
        }
        let impact = match holding(resource) {
            Some((what, loss)) => {
                Impact::certain(loss, format!("{what} goes with it"), "the service's page about deletion")
            }
            None => Impact::certain(
                Consequence::InPlace,
                "it holds nothing that is lost",
                "the service's page about deletion",
            ),
        };
        Removal { kept: false, impact }
    }

    fn moves(&self, _: &Resource, action: Action, reference: &Referred) -> Movement {
        match (action, reference.attribute.as_deref()) {
            // A successor has the name that its own arguments say.
            (Action::Replace, Some("name" | "secret_id" | "account_id" | "repository_id")) => Movement::MayMove,
            (Action::Replace, _) => Movement::Moves,
            (Action::Create | Action::Update | Action::Delete | Action::Forget, _) => Movement::Stays,
        }
    }
}

/// What the provider decides by more than a flag.
fn decided(kind: &str, name: &str, edit: &Edit<'_>) -> Option<Impact> {
    let number = |meaning: Option<&Meaning>| meaning.and_then(Meaning::text).and_then(|text| text.parse::<f64>().ok());
    let shrinks = || number(edit.is).zip(number(edit.was)).is_some_and(|(is, was)| is < was);
    let source = format!("CustomizeDiff of {kind} in {}", provider::SOURCE);
    match (kind, name) {
        ("google_sql_database_instance", "settings.disk_size") if shrinks() => {
            Some(Impact::certain(Consequence::Replacement, "a disk can't be made smaller", source))
        }
        ("google_sql_database_instance", "master_instance_name" | "instance_type") if promotes(edit) => {
            Some(Impact::certain(
                Consequence::Interruption,
                "the replica is promoted to a database of its own, for good",
                source,
            ))
        }
        ("google_sql_database_instance", "master_instance_name") => Some(Impact::certain(
            Consequence::Replacement,
            "what an instance follows is decided when it is created",
            source,
        )),
        ("google_compute_subnetwork", "ip_cidr_range") => Some(Impact::possible(
            Consequence::Replacement,
            "a range that doesn't hold the old one means another subnet",
            source,
        )),
        _ => None,
    }
}

/// Whether an instance that follows another one is to follow none.
fn promotes(edit: &Edit<'_>) -> bool {
    text(edit.before, "master_instance_name").is_some()
        && text(edit.after, "master_instance_name").is_none()
        && text(edit.after, "instance_type") == Some("CLOUD_SQL_INSTANCE")
}

/// What a resource holds that is lost with it, and how finally.
fn holding(resource: &Resource) -> Option<(&'static str, Consequence)> {
    use Consequence::{DataLoss, Irreversible};
    match resource.kind.as_str() {
        "google_sql_database_instance" if text(resource, "master_instance_name").is_some() => None,
        "google_sql_database_instance" => Some(("the database, with its backups,", Irreversible)),
        "google_sql_database" => Some(("what is in the database", DataLoss)),
        "google_storage_bucket" => Some(("every object in the bucket", Irreversible)),
        "google_redis_instance" | "google_memorystore_instance" => Some(("what is in the cache", DataLoss)),
        "google_secret_manager_secret" => Some(("the secret, in every version,", Irreversible)),
        "google_secret_manager_secret_version" => Some(("the secret's value", DataLoss)),
        "google_artifact_registry_repository" => Some(("every image in it", Irreversible)),
        "google_pubsub_subscription" => Some(("every message that waits", Irreversible)),
        "google_logging_project_bucket_config" => Some(("every log in it", DataLoss)),
        _ => None,
    }
}

/// What keeps a resource from being deleted, where something does.
pub(super) fn protection(resource: &Resource) -> Option<&'static str> {
    if resource.attributes.get("lifecycle").and_then(|it| it.get("prevent_destroy")) == Some(&Value::Bool(true)) {
        return Some("prevent_destroy");
    }
    (resource.properties.get("deletion_protection") == Some(&Value::Bool(true))).then_some("deletion_protection")
}

fn text<'a>(resource: &'a Resource, name: &str) -> Option<&'a str> {
    resource.properties.get(name).and_then(Value::as_str)
}

/// The meaning of arguments: sets have no order, and one block is the same as a list of one.
fn meaning(block: Option<&provider::Block>, value: &Value) -> Meaning {
    let Some(object) = value.as_object() else { return scalar(value) };
    let fields = object.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| {
        let argument = block.and_then(|block| block.get(name));
        let meaning = match argument {
            Some(argument) => of_argument(argument, value),
            None => plain(value),
        };
        (name.clone(), meaning)
    });
    Meaning::Fields(fields.collect())
}

fn of_argument(argument: &provider::Argument, value: &Value) -> Meaning {
    let inner = |value: &Value| match &argument.block {
        Some(block) => meaning(Some(block), value),
        None => plain(value),
    };
    let whole = match value {
        // One at most: no list for whoever reads it.
        Value::Array(items) if argument.most == Some(1) && items.len() == 1 => {
            items.first().map_or_else(|| plain(value), inner)
        }
        Value::Array(items) if argument.is_set() => {
            Meaning::Set { items: items.iter().map(inner).collect(), key: key(argument) }
        }
        Value::Array(items) => Meaning::List(items.iter().map(inner).collect()),
        one if argument.block.is_some() && argument.most == Some(1) => inner(one),
        one if argument.block.is_some() && argument.is_set() => {
            Meaning::Set { items: vec![inner(one)], key: key(argument) }
        }
        one if argument.block.is_some() => Meaning::List(vec![inner(one)]),
        one => plain(one),
    };
    if argument.sensitive() { Meaning::Secret(Box::new(whole)) } else { whole }
}

/// What names an element of a set.
fn key(argument: &provider::Argument) -> Option<&'static str> {
    let block = argument.block.as_ref()?;
    ["name", "id"].into_iter().find(|name| block.get(*name).is_some_and(provider::Argument::required))
}

fn plain(value: &Value) -> Meaning {
    match value {
        Value::Array(items) => Meaning::List(items.iter().map(plain).collect()),
        Value::Object(object) => {
            Meaning::Fields(object.iter().map(|(name, value)| (name.clone(), plain(value))).collect())
        }
        other => scalar(other),
    }
}

fn scalar(value: &Value) -> Meaning {
    let same = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let refers = references(&same).into_iter().map(|(id, attribute)| Referred { id, attribute }).collect();
    Meaning::Scalar(Scalar { shown: value.clone(), same, refers })
}
