//! Access that widens between two documents: roles, firewall rules, and switches that let the public in.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::plan::exposure::Exposure;
use crate::plan::resource::Resource;

/// Everybody, with an account of Google's and without.
const EVERYBODY: [&str; 2] = ["allAuthenticatedUsers", "allUsers"];
/// Every address.
const ANYWHERE: [&str; 2] = ["0.0.0.0/0", "::/0"];

/// What may be done after and could not be done before.
pub(super) fn widened(before: &[Resource], after: &[Resource]) -> Vec<Exposure> {
    let old: BTreeMap<&str, &Resource> = before.iter().map(|resource| (resource.id.as_str(), resource)).collect();
    let roles: BTreeSet<String> = before.iter().filter_map(role).map(|role| role.same).collect();
    let mut exposures = Vec::new();
    for resource in after {
        let was = old.get(resource.id.as_str()).copied();
        if let Some(role) = role(resource).filter(|role| !roles.contains(&role.same)) {
            exposures.push(Exposure {
                resource: resource.id.clone(),
                path: "member".to_owned(),
                what: format!("{} gets {} on {}", role.member, role.role, role.on),
                public: EVERYBODY.contains(&role.member.as_str()),
            });
        }
        firewall(was, resource, &mut exposures);
        switches(was, resource, &mut exposures);
    }
    exposures.sort();
    exposures.dedup();
    exposures
}

/// A role that somebody gets on something.
struct Role {
    member: String,
    role: String,
    on: String,
    same: String,
}

fn role(resource: &Resource) -> Option<Role> {
    if !resource.kind.ends_with("_iam_member") {
        return None;
    }
    let text = |name: &str| resource.properties.get(name).and_then(Value::as_str).map(str::to_owned);
    let on = ["bucket", "topic", "subscription", "secret_id", "name", "repository", "service_account_id", "project"];
    let on = on.into_iter().find_map(text).unwrap_or_else(|| "the project".to_owned());
    let (member, role) = (text("member")?, text("role")?);
    let condition = resource.properties.get("condition").map(Value::to_string).unwrap_or_default();
    let same = format!("{} {member} {role} {on} {condition}", resource.kind);
    Some(Role { member, role, on, same })
}

/// Addresses that a rule lets in, or out to, and before did not.
fn firewall(was: Option<&Resource>, is: &Resource, exposures: &mut Vec<Exposure>) {
    if is.kind != "google_compute_firewall" {
        return;
    }
    let let_in = |resource: &Resource| -> BTreeSet<(String, String)> {
        let egress = resource.properties.get("direction").and_then(Value::as_str) == Some("EGRESS");
        let ranges = texts(resource.properties.get(if egress { "destination_ranges" } else { "source_ranges" }));
        let what: Vec<String> = list(resource.properties.get("allow"))
            .into_iter()
            .map(|allow| {
                let protocol = allow.get("protocol").and_then(Value::as_str).unwrap_or("all");
                let ports = texts(allow.get("ports"));
                if ports.is_empty() { protocol.to_owned() } else { format!("{protocol} {}", ports.join(", ")) }
            })
            .collect();
        let way = if egress { "to" } else { "from" };
        what.iter()
            .flat_map(|what| ranges.iter().map(move |range| (range.clone(), format!("{what} {way} {range}"))))
            .collect()
    };
    let before = was.filter(|was| was.kind == is.kind).map(let_in).unwrap_or_default();
    for (range, what) in let_in(is).difference(&before) {
        let egress = is.properties.get("direction").and_then(Value::as_str) == Some("EGRESS");
        exposures.push(Exposure {
            resource: is.id.clone(),
            path: if egress { "destination_ranges" } else { "source_ranges" }.to_owned(),
            what: format!("{what} is let through"),
            public: !egress && ANYWHERE.contains(&range.as_str()),
        });
    }
}

/// Arguments that let the public in when they have a value, or when they lose one.
fn switches(was: Option<&Resource>, is: &Resource, exposures: &mut Vec<Exposure>) {
    let at = |resource: &Resource, pointer: &str| resource.properties.pointer(pointer).cloned();
    let mut say = |path: &str, what: &str| {
        exposures.push(Exposure {
            resource: is.id.clone(),
            path: path.to_owned(),
            what: what.to_owned(),
            public: true,
        });
    };
    let became = |pointer: &str, value: Value| {
        at(is, pointer) == Some(value.clone()) && was.and_then(|was| at(was, pointer)) != Some(value)
    };
    match is.kind.as_str() {
        "google_cloud_run_v2_service" => {
            if became("/ingress", Value::from("INGRESS_TRAFFIC_ALL")) {
                say("ingress", "requests come in from anywhere, by the address that Cloud Run gives");
            }
            if became("/ingress", Value::from("INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER")) {
                say("ingress", "requests come in through a load balancer");
            }
            if became("/invoker_iam_disabled", Value::Bool(true)) {
                say("invoker_iam_disabled", "whoever reaches it may ask it");
            }
        }
        "google_storage_bucket" => {
            let enforced =
                |resource: &Resource| at(resource, "/public_access_prevention") == Some(Value::from("enforced"));
            if was.is_some_and(enforced) && !enforced(is) || was.is_none() && !enforced(is) {
                say("public_access_prevention", "objects may be made public");
            }
        }
        "google_compute_backend_bucket" => {
            let bucket = |resource: &Resource| at(resource, "/bucket_name");
            if was.and_then(bucket) != bucket(is) {
                say("bucket_name", "what the bucket holds is served to anybody");
            }
        }
        "google_sql_database_instance" => {
            if became("/settings/ip_configuration/ipv4_enabled", Value::Bool(true)) {
                say("settings.ip_configuration.ipv4_enabled", "the database gets a public address");
            }
            let networks = |resource: &Resource| -> BTreeSet<String> {
                list(resource.properties.pointer("/settings/ip_configuration/authorized_networks"))
                    .into_iter()
                    .filter_map(|network| network.get("value").and_then(Value::as_str).map(str::to_owned))
                    .collect()
            };
            let before = was.map(networks).unwrap_or_default();
            for network in networks(is).difference(&before) {
                say("settings.ip_configuration.authorized_networks", &format!("connections come in from {network}"));
            }
        }
        _ => {}
    }
}

fn list(value: Option<&Value>) -> Vec<&Value> {
    match value {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    }
}

fn texts(value: Option<&Value>) -> Vec<String> {
    list(value).into_iter().filter_map(Value::as_str).map(str::to_owned).collect()
}
