use serde_json::{Map, Value, json};

use super::*;
use crate::clouds::gcp::document;
use crate::plan::change::Action;
use crate::plan::consequence::Consequence;

fn document(resources: Value) -> Document {
    let mut all = Document::default();
    for (address, body) in resources.as_object().unwrap() {
        let (kind, name) = address.split_once('.').unwrap();
        let arguments: Map<String, Value> = body.as_object().unwrap().clone();
        let resource = document::Resource { arguments, ..document::Resource::default() };
        all.resources.entry(kind.to_owned()).or_default().insert(name.to_owned(), resource);
    }
    all
}

fn plan(before: Value, after: Value) -> Plan {
    let none = BTreeMap::new();
    compare("x", (&document(before), &none), (&document(after), &none))
}

fn only(plan: &Plan) -> (Action, Consequence) {
    assert_eq!(plan.changes.len(), 1, "{:#?}", plan.changes);
    (plan.changes[0].action, plan.changes[0].consequence)
}

fn database(key: &str, value: Value) -> Value {
    let mut body = json!({
        "name": "winds", "region": "europe-west3", "database_version": "POSTGRES_16",
        "settings": { "tier": "db-custom-4-16384", "disk_size": 100 },
    });
    match key.split_once('.') {
        Some((outer, inner)) => body[outer][inner] = value,
        None => body[key] = value,
    }
    json!({ "google_sql_database_instance.winds": body })
}

#[test]
fn the_same_document_changes_nothing() {
    let body = database("name", json!("winds"));
    assert!(plan(body.clone(), body).is_empty());
}

#[test]
fn what_the_provider_replaces_is_replaced_and_loses_what_it_holds() {
    let plan = plan(database("name", json!("winds")), database("region", json!("europe-west4")));
    assert_eq!(only(&plan), (Action::Replace, Consequence::Irreversible));
    assert!(plan.changes[0].fields[0].impact.source.contains("ForceNew"), "{:#?}", plan.changes);
}

#[test]
fn another_machine_interrupts_and_a_smaller_disk_replaces() {
    let larger = plan(database("name", json!("winds")), database("settings.tier", json!("db-custom-8-32768")));
    assert_eq!(only(&larger), (Action::Update, Consequence::Interruption));
    let grown = plan(database("name", json!("winds")), database("settings.disk_size", json!(200)));
    assert_eq!(only(&grown), (Action::Update, Consequence::InPlace));
    let shrunk = plan(database("name", json!("winds")), database("settings.disk_size", json!(50)));
    assert_eq!(only(&shrunk), (Action::Replace, Consequence::Irreversible));
}

#[test]
fn a_replica_is_promoted_where_it_is_and_never_follows_again() {
    let replica = database("master_instance_name", json!("first"));
    let promoted = database("instance_type", json!("CLOUD_SQL_INSTANCE"));
    let promotion = plan(replica.clone(), promoted.clone());
    assert_eq!(only(&promotion), (Action::Update, Consequence::Interruption));
    let whys: Vec<&str> = promotion.changes[0].fields.iter().map(|field| field.impact.why.as_str()).collect();
    assert!(whys.iter().all(|why| why.contains("promoted to a database of its own, for good")), "{whys:?}");
    // What it holds by then is its own.
    assert_eq!(only(&plan(promoted, replica.clone())), (Action::Replace, Consequence::Irreversible));
    let other = plan(replica.clone(), database("master_instance_name", json!("second")));
    assert_eq!(only(&other), (Action::Replace, Consequence::Replacement));
    assert_eq!(only(&plan(replica, json!({}))), (Action::Delete, Consequence::InPlace));
}

#[test]
fn what_stays_by_its_policy_is_forgotten_and_lost_otherwise() {
    let bucket = |policy: Value| json!({ "google_storage_bucket.charts": { "name": "charts", "location": "EU", "deletion_policy": policy } });
    let (kept, gone) = (plan(bucket(json!("ABANDON")), json!({})), plan(bucket(Value::Null), json!({})));
    assert_eq!(only(&kept), (Action::Forget, Consequence::InPlace));
    assert_eq!(only(&gone), (Action::Delete, Consequence::Irreversible));
}

#[test]
fn what_refers_to_a_replaced_resource_goes_with_it() {
    let body = |location: &str| {
        json!({
            "google_storage_bucket.charts": { "name": "charts", "location": location },
            "google_storage_bucket_iam_member.reader": {
                "bucket": "${google_storage_bucket.charts.name}", "role": "roles/storage.objectViewer", "member": "x",
            },
        })
    };
    let plan = plan(body("EU"), body("US"));
    let actions: Vec<(&str, Action)> = plan.changes.iter().map(|change| (change.id.as_str(), change.action)).collect();
    assert_eq!(actions[0], ("google_storage_bucket.charts", Action::Replace));
}

#[test]
fn what_is_not_made_before_the_first_image_is_created_with_it() {
    let mut document = document(json!({ "google_cloud_run_v2_job.x": { "name": "x", "image": "r/x@${var.image}" } }));
    let job = document.resources.get_mut("google_cloud_run_v2_job").unwrap().get_mut("x").unwrap();
    job.count = Some(json!("${var.image == \"\" ? 0 : 1}"));
    let given = |digest: &str| BTreeMap::from([("image".to_owned(), digest.to_owned())]);
    let first = compare("x", (&document, &given("")), (&document, &given("sha256:a")));
    assert_eq!(only(&first).0, Action::Create);
    let next = compare("x", (&document, &given("sha256:a")), (&document, &given("sha256:b")));
    assert_eq!(next.changes[0].fields[0].after, Some(json!("r/x@sha256:b")));
}

#[test]
fn access_that_widens_is_said() {
    let member = |member: &str| json!({ "google_cloud_run_v2_service_iam_member.x": { "name": "x", "role": "roles/run.invoker", "member": member } });
    let plan = plan(member("serviceAccount:a"), member("allUsers"));
    assert_eq!(plan.exposures.len(), 1, "{:#?}", plan.exposures);
    assert!(plan.exposures[0].public);
    let firewall = |ranges: Value, action: &str| json!({ "google_compute_firewall.x": { "name": "x", "network": "n", "direction": "INGRESS", action: { "protocol": "tcp", "ports": ["443"] }, "source_ranges": ranges } });
    let opened = self::plan(firewall(json!(["10.0.0.0/8"]), "allow"), firewall(json!(["0.0.0.0/0"]), "allow"));
    assert!(opened.exposures.iter().any(|exposure| exposure.public), "{:#?}", opened.exposures);
    assert!(self::plan(json!({}), firewall(json!(["0.0.0.0/0"]), "deny")).exposures.is_empty());
}

#[test]
fn an_image_that_stands_in_is_told_from_the_one_that_is_given() {
    let written = json!("${var.image == \"\" ? \"nothing:latest\" : \"images/worker@${var.image}\"}");
    let with = |digest: &str| given(&written, &BTreeMap::from([("image".to_owned(), digest.to_owned())]));
    assert_eq!((with(""), with("sha256:1")), (json!("nothing:latest"), json!("images/worker@sha256:1")));
    assert_eq!(given(&written, &BTreeMap::new()), written);
}
