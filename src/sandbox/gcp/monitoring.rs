//! Cloud Monitoring: alert policies, and the alerts that they have open. Source: Cloud Monitoring API reference, `projects.alerts`,
//! `projects.alertPolicies`.
//!
//! The sandbox keeps no metrics, so a policy has an alert only while a fault makes it ring, and none that is closed.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::deployments::Query;
use super::error::GoogleError;
use crate::sandbox::engine::inventory::Physical;
use crate::sandbox::world::World;

/// How long pages are where nothing is asked.
pub const PAGE: usize = 50;

const POLICY: &str = "google_monitoring_alert_policy";

/// The fields that alerts may be sorted by.
const SORTED_BY: [&str; 2] = ["open_time", "close_time"];

/// The policies of a project.
///
/// # Errors
/// `INVALID_ARGUMENT` for a filter or an order: the sandbox has none here.
pub fn policies(world: &World, project: &str, query: &Query) -> Result<Vec<Value>, GoogleError> {
    if let Some(name) = ["filter", "orderBy"].into_iter().find(|name| query.get(*name).is_some_and(|it| !it.is_empty()))
    {
        return Err(GoogleError::invalid(format!("The sandbox takes no {name} of alert policies.")));
    }
    let shown = |policy: &Physical| {
        json!({
            "name": policy.id,
            "displayName": policy.properties.get("display_name"),
            "combiner": policy.properties.get("combiner"),
            "severity": policy.properties.get("severity"),
            "enabled": policy.properties.get("enabled").is_none_or(|on| on == true),
        })
    };
    Ok(of(world, project).map(shown).collect())
}

/// The alerts of a project that fit a filter, the latest first unless it is asked otherwise.
///
/// # Errors
/// `INVALID_ARGUMENT` for a filter or an order that can't be read.
pub fn alerts(world: &World, project: &str, query: &Query) -> Result<Vec<Value>, GoogleError> {
    let given = |name: &str| query.get(name).map(|text| text.trim()).unwrap_or_default();
    let wanted = filter(given("filter"))?;
    let ascending = match given("orderBy").split_whitespace().collect::<Vec<_>>().as_slice() {
        [] => false,
        [field] if SORTED_BY.contains(field) => true,
        [field, "desc"] if SORTED_BY.contains(field) => false,
        _ => return Err(GoogleError::invalid(format!("Invalid order_by: {}", given("orderBy")))),
    };
    let mut open: Vec<Value> = of(world, project).filter_map(|policy| alert(world, project, policy)).collect();
    open.retain(|alert| wanted.iter().all(|(at, value)| alert.pointer(at).and_then(Value::as_str) == Some(value)));
    open.sort_by_key(|alert| {
        (alert["openTime"].as_str().map(str::to_owned), alert["name"].as_str().map(str::to_owned))
    });
    if !ascending {
        open.reverse();
    }
    Ok(open)
}

/// The alert that a policy has, if it rings.
fn alert(world: &World, project: &str, policy: &Physical) -> Option<Value> {
    let unwell = world.unwell(policy)?;
    let digest = hex::encode(Sha256::digest(format!("{} since {}", policy.id, unwell.since)));
    Some(json!({
        "name": format!("projects/{project}/alerts/0.{}", digest.get(..12).unwrap_or_default()),
        "state": "OPEN",
        "openTime": unwell.since.to_string(),
        "policy": { "name": policy.id, "displayName": policy.properties.get("display_name") },
    }))
}

fn of<'a>(world: &'a World, project: &'a str) -> impl Iterator<Item = &'a Physical> {
    let all = world.resources.iter().map(|(_, physical)| physical);
    all.filter(move |physical| physical.kind == POLICY && physical.place.account == project)
}

/// What a filter asks for, by where alerts have it: `field="value"`, several joined by `AND`.
fn filter(text: &str) -> Result<Vec<(&'static str, String)>, GoogleError> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let one = |part: &str| {
        let (field, value) = part.split_once('=')?;
        let at = match field.trim() {
            "state" => "/state",
            "policy.name" => "/policy/name",
            "policy.display_name" => "/policy/displayName",
            _ => return None,
        };
        let value = value.trim().strip_prefix('"')?.strip_suffix('"')?;
        (!value.contains('"')).then(|| (at, value.to_owned()))
    };
    let all: Option<Vec<_>> = text.split(" AND ").map(one).collect();
    all.ok_or_else(|| GoogleError::invalid(format!("Invalid filter, or one that the sandbox doesn't know: {text}")))
}

#[cfg(test)]
mod tests {
    use super::filter;

    #[test]
    fn a_filter_names_fields_and_their_values_and_another_is_refused() {
        let read = filter("state=\"OPEN\" AND policy.display_name = \"a b\"").unwrap();
        assert_eq!(read, [("/state", "OPEN".to_owned()), ("/policy/displayName", "a b".to_owned())]);
        assert!(filter("").unwrap().is_empty());
        for wrong in ["state", "state=OPEN", "severity=\"CRITICAL\"", "state=\"OPEN\" OR state=\"CLOSED\""] {
            assert_eq!(filter(wrong).unwrap_err().word, "INVALID_ARGUMENT", "{wrong}");
        }
    }
}
