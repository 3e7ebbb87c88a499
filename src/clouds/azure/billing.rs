//! What Azure bills of a template, in the quantities of its price lists.
//!
//! A type that has no row here is named as unpriced in the estimate, so that a new one is never counted as nothing.

mod compute;

use std::collections::BTreeMap;

use serde_json::Value;

use super::document::Template;
use crate::cost::assumption::Assumption;
use crate::cost::bill::{Bill, Measure, UNBUILT};
use crate::cost::quantity::{HOURS, Quantity};
use crate::plan::resource::Resource;

/// Types that cost nothing by themselves.
const FREE: &[&str] = &[
    "Microsoft.App/managedEnvironments",
    "Microsoft.Authorization/locks",
    "Microsoft.Authorization/roleAssignments",
    "Microsoft.Cache/redisEnterprise/databases",
    "Microsoft.Cdn/profiles/afdEndpoints",
    "Microsoft.Cdn/profiles/afdEndpoints/routes",
    "Microsoft.Cdn/profiles/customDomains",
    "Microsoft.Cdn/profiles/originGroups",
    "Microsoft.Cdn/profiles/originGroups/origins",
    "Microsoft.Cdn/profiles/securityPolicies",
    "Microsoft.DBforPostgreSQL/flexibleServers/administrators",
    "Microsoft.DBforPostgreSQL/flexibleServers/configurations",
    "Microsoft.DBforPostgreSQL/flexibleServers/databases",
    "Microsoft.Insights/actionGroups",
    "Microsoft.Insights/diagnosticSettings",
    "Microsoft.Insights/workbooks",
    "Microsoft.ManagedIdentity/userAssignedIdentities",
    "Microsoft.Network/networkSecurityGroups",
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks",
    "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
    "Microsoft.Network/virtualNetworks",
    "Microsoft.ServiceBus/namespaces/queues",
    "Microsoft.ServiceBus/namespaces/topics",
    "Microsoft.ServiceBus/namespaces/topics/subscriptions",
    "Microsoft.Storage/storageAccounts/blobServices",
    "Microsoft.Storage/storageAccounts/blobServices/containers",
    "Microsoft.Storage/storageAccounts/managementPolicies",
];

const SERVERS: &str = "Microsoft.DBforPostgreSQL/flexibleServers";

/// Days of a month, as Azure's calculator counts them: those of 730 hours.
const DAYS: Quantity = Quantity::thousandths(30_416);

/// The parameters of a template, with images where there are none yet.
pub(super) fn given(template: &Template, parameters: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut given = parameters.clone();
    for (name, declared) in &template.parameters {
        let empty = given.get(name).is_none_or(String::is_empty);
        if empty && declared.get("defaultValue").and_then(Value::as_str) == Some("") {
            given.insert(name.clone(), UNBUILT.to_owned());
        }
    }
    given
}

/// What is billed of the resources of a template.
pub(super) fn bill(resources: &[Resource]) -> Bill {
    let mut bill = Bill::default();
    for resource in resources {
        match elsewhere(resource, resources) {
            Some(region) => {
                let mut there = Bill::default();
                database(&mut there, resource, &format!(" in {region}"));
                there.leave_out("what a copy in another region is sent");
                bill.elsewhere(region, there);
            }
            None => one(&mut bill, resource),
        }
    }
    bill
}

/// The region of a server that stands in another one than the first of its database.
fn elsewhere<'a>(resource: &'a Resource, resources: &'a [Resource]) -> Option<&'a str> {
    fn region(resource: &Resource) -> Option<&str> {
        resource.properties.get("location").and_then(Value::as_str)
    }
    let first =
        |one: &&Resource| one.kind == SERVERS && one.component == resource.component && !is_made_of_another(one);
    let home = resources.iter().find(first).filter(|_| resource.kind == SERVERS)?;
    region(resource).filter(|there| Some(*there) != region(home))
}

/// Whether a server was made as a replica.
fn is_made_of_another(server: &Resource) -> bool {
    said(server, "createMode").is_some_and(|mode| mode == "Replica")
}

fn one(bill: &mut Bill, resource: &Resource) {
    let once = Measure::Always(Quantity::ONE);
    let hours = Measure::Always(HOURS);
    let assumed = |assumption| Measure::Assumed(assumption, Quantity::ONE);
    match resource.kind.as_str() {
        SERVERS => database(bill, resource, ""),
        "Microsoft.Cache/redisEnterprise" => match sku(resource) {
            Some(sku) => {
                let node = if said(resource, "highAvailability") == Some("Disabled") { 1 } else { 2 };
                let nodes = Measure::Always(HOURS.times(node));
                bill.add(resource, format!("{node} × {sku}"), format!("redis.{sku}"), nodes);
            }
            None => bill.without_number(resource, "cache"),
        },
        "Microsoft.App/containerApps" => compute::app(bill, resource),
        "Microsoft.App/jobs" => compute::job(bill, resource),
        "Microsoft.Network/natGateways" => {
            bill.add(resource, "NAT gateway", "nat.hour", hours);
            bill.add(resource, "through NAT gateways", "nat.data", assumed(Assumption::Out));
        }
        "Microsoft.Network/publicIPAddresses" => bill.add(resource, "public address", "address.ipv4", hours),
        "Microsoft.Network/privateEndpoints" => {
            bill.add(resource, "private endpoint", "private-endpoint", hours);
            bill.leave_out_at("private-endpoint.data", "data through private endpoints, each way");
        }
        "Microsoft.Network/privateDnsZones" => bill.add(resource, "private zone of names", "private-dns-zone", once),
        "Microsoft.Network/networkWatchers/flowLogs" => {
            bill.leave_out("flow logs, and what Traffic Analytics reads of them");
        }
        "Microsoft.Cdn/profiles" => front_door(bill, resource),
        "Microsoft.Network/FrontDoorWebApplicationFirewallPolicies" => match sku(resource) {
            Some("Premium_AzureFrontDoor") => {}
            _ => bill.without_row(resource, "firewall of a Front Door that isn't Premium"),
        },
        "Microsoft.Storage/storageAccounts" => match (sku(resource), said(resource, "accessTier")) {
            (Some(sku), None | Some("Hot")) => {
                bill.add(resource, format!("objects ({sku})"), format!("blob.hot.{sku}"), assumed(Assumption::Stored));
                bill.leave_out("requests to buckets, copying to another region, and cheaper classes of storage");
            }
            (_, _) => bill.without_row(resource, "storage account"),
        },
        "Microsoft.ContainerRegistry/registries" => match sku(resource) {
            Some(sku) => {
                bill.add(resource, format!("registry ({sku})"), format!("registry.{sku}"), Measure::Always(DAYS));
                bill.leave_out_at("registry.storage", "images beyond what a registry includes");
            }
            None => bill.without_number(resource, "registry"),
        },
        "Microsoft.ServiceBus/namespaces" => match sku(resource) {
            Some(sku) => {
                bill.add(resource, format!("messages ({sku})"), format!("service-bus.{sku}"), once);
                bill.leave_out_at("service-bus.messages", "messages beyond what is included");
            }
            None => bill.without_number(resource, "Service Bus"),
        },
        "Microsoft.KeyVault/vaults" => bill.leave_out_at("key-vault.uses", "use of secrets"),
        "Microsoft.OperationalInsights/workspaces" => {
            bill.add(resource, "logs taken in", "logs.data", assumed(Assumption::Logs));
            bill.leave_out_at("logs.kept", "logs kept beyond what is included");
        }
        "Microsoft.Insights/metricAlerts" => bill.add(resource, "alarm", "alert.metric", once),
        "Microsoft.Insights/scheduledQueryRules" => query(bill, resource),
        "Microsoft.Consumption/budgets" => {
            if said(resource, "category") == Some("Cost")
                && said(resource, "timeGrain").is_none_or(|one| one == "Monthly")
            {
                bill.limit(resource, number(property(resource, "amount")));
            }
        }
        kind if FREE.contains(&kind) => {}
        kind => bill.without_row(resource, kind),
    }
}

/// A server with its disk; with a standby, both are billed twice. `place` says where, if that is elsewhere.
fn database(bill: &mut Bill, resource: &Resource, place: &str) {
    let standby = property(resource, "highAvailability").and_then(|one| one.get("mode")).and_then(Value::as_str);
    let standby = standby.is_some_and(|mode| mode != "Disabled");
    let promoted = property(resource, "replica").and_then(|replica| replica.get("promoteMode")).is_some();
    let replica = is_made_of_another(resource) && !promoted;
    let machines = if standby { 2 } else { 1 };
    let words = match (replica, standby) {
        (true, _) => " as a replica",
        (false, true) => " with a standby",
        (false, false) => "",
    };
    match sku(resource) {
        Some(sku) => {
            let hours = Measure::Always(HOURS.times(machines));
            bill.add(resource, format!("{sku}{words}{place}"), format!("postgresql.{sku}"), hours);
        }
        None => bill.without_number(resource, "database"),
    }
    let storage = property(resource, "storage");
    match storage.and_then(|storage| number(storage.get("storageSizeGB"))) {
        Some(size) => {
            let disk = Measure::Always(size.times(machines));
            bill.add(resource, format!("disk{words}{place}"), "postgresql.storage", disk);
        }
        None => bill.without_number(resource, "disk of a database"),
    }
    bill.leave_out_at(
        "postgres.backup",
        "backups beyond the size of their database, twice where they are in two regions",
    );
}

/// Front Door has a price by the month and prices by use.
fn front_door(bill: &mut Bill, resource: &Resource) {
    let Some(tier) = sku(resource).and_then(|sku| sku.strip_suffix("_AzureFrontDoor")) else {
        bill.without_row(resource, "profile of another network of delivery");
        return;
    };
    bill.add(resource, format!("Front Door ({tier})"), format!("front-door.{tier}"), Measure::Always(Quantity::ONE));
    let requests = Measure::Assumed(Assumption::Requests, Quantity::ONE);
    bill.add(resource, "requests to Front Door", format!("front-door.requests.{tier}"), requests);
    bill.add(resource, "sent to the internet", "front-door.sent", Measure::Assumed(Assumption::Sent, Quantity::ONE));
    bill.leave_out_at("front-door.origin", "data from Front Door to the services");
}

/// An alarm that reads logs is billed by how often it does.
fn query(bill: &mut Bill, resource: &Resource) {
    let every = said(resource, "evaluationFrequency");
    let price = match every {
        Some("PT1M") => "alert.logs.1m",
        Some("PT5M") => "alert.logs.5m",
        Some("PT10M") => "alert.logs.10m",
        // Every quarter of an hour, and less often.
        Some(_) => "alert.logs.15m",
        None => {
            bill.without_number(resource, "alarm that reads logs");
            return;
        }
    };
    bill.add(resource, "alarm that reads logs", price, Measure::Always(Quantity::ONE));
}

fn property<'a>(resource: &'a Resource, name: &str) -> Option<&'a Value> {
    resource.properties.get("properties")?.get(name)
}

fn said<'a>(resource: &'a Resource, name: &str) -> Option<&'a str> {
    property(resource, name)?.as_str()
}

fn sku(resource: &Resource) -> Option<&str> {
    let inside = property(resource, "sku");
    resource.properties.get("sku").or(inside)?.get("name")?.as_str()
}

/// A number, which templates write as one, as a text, or as `[json('0.5')]`.
fn number(value: Option<&Value>) -> Option<Quantity> {
    match value? {
        Value::Number(number) => Quantity::read(&number.to_string()),
        Value::String(text) => {
            let inside = text.strip_prefix("[json('").and_then(|rest| rest.strip_suffix("')]"));
            Quantity::read(inside.unwrap_or(text))
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
