//! The APIs of Google Cloud that a project has to have switched on before a resource can be made.

use std::collections::BTreeSet;

use serde_json::json;

use super::draft::Draft;

/// The component that they are rendered for.
const COMPONENT: &str = "services";
const KIND: &str = "google_project_service";

/// Beginnings of types with the API that they belong to, the longer ones first (Google Cloud documentation, each product's
/// "Before you begin").
const APIS: [(&str, &str); 16] = [
    ("google_artifact_registry_", "artifactregistry"),
    ("google_billing_", "billingbudgets"),
    ("google_certificate_manager_", "certificatemanager"),
    ("google_cloud_run_v2_", "run"),
    ("google_cloud_scheduler_", "cloudscheduler"),
    ("google_compute_", "compute"),
    ("google_dns_", "dns"),
    ("google_logging_", "logging"),
    ("google_monitoring_", "monitoring"),
    ("google_project_iam_", "cloudresourcemanager"),
    ("google_pubsub_", "pubsub"),
    ("google_redis_", "redis"),
    ("google_secret_manager_", "secretmanager"),
    ("google_service_account", "iam"),
    ("google_service_networking_", "servicenetworking"),
    ("google_sql_", "sqladmin"),
];

/// The API that a type belongs to; none for those that a project has from the beginning, such as Cloud Storage's.
pub(super) fn of(kind: &str) -> Option<&'static str> {
    APIS.iter().find(|(beginning, _)| kind.starts_with(beginning)).map(|(_, api)| *api)
}

/// The address of the resource that switches an API on.
pub(super) fn address(api: &str) -> String {
    format!("{KIND}.{api}")
}

/// Adds the APIs of everything that was added.
pub(super) fn render(draft: &mut Draft<'_>) {
    let needed: BTreeSet<&str> = draft.document.resources.keys().filter_map(|kind| of(kind)).collect();
    let project = draft.project();
    for api in needed {
        draft.add(
            COMPONENT,
            KIND,
            api,
            json!({
                "project": project,
                "service": format!("{api}.googleapis.com"),
                // Others in the project may need it too.
                "disable_on_destroy": false,
            }),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_finds_its_api() {
        assert!(APIS.is_sorted());
        assert_eq!(of("google_service_networking_connection"), Some("servicenetworking"));
        assert_eq!(of("google_service_account"), Some("iam"));
        assert_eq!(of("google_storage_bucket"), None);
    }
}
