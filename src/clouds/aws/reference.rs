//! What components give to others: host names, addresses, identifiers.

use serde_json::Value;

use super::expression::{attribute, reference, sub};
use super::{api, database, domain, names, setting, site};
use crate::model::name::Name;
use crate::model::placement::Target;
use crate::model::reference::{Attribute, AttributeName, Kind, Reference};
use crate::model::stack::Stack;

/// The value of an attribute, as text.
pub(super) fn value(target: &Target, stack: &Stack, wanted: &Attribute) -> Option<Value> {
    let of = &wanted.of;
    let id = names::logical(of);
    if !stack.has(of) || !wanted.name.given_by(of.kind) {
        return None;
    }
    Some(match (of.kind, wanted.name) {
        (Kind::Database, AttributeName::Host) => database::host(stack, &of.name),
        (Kind::Database, AttributeName::ReaderHost) => database::reader_host(stack, &of.name),
        (Kind::Database, AttributeName::Port) => attribute(id, "Endpoint.Port"),
        (Kind::Database, AttributeName::Database) => Value::String(stack.databases.get(&of.name)?.name.clone()),
        (Kind::Cache, AttributeName::Host) => attribute(id, "PrimaryEndPoint.Address"),
        (Kind::Cache, AttributeName::ReaderHost) => attribute(id, "ReaderEndPoint.Address"),
        (Kind::Cache, AttributeName::Port) => attribute(id, "PrimaryEndPoint.Port"),
        (Kind::Queue, AttributeName::Name) => attribute(id, "QueueName"),
        (Kind::Topic, AttributeName::Name) => attribute(id, "TopicName"),
        (Kind::Function, AttributeName::Name) => Value::String(names::physical(target, &of.name, names::FUNCTION)),
        (Kind::Api, AttributeName::Url) => api::url(stack, &of.name),
        (Kind::Setting, AttributeName::Name) => Value::String(setting::path(target, stack, &of.name)),
        (Kind::Setting, AttributeName::Id) => setting::arn(target, stack, &of.name),
        (Kind::Site, AttributeName::Url) => site::url(stack, &of.name)?,
        (Kind::Service, AttributeName::Url) => Value::String(domain::url(stack, of)?),
        (Kind::Registry, AttributeName::Url) => attribute(id, "RepositoryUri"),
        (Kind::Queue, AttributeName::Url)
        | (Kind::Bucket | Kind::Registry, AttributeName::Name)
        | (Kind::Database | Kind::Secret | Kind::Service | Kind::Topic, AttributeName::Id) => reference(id),
        (Kind::Function, AttributeName::Id) => function_arn(target, &of.name),
        (Kind::Bucket | Kind::Queue | Kind::Registry, AttributeName::Id) => attribute(id, "Arn"),
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

/// The Amazon Resource Name of what callers of a function call: its alias `live`. It is put together from the function's
/// name rather than referred to, so that two functions may call each other.
pub(super) fn function_arn(target: &Target, name: &Name) -> Value {
    sub(format!(
        "arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:{}:live",
        names::physical(target, name, names::FUNCTION)
    ))
}

/// The Amazon Resource Name of the secret that a variable names: a secret's own, or the login that the cloud keeps for a
/// database or cache.
pub(super) fn secret_arn(stack: &Stack, of: &Reference) -> Option<Value> {
    let id = names::logical(of);
    match of.kind {
        Kind::Secret => Some(reference(id)),
        Kind::Database => Some(database::login(stack, &of.name)),
        Kind::Cache => Some(reference(format!("{id}Token"))),
        Kind::Alarm
        | Kind::Api
        | Kind::Artifact
        | Kind::Bucket
        | Kind::Budget
        | Kind::CostAnomaly
        | Kind::Dashboard
        | Kind::Function
        | Kind::Queue
        | Kind::Registry
        | Kind::Schedule
        | Kind::Service
        | Kind::Setting
        | Kind::Site
        | Kind::Topic => None,
    }
}
