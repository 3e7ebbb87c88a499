//! What components give to others: host names, addresses, identifiers.

use serde_json::{Value, json};

use super::draft::Draft;
use super::expression::expression;
use super::{bucket, cache, database, domain, function, queue, registry, secret, service, site, topic};
use crate::model::reference::{Attribute, AttributeName, Kind};

/// The value of an attribute, as text; none where it isn't there in Azure.
pub(super) fn value(draft: &mut Draft<'_>, wanted: &Attribute) -> Option<Value> {
    let of = &wanted.of;
    let stack = draft.stack;
    if !stack.has(of) || !wanted.name.given_by(of.kind) {
        return None;
    }
    let name = &of.name;
    Some(match (of.kind, wanted.name) {
        (Kind::Database, AttributeName::Host) => database::host(draft, name),
        (Kind::Database, AttributeName::ReaderHost) => database::reader_host(draft, name),
        (Kind::Database, AttributeName::Port) => json!(database::port(draft, name).to_string()),
        (Kind::Database, AttributeName::Database) => json!(stack.databases.get(name)?.name),
        (Kind::Database, AttributeName::Id) => database::id(draft, name).value(),
        (Kind::Cache, AttributeName::Host | AttributeName::ReaderHost) => cache::id(draft, name).gives("hostName"),
        (Kind::Cache, AttributeName::Port) => json!(super::network::MANAGED_CACHE_PORT.to_string()),
        (Kind::Bucket, AttributeName::Name) => json!(bucket::id(draft, name).name),
        (Kind::Bucket, AttributeName::Id) => bucket::id(draft, name).value(),
        (Kind::Queue, AttributeName::Name) => json!(name),
        (Kind::Queue, AttributeName::Id) => queue::id(draft, name).value(),
        // Namespaces answer under their names in Azure's public cloud.
        (Kind::Queue, AttributeName::Url) => {
            let namespace = queue::namespace(draft).name;
            json!(format!("https://{namespace}.servicebus.windows.net/{name}"))
        }
        (Kind::Topic, AttributeName::Name) => json!(name),
        (Kind::Topic, AttributeName::Id) => topic::people(draft, name).value(),
        (Kind::Function, AttributeName::Name) => json!(function::id(draft, name).name),
        // Put together from the name and not referred to, so that two functions may start each other.
        (Kind::Function, AttributeName::Id) => {
            let id = function::id(draft, name);
            expression(format!("concat(resourceGroup().id, '/providers/{}/{}')", id.kind, id.name))
        }
        (Kind::Site, AttributeName::Url) => site::url(draft, name)?,
        (Kind::Service, AttributeName::Url) => domain::url(draft, of)?,
        (Kind::Service, AttributeName::Id) => service::id(draft, name).value(),
        (Kind::Registry, AttributeName::Name) => json!(registry::id(draft, name).name),
        (Kind::Registry, AttributeName::Url) => registry::server(draft, name),
        (Kind::Registry, AttributeName::Id) => registry::id(draft, name).value(),
        (Kind::Secret, AttributeName::Id) => secret::address(draft, name),
        (
            Kind::Alarm
            | Kind::Api
            | Kind::Artifact
            | Kind::Budget
            | Kind::CostAnomaly
            | Kind::Dashboard
            | Kind::Schedule
            | Kind::Bucket
            | Kind::Cache
            | Kind::Database
            | Kind::Function
            | Kind::Queue
            | Kind::Registry
            | Kind::Secret
            | Kind::Service
            | Kind::Setting
            | Kind::Site
            | Kind::Topic,
            _,
        ) => return None,
    })
}
