//! Alerts that rules of Azure Monitor have fired. Source: REST API reference, Alerts Management 2019-03-01, Alerts, Get All.
//!
//! The sandbox keeps no metrics, so a rule has an alert only while a fault makes it ring, and none that is resolved.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::caller::guid;
use super::error::ArmError;
use super::identifier::{Identifier, folded};
use crate::sandbox::engine::inventory::Physical;
use crate::sandbox::world::World;

/// The versions of the interface.
const VERSIONS: [&str; 2] = ["2018-05-05", "2019-03-01"];

/// The types of rules, with the service and the signal that their alerts name.
const RULES: [(&str, &str, &str); 2] = [
    ("Microsoft.Insights/metricAlerts", "Platform", "Metric"),
    ("Microsoft.Insights/scheduledQueryRules", "Log Analytics", "Log"),
];

/// What may be asked, and the values it takes; none where it takes any.
const QUESTIONS: [(&str, &[&str]); 7] = [
    ("monitorCondition", &["Fired", "Resolved"]),
    ("severity", &["Sev0", "Sev1", "Sev2", "Sev3", "Sev4"]),
    ("timeRange", &["1h", "1d", "7d", "30d"]),
    ("alertRule", &[]),
    ("targetResourceGroup", &[]),
    ("pageCount", &[]),
    ("ctoken", &[]),
];

/// The alerts of a subscription that fit a query now, a page of them; `host` is the sandbox's own address.
///
/// # Errors
/// A version that there is not, a question that the sandbox doesn't know, and a value that none of them takes.
pub fn list(
    world: &World,
    subscription: &str,
    query: &BTreeMap<String, String>,
    host: &str,
    now: Timestamp,
) -> Result<Value, ArmError> {
    check(query)?;
    let given = |name: &str| query.get(name).map(String::as_str);
    let size = match given("pageCount").map_or(Ok(25), str::parse::<usize>) {
        Ok(size) if (1..=250).contains(&size) => size,
        Ok(_) | Err(_) => return Err(wrong("pageCount", given("pageCount").unwrap_or_default())),
    };
    let inside = format!("/subscriptions/{}/", folded(subscription));
    let rules = world.resources.iter().map(|(_, one)| one).filter(|one| folded(&one.id).starts_with(&inside));
    let earliest = now - range(given("timeRange"));
    let all: Vec<Value> =
        rules.filter_map(|rule| alert(world, rule, earliest)).filter(|alert| fits(alert, query)).collect();
    let before: usize =
        given("ctoken").unwrap_or("0").parse().map_err(|_| wrong("ctoken", given("ctoken").unwrap_or_default()))?;
    let whole = all.len();
    let page: Vec<Value> = all.into_iter().skip(before).take(size).collect();
    let next = before + page.len();
    let mut answer = json!({ "value": page });
    if next < whole {
        let kept = query.iter().filter(|(name, _)| *name != "ctoken");
        let query: String = kept.map(|(name, value)| format!("{name}={value}&")).collect();
        let path = format!("subscriptions/{subscription}/providers/Microsoft.AlertsManagement/alerts");
        answer["nextLink"] = json!(format!("{host}/{path}?{query}ctoken={next}"));
    }
    Ok(answer)
}

fn check(query: &BTreeMap<String, String>) -> Result<(), ArmError> {
    let version = query.get("api-version").map(String::as_str).unwrap_or_default();
    if !VERSIONS.contains(&version) {
        let message = format!(
            "No registered resource provider found for API version '{version}' of type 'alerts'. The supported api-versions are '{}'.",
            VERSIONS.join(", ")
        );
        return Err(ArmError::bad_request("NoRegisteredProviderFound", message));
    }
    for (name, value) in query.iter().filter(|(name, _)| *name != "api-version") {
        let Some((_, values)) = QUESTIONS.iter().find(|(known, _)| known == name) else {
            return Err(ArmError::bad_request("BadRequest", format!("The sandbox doesn't know the filter '{name}'.")));
        };
        if !values.is_empty() && !values.contains(&value.as_str()) {
            return Err(wrong(name, value));
        }
    }
    Ok(())
}

fn wrong(name: &str, value: &str) -> ArmError {
    ArmError::bad_request("BadRequest", format!("The value '{value}' of '{name}' is not valid."))
}

/// How far back alerts are listed: a day where nothing is said.
fn range(given: Option<&str>) -> SignedDuration {
    SignedDuration::from_hours(match given {
        Some("1h") => 1,
        Some("7d") => 7 * 24,
        Some("30d") => 30 * 24,
        Some(_) | None => 24,
    })
}

/// The alert that a rule has, if it rings and has since then.
fn alert(world: &World, rule: &Physical, earliest: Timestamp) -> Option<Value> {
    let (_, service, signal) = RULES.iter().find(|(kind, ..)| *kind == rule.kind)?;
    let unwell = world.unwell(rule).filter(|unwell| unwell.since >= earliest)?;
    let id = Identifier::read(&rule.id)?;
    let properties = rule.properties.get("properties")?;
    let target = properties.pointer("/scopes/0").and_then(Value::as_str).unwrap_or_default();
    let over = Identifier::read(target);
    let alert = guid(&format!("{} since {}", folded(&rule.id), unwell.since));
    let since = unwell.since.to_string();
    Some(json!({
        "id": format!("{target}/providers/Microsoft.AlertsManagement/alerts/{alert}"),
        "name": id.own_name(),
        "type": "Microsoft.AlertsManagement/alerts",
        "properties": { "essentials": {
            "severity": format!("Sev{}", properties.get("severity").and_then(Value::as_u64).unwrap_or(3)),
            "signalType": signal,
            "alertState": "New",
            "monitorCondition": "Fired",
            "monitorService": service,
            "alertRule": rule.id,
            "description": unwell.message,
            "targetResource": target,
            "targetResourceGroup": over.as_ref().and_then(|over| over.group.clone()),
            "targetResourceName": over.as_ref().map(|over| over.own_name().to_owned()),
            "targetResourceType": over.as_ref().map(|over| over.kind.to_lowercase()),
            "startDateTime": since,
            "lastModifiedDateTime": since,
            "lastModifiedUserName": "System",
        }},
    }))
}

fn fits(alert: &Value, query: &BTreeMap<String, String>) -> bool {
    ["monitorCondition", "severity", "alertRule", "targetResourceGroup"].iter().all(|name| {
        let said = alert.pointer(&format!("/properties/essentials/{name}")).and_then(Value::as_str);
        query.get(*name).is_none_or(|wanted| said.is_some_and(|said| said.eq_ignore_ascii_case(wanted)))
    })
}
