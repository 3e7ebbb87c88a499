//! What Google Cloud bills of a document, in the quantities of its price lists.
//!
//! A type that has no row here is named as unpriced in the estimate, so that a new one is never counted as nothing.

mod compute;

use std::collections::BTreeMap;

use serde_json::Value;

use super::database;
use super::document::Document;
use super::pair;
use crate::cost::assumption::Assumption;
use crate::cost::bill::{Bill, Measure, UNBUILT};
use crate::cost::quantity::{HOURS, Quantity};
use crate::plan::resource::Resource;

/// A bucket before which caches stand.
const CACHED: &str = "google_compute_backend_bucket";

/// Types that cost nothing by themselves.
const FREE: &[&str] = &[
    "google_billing_budget",
    "google_certificate_manager_certificate_map",
    "google_certificate_manager_certificate_map_entry",
    "google_certificate_manager_dns_authorization",
    "google_cloud_run_v2_job_iam_member",
    "google_cloud_run_v2_service_iam_member",
    "google_compute_backend_service",
    "google_compute_firewall",
    "google_compute_global_address",
    "google_compute_network",
    "google_compute_region_network_endpoint_group",
    "google_compute_router",
    "google_compute_ssl_policy",
    "google_compute_subnetwork",
    "google_compute_target_http_proxy",
    "google_compute_target_https_proxy",
    "google_compute_url_map",
    "google_logging_project_sink",
    "google_monitoring_dashboard",
    "google_monitoring_notification_channel",
    "google_project_iam_member",
    "google_project_service",
    "google_pubsub_subscription_iam_member",
    "google_pubsub_topic_iam_member",
    "google_secret_manager_secret",
    "google_secret_manager_secret_iam_member",
    "google_service_account",
    "google_service_account_iam_member",
    "google_service_networking_connection",
    "google_sql_database",
    "google_sql_user",
    "google_storage_bucket_iam_member",
    "random_password",
];

/// The variables of a document, with images where there are none yet.
pub(super) fn given(document: &Document, variables: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut given = variables.clone();
    for (name, declared) in &document.variables {
        let empty = given.get(name).is_none_or(String::is_empty);
        if empty && declared.get("default").is_none_or(|default| default.as_str() == Some("")) {
            given.insert(name.clone(), UNBUILT.to_owned());
        }
    }
    given
}

/// What is billed of the resources of a document.
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
    let rules = resources.iter().filter(|resource| resource.kind == "google_compute_global_forwarding_rule");
    let rules: Vec<&Resource> = rules.collect();
    if let Some(first) = rules.first() {
        // One price up to five, then one for each.
        bill.add(first, "load balancer, up to five rules", "load-balancer.rules", Measure::Always(HOURS));
        for rule in rules.iter().skip(5) {
            bill.add(rule, "rule of a load balancer", "load-balancer.rule-above-five", Measure::Always(HOURS));
        }
        // Two rules of one service, 443 and 80, are one address.
        let mut told = std::collections::BTreeSet::new();
        // What the caches of a site send has a price of its own.
        let cached =
            |rule: &Resource| resources.iter().any(|one| one.kind == CACHED && one.component == rule.component);
        for rule in rules.into_iter().filter(|rule| !cached(rule) && told.insert(rule.component.clone())) {
            bill.add(
                rule,
                "through the load balancer",
                "load-balancer.data",
                Measure::Assumed(Assumption::Sent, Quantity::ONE),
            );
            bill.add(rule, "sent to the internet", "internet.out", Measure::Assumed(Assumption::Sent, Quantity::ONE));
        }
    }
    if resources.iter().any(|resource| resource.kind == "google_logging_project_bucket_config") {
        bill.add_for("logs", "logs taken in", "logging.data", Measure::Assumed(Assumption::Logs, Quantity::ONE));
        bill.leave_out_at("logging.kept", "logs kept beyond what is included");
    }
    bill
}

/// The region of an instance that stands in another one than the first of its database.
fn elsewhere<'a>(resource: &'a Resource, resources: &[Resource]) -> Option<&'a str> {
    let region = |resource: &'a Resource| resource.properties.get("region").and_then(Value::as_str);
    let first = |one: &&Resource| one.kind == database::KIND && one.component == resource.component;
    let home = resources.iter().find(first).filter(|_| resource.kind == database::KIND)?.properties.get("region")?;
    region(resource).filter(|region| Some(*region) != home.as_str())
}

fn one(bill: &mut Bill, resource: &Resource) {
    let assumed = |assumption| Measure::Assumed(assumption, Quantity::ONE);
    match resource.kind.as_str() {
        "google_sql_database_instance" => database(bill, resource, ""),
        "google_redis_instance" => cache(bill, resource),
        "google_cloud_run_v2_service" => compute::service(bill, resource),
        "google_cloud_run_v2_job" => compute::job(bill, resource),
        "google_cloud_run_v2_worker_pool" => compute::workers(bill, resource),
        "google_compute_router_nat" => {
            bill.add(resource, "NAT's address", "address.ipv4", Measure::Always(HOURS));
            bill.add(resource, "through NAT", "nat.data", assumed(Assumption::Out));
            bill.leave_out_at("nat.copy", "NAT for each copy that uses it");
        }
        // Billed together.
        "google_compute_global_forwarding_rule" | "google_logging_project_bucket_config" => {}
        CACHED => {
            bill.leave_out_at("cdn.sent", "data that the caches of sites send");
            bill.leave_out_at("cdn.filled", "data that the caches of sites take in");
            bill.leave_out_at("cdn.requests", "requests to the caches of sites");
        }
        "google_storage_bucket" => {
            let location = resource.properties.get("location").and_then(Value::as_str).unwrap_or_default();
            if resource.properties.get("custom_placement_config").is_some() || pair::is_predefined(location) {
                let price = format!("storage.standard.two-regions.{location}");
                bill.add(resource, "objects, in two regions", price, assumed(Assumption::Stored));
                bill.leave_out_at("storage.copied", "what is written to buckets that stand in two regions");
            } else {
                bill.add(resource, "objects", "storage.standard", assumed(Assumption::Stored));
            }
            bill.leave_out("requests to buckets, and cheaper classes of storage");
        }
        "google_artifact_registry_repository" => {
            bill.add(resource, "images", "artifact-registry.storage", assumed(Assumption::Images));
        }
        "google_pubsub_topic" => {
            // A million messages, each billed as a kilobyte at the least, published and delivered.
            let moved = Measure::Assumed(Assumption::Messages, Quantity::whole(2));
            bill.add(resource, "messages of a kilobyte", "pubsub.data", moved);
        }
        "google_pubsub_subscription" => bill.leave_out_at("pubsub.kept", "messages that are kept"),
        "google_secret_manager_secret_version" => {
            bill.add(resource, "version of a secret", "secret.version", Measure::Always(Quantity::ONE));
            bill.leave_out_at("secret.reads", "reading of secrets");
        }
        "google_monitoring_alert_policy" => {
            let conditions = resource.properties.get("conditions").and_then(Value::as_array).map_or(1, Vec::len);
            let count = Quantity::whole(u64::try_from(conditions).unwrap_or(u64::MAX));
            bill.add(resource, "alarm", "monitoring.alert-condition", Measure::Always(count));
            bill.leave_out_at("monitoring.series", "time series that alarms read, beside metrics made of logs");
        }
        "google_logging_metric" => {}
        "google_cloud_scheduler_job" => bill.add(resource, "job", "scheduler.job", Measure::Always(Quantity::ONE)),
        "google_dns_record_set" => bill.leave_out_at("dns.answers", "answers of the name servers"),
        "google_certificate_manager_certificate" => bill.leave_out("certificates beyond what is included"),
        kind if FREE.contains(&kind) => {}
        kind => bill.without_row(resource, kind),
    }
    if resource.kind == "google_billing_budget" {
        let amount = resource.properties.get("amount").and_then(|amount| amount.get("specified_amount"));
        let whole = amount.and_then(|amount| number(amount.get("units")));
        let nanos = amount.and_then(|amount| amount.get("nanos")).and_then(Value::as_u64).unwrap_or(0);
        let parts = whole.map(|whole| Quantity::thousandths(whole.as_thousandths() + nanos / 1_000_000));
        bill.limit(resource, parts);
    }
}

/// A machine by its processors and its memory, and its disk; a regional one is billed twice. `place` says where, if that is elsewhere.
fn database(bill: &mut Bill, resource: &Resource, place: &str) {
    let settings = resource.properties.get("settings");
    let setting = |name: &str| settings.and_then(|settings| settings.get(name));
    let said = |name: &str| setting(name).and_then(Value::as_str);
    let regional = said("availability_type") == Some("REGIONAL");
    let replica = resource.properties.get("master_instance_name").is_some();
    let machines = if regional { 2 } else { 1 };
    let words = match (replica, regional) {
        (true, _) => " as a replica",
        (false, true) => " with a standby",
        (false, false) => "",
    };
    let tier = said("tier").unwrap_or_default();
    let edition = said("edition").unwrap_or("ENTERPRISE").to_lowercase();
    let custom = tier.strip_prefix("db-custom-").and_then(|size| size.split_once('-'));
    let custom = custom.and_then(|(processors, memory)| Some((Quantity::read(processors)?, Quantity::read(memory)?)));
    match custom {
        Some((processors, mebibytes)) => {
            let memory = Quantity::thousandths(mebibytes.as_thousandths() / 1024);
            let hours = |each: Quantity| Measure::Always(HOURS.by(each).times(machines));
            let price = |what: &str| format!("sql.{edition}.{what}");
            bill.add(resource, format!("{tier}{words}{place}: processors"), price("processor"), hours(processors));
            bill.add(resource, format!("{tier}{words}{place}: memory"), price("memory"), hours(memory));
        }
        None => bill.without_row(resource, format!("database of the tier {tier}")),
    }
    match (said("disk_type"), number(setting("disk_size"))) {
        (None | Some("PD_SSD"), Some(size)) => {
            bill.add(resource, format!("disk{words}{place}"), "sql.storage.ssd", Measure::Always(size.times(machines)));
            if !replica {
                bill.add(resource, "backups", "sql.backup", Measure::Assumed(Assumption::Backups, size));
            }
        }
        (_, _) => bill.without_number(resource, "disk of a database"),
    }
}

/// Sizes of a cache by which its price differs, up to so many GB.
const CACHES: [(u64, &str); 5] = [(4, "m1"), (10, "m2"), (35, "m3"), (100, "m4"), (300, "m5")];

/// A cache is billed by its memory; the price of the tier with a second node holds it.
fn cache(bill: &mut Bill, resource: &Resource) {
    let said = |name: &str| resource.properties.get(name);
    let memory = number(said("memory_size_gb"));
    let tier = match said("tier").and_then(Value::as_str) {
        Some("STANDARD_HA") => "standard",
        None | Some("BASIC") => "basic",
        Some(_) => "",
    };
    let size = memory.and_then(|memory| CACHES.iter().find(|(most, _)| memory <= Quantity::whole(*most)));
    // With nodes that are read from, each node is billed.
    let replicas = number(said("replica_count")).unwrap_or(Quantity::ONE);
    match (memory, size) {
        (Some(memory), Some((_, size))) if replicas > Quantity::ONE => {
            let nodes = Quantity::thousandths(replicas.as_thousandths().saturating_add(1000));
            let what = format!("{nodes} × Redis of {memory} GB");
            bill.add(resource, what, format!("redis.node.{size}"), Measure::Always(HOURS.by(memory).by(nodes)));
        }
        (Some(memory), Some((_, size))) => {
            let second = if tier == "standard" { " and a second node" } else { "" };
            let what = format!("Redis of {memory} GB{second}");
            bill.add(resource, what, format!("redis.{tier}.{size}"), Measure::Always(HOURS.by(memory)));
        }
        (Some(_), _) => bill.without_row(resource, "cache above 300 GB"),
        (None, _) => bill.without_number(resource, "cache"),
    }
}

/// A number, which documents write as one or as a text.
fn number(value: Option<&Value>) -> Option<Quantity> {
    match value? {
        Value::Number(number) => Quantity::read(&number.to_string()),
        Value::String(text) => Quantity::read(text),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
