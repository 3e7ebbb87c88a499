//! Logs: a log bucket of the stack's own, into which everything that its workloads write is led; and a bucket for the record of who
//! read what in the others.

use serde_json::{Value, json};

use super::draft::{Draft, attribute};
use super::expression::{Piece, joined, text};
use super::names::{self, LOGS, RUN};
use super::{bucket, database};
use crate::diagnostics::finding::Finding;
use crate::model::units::Time;

/// The component that they are rendered for.
const COMPONENT: &str = "logs";
const BUCKET: &str = "google_logging_project_bucket_config";
const SINK: &str = "google_logging_project_sink";
const ACCESS_LOGS: &str = "access_logs";
const ARCHIVE: &str = "logs_archive";
const ARCHIVE_NAME: &str = "logs-archive";
/// Days for which a log bucket can keep what is in it (Cloud Logging documentation, "Quotas and limits").
const KEPT: std::ops::RangeInclusive<u64> = 1..=3650;
/// Days for which the project's own log bucket keeps everything besides (Cloud Logging documentation, "Log bucket retention").
const DEFAULT: u64 = 30;

/// Adds the log buckets and what leads there.
pub(super) fn render(draft: &mut Draft<'_>) {
    let logs = draft.stack.logs;
    let (key, hot) = logs.hot();
    check(draft, hot, vec!["logs".to_owned(), key.to_owned()]);
    let mut led: Vec<String> = Vec::new();
    for name in draft.stack.functions.keys() {
        let called = names::physical(draft.target, name, RUN);
        led.push(format!("resource.labels.job_name=\"{called}\" OR resource.labels.service_name=\"{called}\""));
    }
    for name in draft.stack.services.keys() {
        let called = names::physical(draft.target, name, RUN);
        led.push(format!("resource.labels.service_name=\"{called}\" OR resource.labels.worker_pool_name=\"{called}\""));
    }
    for (name, one) in &draft.stack.databases {
        if one.export_logs {
            let called = database::serving(draft, name);
            led.push(format!("resource.labels.database_id=\"{}:{called}\"", draft.project()));
        }
    }
    if !led.is_empty() {
        let filter = led.join(" OR ");
        kept(draft, COMPONENT, "logs", hot, &filter);
        if logs.have_phases() {
            archived(draft, &filter);
        }
    }
    if let Some((network, keep)) = draft.stack.network.as_ref().and_then(|it| it.flow_logs.map(|keep| (it, keep))) {
        check(draft, keep, vec!["network".to_owned(), "flow-logs".to_owned()]);
        let subnets = [("private", network.private.len()), ("public", network.public.len())];
        let named: Vec<String> = subnets
            .into_iter()
            .flat_map(|(word, count)| (1..=count).map(move |number| (word, number)))
            .map(|(word, number)| names::with(draft.target, word, &number.to_string(), names::COMPUTE))
            .map(|name| format!("resource.labels.subnetwork_name=\"{name}\""))
            .collect();
        let filter = format!("log_id(\"compute.googleapis.com/vpc_flows\") AND ({})", named.join(" OR "));
        kept(draft, "network", "flow_logs", keep, &filter);
    }
}

/// A log bucket with what is led into it.
fn kept(draft: &mut Draft<'_>, component: &str, local: &str, keep: Time, filter: &str) {
    let (project, region) = (draft.project(), draft.region());
    let name = names::with(draft.target, &local.replace('_', "-"), "kept", LOGS);
    draft.add(
        component,
        BUCKET,
        local,
        json!({ "project": project, "location": region, "bucket_id": name, "retention_days": keep.as_days() }),
    );
    draft.add(
        component,
        SINK,
        local,
        json!({
            "name": name,
            "destination": joined([text("logging.googleapis.com/"), Piece::Code(format!("{BUCKET}.{local}.id"))]),
            "filter": filter,
        }),
    );
}

/// A bucket into which the same is led, for when the log bucket has forgotten it.
fn archived(draft: &mut Draft<'_>, filter: &str) {
    let logs = access_logs(draft);
    // It is written to until its workloads are gone; what is in it goes with it only where nothing is protected.
    let mut arguments = stored(draft, ARCHIVE_NAME, !draft.stack.protection.data);
    arguments["logging"] = json!({ "log_bucket": logs, "log_object_prefix": ARCHIVE_NAME });
    draft.add(COMPONENT, bucket::KIND, ARCHIVE, arguments);
    draft
        .add(
        COMPONENT,
        SINK,
        ARCHIVE,
        json!({
            "name": names::with(draft.target, "logs", "archived", LOGS),
            "destination": joined([text("storage.googleapis.com/"), Piece::Code(format!("{}.{ARCHIVE}.name", bucket::KIND))]),
            "filter": filter,
        }),
    )
    .without_rule("CKV2_GCP_4", "a locked bucket could neither go with its stack nor be shortened where people ask for their data to be deleted");
    // The sink writes as an identity of its own (Cloud Logging documentation, "Route logs to Cloud Storage": destination permissions).
    draft.add(
        COMPONENT,
        "google_storage_bucket_iam_member",
        ARCHIVE,
        json!({
            "bucket": attribute(bucket::KIND, ARCHIVE, "name"),
            "role": "roles/storage.objectCreator",
            "member": attribute(SINK, ARCHIVE, "writer_identity"),
        }),
    );
}

/// A bucket for logs; `goes_full` says whether it may be deleted with what is in it.
fn stored(draft: &Draft<'_>, name: &str, goes_full: bool) -> Value {
    json!({
        "name": names::bucket(draft.project(), draft.target, name),
        "location": draft.region().to_uppercase(),
        "storage_class": "STANDARD",
        "uniform_bucket_level_access": true,
        "public_access_prevention": "enforced",
        "versioning": { "enabled": true },
        "soft_delete_policy": { "retention_duration_seconds": 0 },
        "force_destroy": goes_full,
        "lifecycle_rule": phases(draft),
    })
}

/// What becomes of objects that hold logs: the archive, if there is that phase, and the end.
fn phases(draft: &Draft<'_>) -> Vec<Value> {
    let logs = draft.stack.logs;
    let cold = logs.cold_after.map(|after| {
        json!({
            "action": { "type": "SetStorageClass", "storage_class": "COLDLINE" },
            "condition": { "age": after.as_days(), "with_state": "ANY" },
        })
    });
    let end = json!({
        "action": { "type": "Delete" },
        "condition": { "age": logs.keep.as_days(), "with_state": "ANY" },
    });
    cold.into_iter().chain([end]).collect()
}

fn check(draft: &mut Draft<'_>, keep: Time, path: Vec<String>) {
    let days = keep.as_days();
    if !KEPT.contains(&days) {
        draft.findings.push(
            Finding::error("gcp-log-retention", path, format!("logs kept for `{keep}`"))
                .why("Cloud Logging keeps them from a day to ten years")
                .fix("choose from 1d to 3650d"),
        );
    } else if days < DEFAULT {
        draft.findings.push(
            Finding::approximated("gcp-log-retention", path, format!("logs kept for `{keep}`"))
                .why(format!("the log bucket of the stack keeps them so long; the project's own, which all its stacks share, keeps a copy for {DEFAULT} days"))
                .fix(format!("ask for {DEFAULT} days, or shorten what the project keeps by hand")),
        );
    }
}

/// The name of the bucket for the record of who read what; it is made where it isn't yet.
pub(super) fn access_logs(draft: &mut Draft<'_>) -> Value {
    let there = draft.document.resources.get(bucket::KIND).is_some_and(|named| named.contains_key(ACCESS_LOGS));
    if !there {
        let arguments = stored(draft, "access-logs", true);
        draft
            .add(COMPONENT, bucket::KIND, ACCESS_LOGS, arguments)
            .without_rule("CKV_GCP_62", "it holds the access logs: its own would never end");
        // The group that writes them (Cloud Storage documentation, "Usage logs & storage logs").
        draft.add(
            COMPONENT,
            "google_storage_bucket_iam_member",
            ACCESS_LOGS,
            json!({
                "bucket": attribute(bucket::KIND, ACCESS_LOGS, "name"),
                "role": "roles/storage.objectCreator",
                "member": "group:cloud-storage-analytics@google.com",
            }),
        );
    }
    attribute(bucket::KIND, ACCESS_LOGS, "name")
}
