//! RDS: how database instances are, and the copies that are restored beside them, in the query protocol. Source: RDS API Reference,
//! DescribeDBInstances and DBInstance; RDS user guide, "Viewing Amazon RDS DB instance status".
//!
//! A database that its stack has made is available unless a fault says otherwise: then it has stopped.

mod backup;
mod copy;

use jiff::Timestamp;
use serde_json::Value;

use super::caller::Caller;
use super::error::{ApiError, iso8601};
use super::query::Query;
use crate::sandbox::engine::inventory::{self, Physical, Place};
use crate::sandbox::world::World;
use crate::sandbox::xml::Xml;

/// The namespace of RDS's answers.
pub const NAMESPACE: &str = "http://rds.amazonaws.com/doc/2014-10-31/";

/// The type of a database in a stack.
const KIND: &str = "AWS::RDS::DBInstance";

/// Carries out an action.
///
/// # Errors
/// As RDS answers them.
pub fn call(world: &mut World, caller: &Caller, action: &str, query: &Query, now: Timestamp) -> Result<Xml, ApiError> {
    copy::sweep(world, now);
    match action {
        "DescribeDBInstances" => describe_instances(world, caller, query, now),
        "DescribeDBInstanceAutomatedBackups" => backup::describe(world, caller, query, now),
        "RestoreDBInstanceToPointInTime" => copy::restore(world, caller, query, now),
        "ModifyDBInstance" => copy::modify(world, caller, query, now),
        "DeleteDBInstance" => copy::delete(world, caller, query, now),
        _ => Err(ApiError::new(
            400,
            "InvalidAction",
            format!("Could not find operation {action} for version 2014-10-31"),
        )),
    }
}

fn describe_instances(world: &World, caller: &Caller, query: &Query, now: Timestamp) -> Result<Xml, ApiError> {
    let asked = query.text("DBInstanceIdentifier").map(str::to_lowercase);
    let databases: Vec<&Physical> = all(world)
        .filter(|physical| physical.place.account == caller.account && physical.place.region == caller.region)
        .filter(|physical| asked.as_ref().is_none_or(|asked| physical.id == *asked))
        .collect();
    if let Some(asked) = asked.filter(|_| databases.is_empty()) {
        return Err(not_found(&asked));
    }
    let mut xml = Xml::new();
    xml.inside("DBInstances", |xml| {
        for database in databases {
            xml.inside("DBInstance", |xml| describe(xml, world, database, now));
        }
    });
    Ok(xml)
}

/// Every database of the world.
fn all(world: &World) -> impl Iterator<Item = &Physical> {
    world.resources.iter().map(|(_, physical)| physical).filter(|physical| physical.kind == KIND)
}

/// The database that a request names, and its key.
fn named(world: &World, caller: &Caller, query: &Query) -> Result<(String, Physical), ApiError> {
    let asked = query.required("DBInstanceIdentifier")?.to_lowercase();
    let place = Place { account: caller.account.clone(), region: caller.region.clone() };
    let key = inventory::key(&place, KIND, &asked);
    let found = world.resources.get(&key).cloned();
    found.map(|found| (key, found)).ok_or_else(|| not_found(&asked))
}

fn not_found(asked: &str) -> ApiError {
    ApiError::new(404, "DBInstanceNotFound", format!("DBInstance {asked} not found."))
}

/// Whether the caller's account has a resource of this type and id where it calls.
fn has(world: &World, caller: &Caller, kind: &str, id: &str) -> bool {
    let place = Place { account: caller.account.clone(), region: caller.region.clone() };
    world.resources.get(&inventory::key(&place, kind, id)).is_some()
}

/// What the cloud made up for a database, as text.
fn attribute(database: &Physical, name: &str) -> Option<String> {
    let value = database.attributes.get(name)?;
    Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// One instance, as an answer.
fn one(world: &World, database: &Physical, now: Timestamp) -> Xml {
    let mut xml = Xml::new();
    xml.inside("DBInstance", |xml| describe(xml, world, database, now));
    xml
}

fn describe(xml: &mut Xml, world: &World, database: &Physical, now: Timestamp) {
    let property = |name: &str| database.properties.get(name).and_then(Value::as_str);
    let status = match copy::under_way(database, now) {
        Some(status) => status,
        None if world.unwell(database).is_some() => "stopped".to_owned(),
        None => "available".to_owned(),
    };
    xml.text("DBInstanceIdentifier", &database.id);
    xml.optional("DBInstanceClass", property("DBInstanceClass"));
    xml.optional("Engine", property("Engine"));
    xml.optional("EngineVersion", property("EngineVersion"));
    if status != "creating" {
        xml.inside("Endpoint", |xml| {
            xml.optional("Address", attribute(database, "Endpoint.Address"));
            xml.optional("Port", attribute(database, "Endpoint.Port"));
        });
        xml.text("InstanceCreateTime", iso8601(database.created));
    }
    xml.text("DBInstanceStatus", status);
    xml.optional("DBInstanceArn", attribute(database, "DBInstanceArn"));
    xml.optional("DbiResourceId", attribute(database, "DbiResourceId"));
    if database.properties.get("ManageMasterUserPassword").is_some_and(|on| *on == true || *on == "true") {
        xml.inside("MasterUserSecret", |xml| {
            xml.optional("SecretArn", attribute(database, "MasterUserSecret.SecretArn"));
            xml.text("SecretStatus", "active");
        });
    }
}
