//! What components may do with one another: a service account a workload, and roles on exact resources.

use serde_json::{Value, json};

use super::draft::{Draft, attribute};
use super::expression::{Piece, code, joined, text};
use super::names::{self, RUN};
use super::{artifact, bucket, cache, database, function, queue, secret};
use crate::model::access::{Access, Grant};
use crate::model::reference::{Kind, Reference};

/// The type of an account.
pub(super) const ACCOUNT: &str = "google_service_account";
/// What a database leaves out of an account's name.
const ADDRESS: &str = ".gserviceaccount.com";

/// Adds the account that a workload runs as.
pub(super) fn account(draft: &mut Draft<'_>, of: &Reference) {
    let id = names::account(draft.target, &format!("{}-{}", of.name, of.kind.word()));
    draft.add(
        &of.to_string(),
        ACCOUNT,
        names::local(of),
        json!({ "account_id": id, "display_name": format!("{} {of}", draft.target) }),
    );
}

/// A workload as roles name it.
pub(super) fn member(of: &Reference) -> Value {
    member_of(&names::local(of))
}

/// An account of the document as roles name it.
pub(super) fn member_of(local: &str) -> Value {
    joined([text("serviceAccount:"), Piece::Code(format!("{ACCOUNT}.{local}.email"))])
}

/// Lets a workload do what its `access` says.
pub(super) fn grants(draft: &mut Draft<'_>, who: &Reference, access: &Access) {
    for (to, grants) in access {
        if draft.stack.has(to) {
            for grant in grants {
                self::grant(draft, who, to, *grant, grants);
            }
        }
    }
}

fn grant(draft: &mut Draft<'_>, who: &Reference, to: &Reference, grant: Grant, all: &[Grant]) {
    let local = names::local(to);
    match (to.kind, grant) {
        (Kind::Database, Grant::Connect) => login(draft, who, to),
        // Caches know only their token; who may open a connection is the firewall's business.
        (Kind::Cache, Grant::Connect) => {}
        (Kind::Bucket, Grant::Read) => on_bucket(draft, who, to, grant, "roles/storage.objectViewer"),
        (Kind::Bucket, Grant::Write) => {
            if !all.contains(&Grant::Delete) {
                draft.nearly(
                    "gcp-overwrite",
                    who,
                    &["access", &to.to_string()],
                    format!("write to `{to}` and not delete"),
                    "on Google Cloud who may overwrite an object may delete it",
                    "grant `delete` too, or keep earlier versions",
                );
            }
            on_bucket(draft, who, to, grant, "roles/storage.legacyBucketWriter");
        }
        // Writing holds it already.
        (Kind::Bucket, Grant::Delete) if all.contains(&Grant::Write) => {}
        (Kind::Bucket, Grant::Delete) => {
            draft.nearly(
                "gcp-delete-only",
                who,
                &["access", &to.to_string()],
                format!("delete from `{to}` and not write"),
                "Cloud Storage's role that deletes objects creates them too",
                "grant `write` too",
            );
            on_bucket(draft, who, to, grant, "roles/storage.legacyBucketWriter");
        }
        (Kind::Secret, Grant::Read) => {
            secret(draft, who, to);
        }
        (Kind::Queue, Grant::Send) | (Kind::Topic, Grant::Publish) => {
            draft.add(
                &who.to_string(),
                "google_pubsub_topic_iam_member",
                between(who, to, grant),
                json!({
                    "topic": attribute(queue::TOPIC, &local, "id"),
                    "role": "roles/pubsub.publisher",
                    "member": member(who),
                }),
            );
        }
        (Kind::Queue, Grant::Receive) => {
            draft.add(
                &who.to_string(),
                "google_pubsub_subscription_iam_member",
                between(who, to, grant),
                json!({
                    "subscription": attribute(queue::SUBSCRIPTION, &local, "id"),
                    "role": "roles/pubsub.subscriber",
                    "member": member(who),
                }),
            );
        }
        (Kind::Function, Grant::Invoke) => invoke(draft, who, &names::local(who), to),
        // A setting is refused where it stands; the others aren't granted on that kind (`Grant::on`).
        (
            Kind::Alarm
            | Kind::Api
            | Kind::Artifact
            | Kind::Bucket
            | Kind::Budget
            | Kind::Cache
            | Kind::CostAnomaly
            | Kind::Dashboard
            | Kind::Database
            | Kind::Function
            | Kind::Queue
            | Kind::Registry
            | Kind::Schedule
            | Kind::Secret
            | Kind::Service
            | Kind::Setting
            | Kind::Site
            | Kind::Topic,
            Grant::Connect
            | Grant::Read
            | Grant::Write
            | Grant::Delete
            | Grant::Send
            | Grant::Receive
            | Grant::Publish
            | Grant::Invoke,
        ) => {}
    }
}

/// The name of what lets one component do something with another, inside the document.
fn between(who: &Reference, to: &Reference, grant: Grant) -> String {
    format!("{}_{}_{}", names::local(who), grant.word(), names::local(to))
}

fn on_bucket(draft: &mut Draft<'_>, who: &Reference, to: &Reference, grant: Grant, role: &str) {
    draft.add(
        &who.to_string(),
        "google_storage_bucket_iam_member",
        between(who, to, grant),
        json!({
            "bucket": attribute(bucket::KIND, &names::local(to), "name"),
            "role": role,
            "member": member(who),
        }),
    );
}

/// Lets a workload read a secret; gives back the address of what lets it.
pub(super) fn secret(draft: &mut Draft<'_>, who: &Reference, to: &Reference) -> String {
    let local = between(who, to, Grant::Read);
    let place = match to.kind {
        Kind::Cache => cache::token(to),
        _ => attribute(secret::KIND, &names::local(to), "secret_id"),
    };
    draft.add(
        &who.to_string(),
        "google_secret_manager_secret_iam_member",
        &local,
        json!({ "secret_id": place, "role": "roles/secretmanager.secretAccessor", "member": member(who) }),
    );
    format!("google_secret_manager_secret_iam_member.{local}")
}

/// Lets a workload log in to a database as what it is (Cloud SQL documentation, "Log in using IAM database authentication" and
/// "Use IAM Conditions").
fn login(draft: &mut Draft<'_>, who: &Reference, to: &Reference) {
    if !draft.stack.databases.get(&to.name).is_some_and(|database| database.identity_login) {
        return;
    }
    let local = between(who, to, Grant::Connect);
    let project = draft.project();
    let named = database::instances(draft, &to.name)
        .into_iter()
        .map(|instance| format!("resource.name == \"projects/{project}/instances/{instance}\""));
    let named: Vec<String> = named.collect();
    let named = if let [one] = named.as_slice() { one.clone() } else { format!("({})", named.join(" || ")) };
    let email = format!("{ACCOUNT}.{}.email", names::local(who));
    draft.add(
        &who.to_string(),
        "google_sql_user",
        &local,
        json!({
            "instance": attribute(database::KIND, &names::local(to), "name"),
            "name": code(format!("trimsuffix({email}, \"{ADDRESS}\")")),
            "type": "CLOUD_IAM_SERVICE_ACCOUNT",
            // What it owns in the database would keep it from being deleted.
            "deletion_policy": "ABANDON",
        }),
    );
    draft.add(
        &who.to_string(),
        "google_project_iam_member",
        &local,
        json!({
            "project": project,
            "role": "roles/cloudsql.instanceUser",
            "member": member(who),
            "condition": {
                "title": format!("{to} only"),
                "expression": format!("{named} && resource.service == \"sqladmin.googleapis.com\""),
            },
        }),
    );
}

/// Lets an account of the document run a function.
pub(super) fn invoke(draft: &mut Draft<'_>, component: &Reference, account: &str, to: &Reference) {
    let Some(called) = draft.stack.functions.get(&to.name) else { return };
    let answers = function::answers(draft.stack, &to.name);
    let kind = if answers { "google_cloud_run_v2_service_iam_member" } else { "google_cloud_run_v2_job_iam_member" };
    let runs = if answers { "google_cloud_run_v2_service" } else { "google_cloud_run_v2_job" };
    let local = names::local(to);
    let (project, region, target) = (draft.project(), draft.region(), draft.target);
    let role = if answers { "roles/run.invoker" } else { "roles/run.jobsExecutorWithOverrides" };
    let resource = draft.add(
        &component.to_string(),
        kind,
        format!("{account}_invoke_{local}"),
        json!({
            "project": project,
            "location": region,
            "name": names::physical(target, &to.name, RUN),
            "role": role,
            "member": member_of(account),
        }),
    );
    resource.count = Some(artifact::count(&called.artifact));
    resource.depends_on.insert(format!("{runs}.{local}"));
}
