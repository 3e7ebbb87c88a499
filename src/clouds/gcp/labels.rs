//! Labels on everything that can carry them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::model::placement::Target;
use crate::model::stack::Stack;

/// The labels of every resource: the system, the environment, who made it, and the user's own, which win.
pub(super) fn of(target: &Target, stack: &Stack) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::from([
        ("system".to_owned(), target.system.to_string()),
        ("environment".to_owned(), target.environment.to_string()),
        ("managed-by".to_owned(), "landfall".to_owned()),
    ]);
    labels.extend(stack.tags.clone());
    labels
}

/// The argument that holds a type's labels; none where it takes none. Of the types that we render; a test holds it against the
/// provider's schema.
pub(super) fn argument(kind: &str) -> Option<&'static str> {
    match kind {
        "google_artifact_registry_repository"
        | "google_certificate_manager_certificate"
        | "google_certificate_manager_certificate_map"
        | "google_certificate_manager_certificate_map_entry"
        | "google_certificate_manager_dns_authorization"
        | "google_cloud_run_v2_job"
        | "google_cloud_run_v2_service"
        | "google_cloud_run_v2_worker_pool"
        | "google_compute_global_address"
        | "google_compute_global_forwarding_rule"
        | "google_parameter_manager_parameter"
        | "google_pubsub_subscription"
        | "google_pubsub_topic"
        | "google_redis_instance"
        | "google_secret_manager_secret"
        | "google_storage_bucket" => Some("labels"),
        "google_monitoring_alert_policy" | "google_monitoring_notification_channel" => Some("user_labels"),
        _ => None,
    }
}

/// Puts the labels where the type takes them.
pub(super) fn put(kind: &str, arguments: &mut Map<String, Value>, labels: &BTreeMap<String, String>) {
    if kind == "google_sql_database_instance" {
        if let Some(settings) = arguments.get_mut("settings").and_then(Value::as_object_mut) {
            settings.insert("user_labels".to_owned(), json!(labels));
        }
    } else if let Some(argument) = argument(kind) {
        let mut all = json!(labels);
        if let (Some(all), Some(Value::Object(own))) = (all.as_object_mut(), arguments.remove(argument)) {
            all.extend(own);
        }
        arguments.insert(argument.to_owned(), all);
    }
}
