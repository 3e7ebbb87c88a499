//! What keeps data from going: Terraform refuses any plan that would delete it.

use serde_json::json;

use super::draft::Draft;
use crate::diagnostics::finding::Finding;
use crate::model::reference::{Kind, Reference};

/// Types whose resources hold what can't be made anew, where a component of the model is rendered to them.
const HOLDING: [&str; 5] = [
    "google_artifact_registry_repository",
    "google_redis_instance",
    "google_secret_manager_secret",
    "google_sql_database_instance",
    "google_storage_bucket",
];

/// Guards what holds data, where the environment asks for it.
pub(super) fn render(draft: &mut Draft<'_>) {
    let protection = draft.stack.protection;
    if protection.termination {
        draft.findings.push(
            Finding::approximated("gcp-termination", ["protection", "termination"], "the cloud refuses to delete the stack")
                .why("Infrastructure Manager deletes a deployment when it is asked: Terraform refuses to delete what holds data, and with it the whole")
                .fix("lock the deployment too"),
        );
    }
    if !protection.data && !protection.termination {
        return;
    }
    for kind in HOLDING {
        for resource in draft.document.resources.get_mut(kind).into_iter().flat_map(|named| named.values_mut()) {
            let component = resource.component.as_deref().and_then(|component| component.parse::<Reference>().ok());
            let holds = component.is_some_and(|component| match component.kind {
                Kind::Bucket | Kind::Cache | Kind::Database | Kind::Registry | Kind::Secret => true,
                Kind::Alarm
                | Kind::Api
                | Kind::Artifact
                | Kind::Budget
                | Kind::CostAnomaly
                | Kind::Dashboard
                | Kind::Function
                | Kind::Queue
                | Kind::Schedule
                | Kind::Service
                | Kind::Setting
                | Kind::Site
                | Kind::Topic => false,
            });
            if holds {
                resource.lifecycle.insert("prevent_destroy".to_owned(), json!(true));
            }
        }
    }
}
