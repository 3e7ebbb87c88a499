//! RDS: how database instances are, in the query protocol. Source: RDS API Reference, DescribeDBInstances and DBInstance; RDS user
//! guide, "Viewing Amazon RDS DB instance status".
//!
//! A database that its stack has made is available unless a fault says otherwise: then it has stopped.

use serde_json::Value;

use super::caller::Caller;
use super::error::ApiError;
use super::query::Query;
use crate::sandbox::engine::inventory::Physical;
use crate::sandbox::world::World;
use crate::sandbox::xml::Xml;

/// The namespace of RDS's answers.
pub const NAMESPACE: &str = "http://rds.amazonaws.com/doc/2014-10-31/";

/// Carries out an action.
///
/// # Errors
/// As RDS answers them.
pub fn call(world: &World, caller: &Caller, action: &str, query: &Query) -> Result<Xml, ApiError> {
    match action {
        "DescribeDBInstances" => describe_instances(world, caller, query),
        _ => Err(ApiError::new(
            400,
            "InvalidAction",
            format!("Could not find operation {action} for version 2014-10-31"),
        )),
    }
}

fn describe_instances(world: &World, caller: &Caller, query: &Query) -> Result<Xml, ApiError> {
    let asked = query.text("DBInstanceIdentifier").map(str::to_lowercase);
    let databases: Vec<&Physical> = world
        .resources
        .iter()
        .map(|(_, physical)| physical)
        .filter(|physical| physical.kind == "AWS::RDS::DBInstance")
        .filter(|physical| physical.place.account == caller.account && physical.place.region == caller.region)
        .filter(|physical| asked.as_ref().is_none_or(|asked| physical.id == *asked))
        .collect();
    if let Some(asked) = asked.filter(|_| databases.is_empty()) {
        return Err(ApiError::new(404, "DBInstanceNotFound", format!("DBInstance {asked} not found.")));
    }
    let mut xml = Xml::new();
    xml.inside("DBInstances", |xml| {
        for database in databases {
            xml.inside("DBInstance", |xml| describe(xml, world, database));
        }
    });
    Ok(xml)
}

fn describe(xml: &mut Xml, world: &World, database: &Physical) {
    let property = |name: &str| database.properties.get(name).and_then(Value::as_str);
    let attribute = |name: &str| {
        let value = database.attributes.get(name)?;
        Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };
    xml.text("DBInstanceIdentifier", &database.id);
    xml.optional("DBInstanceClass", property("DBInstanceClass"));
    xml.optional("Engine", property("Engine"));
    xml.optional("EngineVersion", property("EngineVersion"));
    xml.text("DBInstanceStatus", if world.unwell(database).is_some() { "stopped" } else { "available" });
    xml.inside("Endpoint", |xml| {
        xml.optional("Address", attribute("Endpoint.Address"));
        xml.optional("Port", attribute("Endpoint.Port"));
    });
    xml.text("InstanceCreateTime", super::error::iso8601(database.created));
    xml.optional("DBInstanceArn", attribute("DBInstanceArn"));
    xml.optional("DbiResourceId", attribute("DbiResourceId"));
}
