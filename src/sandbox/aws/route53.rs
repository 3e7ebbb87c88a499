//! Route 53: where names lead, in the REST protocol with XML. Source: Route 53 API Reference, ChangeResourceRecordSets,
//! ListResourceRecordSets, GetChange and their errors; Route 53 developer guide, "Checking the status of your changes".
//!
//! The records are those that stacks made, and what is changed here their drift shows. A zone is there that a stack made, or that a
//! stack's record stands in: ours.

use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::caller::Caller;
use super::error::{ApiError, iso8601};
use crate::sandbox::access::query_pairs;
use crate::sandbox::engine::inventory::{Physical, Place, key};
use crate::sandbox::world::World;
use crate::sandbox::xml::Xml;

/// The namespace of Route 53's answers.
pub const NAMESPACE: &str = "https://route53.amazonaws.com/doc/2013-04-01/";

/// What every path begins with.
const PREFIX: &str = "/2013-04-01/";
/// The type of a record in a stack.
const RECORD: &str = "AWS::Route53::RecordSet";
/// The type of a zone in a stack.
const ZONE: &str = "AWS::Route53::HostedZone";
/// Seconds of the cloud's until every name server knows of a change (developer guide: within 60 seconds usually).
const EVERYWHERE: f64 = 60.0;

/// A change of names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Whose it is.
    pub account: String,
    /// When it was asked for.
    pub submitted: Timestamp,
    /// From when on every name server knows of it.
    pub everywhere: Timestamp,
}

/// What is asked of which zone or change.
enum Asked<'a> {
    Change(&'a str),
    List(&'a str),
    Status(&'a str),
}

fn read(parts: &Parts) -> Option<Asked<'_>> {
    let path: Vec<&str> = parts.uri.path().strip_prefix(PREFIX)?.trim_end_matches('/').split('/').collect();
    match (parts.method.as_str(), path.as_slice()) {
        ("POST", ["hostedzone", zone, "rrset"]) => Some(Asked::Change(zone)),
        ("GET", ["hostedzone", zone, "rrset"]) => Some(Asked::List(zone)),
        ("GET", ["change", id]) => Some(Asked::Status(id)),
        _ => None,
    }
}

/// The action, by which faults name it.
pub fn action(parts: &Parts) -> &'static str {
    match read(parts) {
        Some(Asked::Change(_)) => "ChangeResourceRecordSets",
        Some(Asked::List(_)) => "ListResourceRecordSets",
        Some(Asked::Status(_)) => "GetChange",
        None => "Other",
    }
}

/// Answers a request.
///
/// # Errors
/// As Route 53 answers them.
pub fn answer(
    world: &mut World,
    caller: &Caller,
    parts: &Parts,
    body: &[u8],
    now: Timestamp,
) -> Result<Response<s3s::Body>, ApiError> {
    let xml = match read(parts) {
        Some(Asked::Change(zone)) => change(world, caller, zone, body, now)?,
        Some(Asked::List(zone)) => list(world, caller, zone, parts)?,
        Some(Asked::Status(id)) => status(world, caller, id, now)?,
        None => return Err(ApiError::new(400, "InvalidAction", "The sandbox has no such action of route53.")),
    };
    let mut response = Response::new(s3s::Body::from(xml.into_bytes()));
    *response.status_mut() = StatusCode::OK;
    Ok(response)
}

/// A request to change records.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Request {
    #[serde(rename = "@xmlns", default)]
    _namespace: Option<String>,
    change_batch: Batch,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Batch {
    #[serde(default)]
    _comment: Option<String>,
    changes: Changes,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Changes {
    #[serde(default)]
    change: Vec<OneChange>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct OneChange {
    action: String,
    resource_record_set: RecordSet,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct RecordSet {
    name: String,
    #[serde(rename = "Type")]
    kind: String,
    alias_target: Alias,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Alias {
    hosted_zone_id: String,
    #[serde(rename = "DNSName")]
    dns_name: String,
    evaluate_target_health: bool,
}

fn change(world: &mut World, caller: &Caller, zone: &str, body: &[u8], now: Timestamp) -> Result<Xml, ApiError> {
    let invalid = |why: String| ApiError::new(400, "InvalidInput", why);
    let text = std::str::from_utf8(body).map_err(|error| invalid(error.to_string()))?;
    let request: Request = quick_xml::de::from_str(text).map_err(|error| {
        invalid(format!(
            "The sandbox doesn't read this change: it takes UPSERT of records with an alias target. {error}"
        ))
    })?;
    exists(world, caller, zone)?;
    let changes = request.change_batch.changes.change;
    if changes.is_empty() {
        return Err(invalid("1 validation error detected: Value at 'changeBatch.changes' failed to satisfy constraint: Member must have length greater than or equal to 1".to_owned()));
    }
    let refused: Vec<String> = changes.iter().filter_map(|change| refusal(world, change)).collect();
    if !refused.is_empty() {
        // All of them or none.
        return Err(ApiError::new(400, "InvalidChangeBatch", format!("[{}]", refused.join(", "))));
    }
    for change in changes {
        upsert(world, caller, zone, change.resource_record_set, now);
    }
    let long = SignedDuration::from_millis((EVERYWHERE * 1000.0 * world.pace).round() as i64);
    let everywhere = now.checked_add(long).unwrap_or(now);
    let id = format!("C{}", world.ids.letters(19).to_uppercase());
    let account = caller.account.clone();
    world.name_changes.put(id.clone(), Change { account, submitted: now, everywhere });
    let mut xml = Xml::new();
    xml.root("ChangeResourceRecordSetsResponse", NAMESPACE, |xml| {
        info(xml, &id, now, now >= everywhere);
    });
    Ok(xml)
}

fn info(xml: &mut Xml, id: &str, submitted: Timestamp, done: bool) {
    xml.inside("ChangeInfo", |xml| {
        xml.text("Id", format!("/change/{id}"));
        xml.text("Status", if done { "INSYNC" } else { "PENDING" });
        xml.text("SubmittedAt", iso8601(submitted));
    });
}

/// Why a change can't be made, in the service's words as its users report them.
fn refusal(world: &World, change: &OneChange) -> Option<String> {
    let RecordSet { name, kind, alias_target } = &change.resource_record_set;
    if change.action != "UPSERT" {
        return Some(format!("The sandbox takes UPSERT, not {}", change.action));
    }
    if kind != "A" && kind != "AAAA" {
        return Some(format!(
            "RRSet with DNS name {name}, type {kind} has an alias target that it can't have in the sandbox"
        ));
    }
    let Alias { hosted_zone_id, dns_name, .. } = alias_target;
    let wanted = bare(dns_name);
    let leads = world.resources.iter().any(|(_, physical)| {
        let gives = |text: &str| physical.attributes.values().any(|value| value.as_str() == Some(text));
        let named = physical.attributes.values().filter_map(Value::as_str).any(|text| bare(text) == wanted);
        named && gives(hosted_zone_id)
    });
    (!leads).then(|| {
        format!("Tried to create an alias that targets {wanted}., type {kind} in zone {hosted_zone_id}, but that target was not found")
    })
}

/// A name as it is compared: small letters, no dot at its end.
fn bare(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

fn text<'a>(record: &'a Physical, name: &str) -> &'a str {
    record.properties.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn records<'a>(world: &'a World, caller: &Caller, zone: &'a str) -> impl Iterator<Item = &'a Physical> + use<'a> {
    let account = caller.account.clone();
    world.resources.iter().map(|(_, physical)| physical).filter(move |physical| {
        physical.kind == RECORD && physical.place.account == account && text(physical, "HostedZoneId") == zone
    })
}

fn exists(world: &World, caller: &Caller, zone: &str) -> Result<(), ApiError> {
    let made = world
        .resources
        .iter()
        .any(|(_, physical)| physical.kind == ZONE && physical.place.account == caller.account && physical.id == zone);
    if made || records(world, caller, zone).next().is_some() {
        return Ok(());
    }
    Err(ApiError::new(404, "NoSuchHostedZone", format!("No hosted zone found with ID: {zone}")))
}

fn upsert(world: &mut World, caller: &Caller, zone: &str, set: RecordSet, now: Timestamp) {
    let RecordSet { name, kind, alias_target } = set;
    let Alias { hosted_zone_id, dns_name, evaluate_target_health } = alias_target;
    let alias = json!({
        "DNSName": dns_name.trim_end_matches('.'),
        "HostedZoneId": hosted_zone_id,
        "EvaluateTargetHealth": evaluate_target_health,
    });
    let same = |record: &&Physical| bare(text(record, "Name")) == bare(&name) && text(record, "Type") == kind;
    let found = records(world, caller, zone).find(same).map(Physical::key);
    if let Some(record) = found.as_deref().and_then(|found| world.resources.edit(found)) {
        record.properties.insert("AliasTarget".to_owned(), alias);
        record.updated = now;
        return;
    }
    let place = Place { account: caller.account.clone(), region: "global".to_owned() };
    let properties = Map::from_iter([
        ("HostedZoneId".to_owned(), json!(zone)),
        ("Name".to_owned(), json!(bare(&name))),
        ("Type".to_owned(), json!(kind)),
        ("AliasTarget".to_owned(), alias),
    ]);
    // As records of stacks are found.
    let id = format!("{zone}|{kind}|{}", bare(&name));
    let record = Physical {
        kind: RECORD.to_owned(),
        id: id.clone(),
        place: place.clone(),
        properties,
        attributes: Map::new(),
        owner: None,
        created: now,
        updated: now,
    };
    world.resources.put(key(&place, RECORD, &id), record);
}

fn list(world: &World, caller: &Caller, zone: &str, parts: &Parts) -> Result<Xml, ApiError> {
    exists(world, caller, zone)?;
    let asked = query_pairs(parts.uri.query());
    let from = (bare(asked.get("name").map_or("", String::as_str)), asked.get("type").cloned().unwrap_or_default());
    let most = asked.get("maxitems").and_then(|most| most.parse().ok()).unwrap_or(300_usize).clamp(1, 300);
    let order = |record: &Physical| (bare(text(record, "Name")), text(record, "Type").to_owned());
    let mut found: Vec<&Physical> = records(world, caller, zone).filter(|record| order(record) >= from).collect();
    found.sort_by_key(|record| order(record));
    let next = found.get(most).map(|record| order(record));
    let mut xml = Xml::new();
    xml.root("ListResourceRecordSetsResponse", NAMESPACE, |xml| {
        xml.inside("ResourceRecordSets", |xml| {
            for record in found.into_iter().take(most) {
                xml.inside("ResourceRecordSet", |xml| describe(xml, record));
            }
        });
        xml.text("IsTruncated", next.is_some());
        if let Some((name, kind)) = next {
            xml.text("NextRecordName", format!("{name}."));
            xml.text("NextRecordType", kind);
        }
        xml.text("MaxItems", most);
    });
    Ok(xml)
}

fn describe(xml: &mut Xml, record: &Physical) {
    xml.text("Name", format!("{}.", bare(text(record, "Name"))));
    xml.text("Type", text(record, "Type"));
    if let Some(alias) = record.properties.get("AliasTarget") {
        xml.inside("AliasTarget", |xml| {
            xml.text("HostedZoneId", alias["HostedZoneId"].as_str().unwrap_or_default());
            xml.text("DNSName", format!("{}.", bare(alias["DNSName"].as_str().unwrap_or_default())));
            xml.text("EvaluateTargetHealth", alias["EvaluateTargetHealth"].as_bool().unwrap_or_default());
        });
    }
    if let Some(values) = record.properties.get("ResourceRecords").and_then(Value::as_array) {
        xml.optional("TTL", record.properties.get("TTL").map(|ttl| ttl.to_string().replace('"', "")));
        xml.inside("ResourceRecords", |xml| {
            for value in values.iter().filter_map(Value::as_str) {
                xml.inside("ResourceRecord", |xml| xml.text("Value", value));
            }
        });
    }
}

fn status(world: &World, caller: &Caller, id: &str, now: Timestamp) -> Result<Xml, ApiError> {
    let found = world.name_changes.get(id).filter(|change| change.account == caller.account);
    let Some(change) = found else {
        return Err(ApiError::new(404, "NoSuchChange", format!("Could not find resource with ID: {id}")));
    };
    let mut xml = Xml::new();
    xml.root("GetChangeResponse", NAMESPACE, |xml| info(xml, id, change.submitted, now >= change.everywhere));
    Ok(xml)
}
