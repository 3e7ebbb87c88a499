//! What components give to each other.

use serde_json::{Value, json};

use super::draft::{Draft, attribute};
use super::expression::code;
use super::names::{self, RUN};
use super::{artifact, bucket, cache, database, domain, function, queue, registry, secret, topic};
use crate::model::reference::{Attribute, AttributeName, Kind};

/// The value of an attribute.
///
/// # Errors
/// Why Google Cloud doesn't give it.
pub(super) fn value(draft: &Draft<'_>, wanted: &Attribute) -> Result<Value, String> {
    let of = &wanted.of;
    let stack = draft.stack;
    let none = || format!("landfall knows no `{}` of a {} on Google Cloud", wanted.name.word(), of.kind.word());
    if !stack.has(of) {
        return Err(format!("there is no `{of}`"));
    }
    let local = names::local(of);
    let project = draft.project();
    Ok(match (of.kind, wanted.name) {
        (Kind::Database, AttributeName::Host) => database::host(stack, &of.name),
        (Kind::Database, AttributeName::ReaderHost) => code(database::reader(stack, &of.name)),
        (Kind::Database, AttributeName::Port) => json!(database::PORT.to_string()),
        (Kind::Database, AttributeName::Database) => {
            json!(stack.databases.get(&of.name).ok_or_else(none)?.name)
        }
        (Kind::Database, AttributeName::Id) => attribute(database::KIND, &local, "connection_name"),
        (Kind::Cache, AttributeName::Host) => attribute(cache::KIND, &local, "host"),
        (Kind::Cache, AttributeName::ReaderHost) => {
            let readers = stack.caches.get(&of.name).is_some_and(|cache| cache.nodes > 2);
            attribute(cache::KIND, &local, if readers { "read_endpoint" } else { "host" })
        }
        (Kind::Cache, AttributeName::Port) => json!(cache::PORT.to_string()),
        (Kind::Bucket, AttributeName::Name | AttributeName::Id) => attribute(bucket::KIND, &local, "name"),
        (Kind::Queue, AttributeName::Name) => json!(queue::physical(draft, &of.name)),
        (Kind::Queue, AttributeName::Url | AttributeName::Id) => {
            topic::identifier(draft, &queue::physical(draft, &of.name))
        }
        (Kind::Topic, AttributeName::Name) => json!(topic::physical(draft, &of.name)),
        (Kind::Topic, AttributeName::Id) => topic::identifier(draft, &topic::physical(draft, &of.name)),
        (Kind::Secret, AttributeName::Id) => attribute(secret::KIND, &local, "id"),
        (Kind::Registry, AttributeName::Name) => json!(registry::physical(draft, &of.name)),
        (Kind::Registry, AttributeName::Url) => json!(artifact::path(draft, &registry::physical(draft, &of.name))),
        (Kind::Registry, AttributeName::Id) => attribute(registry::KIND, &local, "id"),
        (Kind::Function, AttributeName::Name) => json!(names::physical(draft.target, &of.name, RUN)),
        (Kind::Function, AttributeName::Id) => {
            let word = if function::answers(stack, &of.name) { "services" } else { "jobs" };
            let name = names::physical(draft.target, &of.name, RUN);
            json!(format!("projects/{project}/locations/{}/{word}/{name}", draft.region()))
        }
        (Kind::Site, AttributeName::Url) => match domain::host(stack, of) {
            Some(host) => json!(format!("https://{host}")),
            None => return Err(format!("`{of}` has no name without a domain")),
        },
        (Kind::Service, AttributeName::Url) => match domain::host(stack, of) {
            Some(host) => json!(format!("https://{host}")),
            None if stack.services.get(&of.name).is_some_and(|service| service.load_balancer.is_some()) => {
                code(format!("try(google_cloud_run_v2_service.{local}[0].uri, \"\")"))
            }
            None => return Err(format!("`{of}` takes no requests")),
        },
        (Kind::Service, AttributeName::Id) => {
            let balanced = stack.services.get(&of.name).is_some_and(|service| service.load_balancer.is_some());
            let word = if balanced { "services" } else { "workerPools" };
            let name = names::physical(draft.target, &of.name, RUN);
            json!(format!("projects/{project}/locations/{}/{word}/{name}", draft.region()))
        }
        _ => return Err(none()),
    })
}
