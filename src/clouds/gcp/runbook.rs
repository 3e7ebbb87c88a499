//! What a target's runbook says: its real names, and the commands that people type when something is wrong.
//!
//! The names are read from the document that is rendered, so that they can't be others.

use serde::Serialize;
use serde_json::Value;

use super::document::{Document, Resource};
use super::names::{self, DATABASE};
use super::{domain, render, scenario};
use crate::clouds::runbook::{self, Common, Dialect, Workload, span, written};
use crate::diagnostics::finding::Finding;
use crate::model::cache::Cache;
use crate::model::database::{Database, POSTGRESQL_PORT};
use crate::model::name::Name;
use crate::model::placement::Target;
use crate::model::queue::Queue;
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;

/// The text of a runbook.
const TEXT: &str = include_str!("../../../templates/runbook/gcp.md");

/// The engine's first user.
const FIRST_USER: &str = "postgres";

#[derive(Serialize)]
struct Runbook {
    #[serde(flatten)]
    common: Common,
    /// The program that deploys; none where Infrastructure Manager does.
    program: Option<&'static str>,
    databases: Vec<Kept>,
    caches: Vec<Held>,
    queues: Vec<Letters>,
    services: Vec<Served>,
    /// The jobs of clocks.
    clocks: Vec<String>,
}

/// A database, and the copy of it that people make beside it.
#[derive(Serialize)]
struct Kept {
    name: String,
    instance: String,
    alarms: Vec<String>,
    standby: bool,
    replicas: Vec<String>,
    /// The copy in another region.
    elsewhere: Option<Elsewhere>,
    kept_copies: u64,
    log_days: u64,
    connections: Option<String>,
    failover: String,
    restore: String,
    restored: String,
    protected: bool,
    holds: String,
    user: &'static str,
    port: u16,
    users: Vec<String>,
}

/// The copy of a database in another region.
#[derive(Serialize)]
struct Elsewhere {
    instance: String,
    region: String,
    /// What making it a database of its own takes.
    promote: String,
}

#[derive(Serialize)]
struct Held {
    name: String,
    instance: String,
    alarms: Vec<String>,
    nodes: u32,
    copied: bool,
    /// Where its token stands.
    token: String,
    users: Vec<String>,
}

/// A queue whose messages are given up.
#[derive(Serialize)]
struct Letters {
    name: String,
    topic: String,
    letters: String,
    consumers: Vec<Workload>,
}

/// A service, and what it is to Cloud Run.
#[derive(Serialize)]
struct Served {
    name: String,
    physical: String,
    /// Whether requests come in.
    answers: bool,
    logs: String,
}

/// What Google Cloud calls the components of a target.
struct Words<'a> {
    stack: &'a Stack,
    document: &'a Document,
}

impl<'a> Words<'a> {
    fn resource(&self, kind: &str, local: &str) -> Option<&'a Resource> {
        self.document.resources.get(kind)?.get(local)
    }

    /// The first of several types under which a component stands in the document.
    fn found(&self, of: &Reference) -> Option<(&'static str, &'a Resource)> {
        let local = names::local(of);
        types(of.kind).iter().find_map(|kind| Some((*kind, self.resource(kind, &local)?)))
    }

    /// The name of a resource of a component.
    fn name(&self, kind: &str, local: &str) -> Option<String> {
        let arguments = &self.resource(kind, local)?.arguments;
        let name =
            ["name", "display_name", "secret_id", "repository_id"].into_iter().find_map(|key| arguments.get(key));
        name.and_then(Value::as_str).map(str::to_owned)
    }
}

/// What a component is to Google Cloud; one of these.
fn types(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Alarm => &["google_monitoring_alert_policy"],
        Kind::Bucket => &["google_storage_bucket"],
        Kind::Budget => &["google_billing_budget"],
        Kind::Cache => &["google_redis_instance"],
        Kind::Database => &["google_sql_database_instance"],
        Kind::Function => &["google_cloud_run_v2_job", "google_cloud_run_v2_service"],
        Kind::Queue => &["google_pubsub_subscription"],
        Kind::Registry => &["google_artifact_registry_repository"],
        Kind::Schedule => &["google_cloud_scheduler_job"],
        Kind::Secret => &["google_secret_manager_secret"],
        Kind::Site => &["google_compute_backend_bucket"],
        Kind::Service => &["google_cloud_run_v2_service", "google_cloud_run_v2_worker_pool"],
        Kind::Topic => &["google_pubsub_topic"],
        // These have no name there, or aren't rendered.
        Kind::Api | Kind::Artifact | Kind::CostAnomaly | Kind::Dashboard | Kind::Setting => &[],
    }
}

impl Dialect for Words<'_> {
    fn called(&self, of: &Reference) -> String {
        let found = self.found(of).and_then(|(kind, _)| self.name(kind, &names::local(of)));
        found.unwrap_or_else(|| of.to_string())
    }

    fn logs(&self, of: &Reference) -> String {
        // The resources of logs are named after those of Cloud Run (Cloud Logging documentation, "Monitored resource types").
        let (resource, label) = match self.found(of) {
            Some(("google_cloud_run_v2_job", _)) => ("cloud_run_job", "job_name"),
            Some(("google_cloud_run_v2_worker_pool", _)) => ("cloud_run_worker_pool", "worker_pool_name"),
            _ => ("cloud_run_revision", "service_name"),
        };
        format!("resource.type=\"{resource}\" AND resource.labels.{label}=\"{}\"", self.called(of))
    }

    fn url(&self, of: &Reference) -> Option<String> {
        domain::host(self.stack, of).map(|host| format!("https://{host}"))
    }

    fn answers(&self, of: &Reference) -> bool {
        self.found(of).is_some_and(|(kind, _)| kind == super::service::SERVICE)
    }
}

/// The runbook of a target, in Markdown.
///
/// # Errors
/// What keeps its document from being rendered; a defect of the templates.
pub fn runbook(target: &Target, stack: &Stack) -> Result<String, Vec<Finding>> {
    let rendered = render::render(target, stack)?;
    let words = Words { stack, document: &rendered.document };
    let told = Runbook {
        databases: stack.databases.iter().map(|(name, database)| kept(&words, name, database)).collect(),
        caches: stack.caches.iter().map(|(name, cache)| held(&words, name, cache)).collect(),
        queues: stack.queues.iter().filter_map(|(name, queue)| letters(&words, name, queue)).collect(),
        services: stack.services.keys().map(|name| served(&words, name)).collect(),
        clocks: stack.schedules.keys().map(|name| words.called(&Reference::new(Kind::Schedule, name))).collect(),
        program: stack.placement.engine.program(),
        common: runbook::common(target, stack, &words, scenario::scenarios(stack, &rendered.document)),
    };
    written(TEXT, &told)
}

fn kept(words: &Words<'_>, name: &Name, database: &Database) -> Kept {
    let reference = Reference::new(Kind::Database, name);
    let local = names::local(&reference);
    // What serves: the first one, or the copy that took over.
    let serving = super::database::first(words.stack, name);
    let instance = words.name(super::database::KIND, &serving).unwrap_or_else(|| words.called(&reference));
    let longest = DATABASE.saturating_sub(words.stack.placement.account.len() + 1);
    let copy = |number| words.name(super::database::KIND, &super::database::replica_local(&local, number));
    let backup = words
        .resource(super::database::KIND, &serving)
        .and_then(|it| it.arguments.get("settings")?.get("backup_configuration"));
    let log_days = backup.and_then(|backup| backup.get("transaction_log_retention_days")?.as_u64());
    Kept {
        name: reference.to_string(),
        alarms: runbook::alarms_of(words.stack, words, &reference),
        standby: database.high_availability,
        // What still follows the first one is of no use to the copy that took over.
        replicas: if database.promoted { Vec::new() } else { (1..=database.replicas).filter_map(copy).collect() },
        elsewhere: database.replica_in.clone().filter(|_| !database.promoted).and_then(|region| {
            let instance = words.name(super::database::KIND, &super::database::elsewhere_local(&local))?;
            Some(Elsewhere { instance, region, promote: span(scenario::HABITS.promote) })
        }),
        kept_copies: database.backup.keep.as_days(),
        log_days: log_days.unwrap_or_default(),
        connections: database.parameters.get("max_connections").map(ToString::to_string),
        failover: span(scenario::HABITS.standby),
        restore: span(scenario::HABITS.restore),
        restored: names::shortened(&format!("{instance}-restored"), longest),
        protected: database.protected,
        holds: database.name.clone(),
        user: FIRST_USER,
        port: POSTGRESQL_PORT,
        users: runbook::users(words.stack, words, &reference),
        instance,
    }
}

fn held(words: &Words<'_>, name: &Name, cache: &Cache) -> Held {
    let reference = Reference::new(Kind::Cache, name);
    let token = format!("{}_token", names::local(&reference));
    Held {
        name: reference.to_string(),
        instance: words.called(&reference),
        alarms: runbook::alarms_of(words.stack, words, &reference),
        nodes: cache.nodes,
        copied: cache.backup.is_some(),
        token: words.name("google_secret_manager_secret", &token).unwrap_or(token),
        users: runbook::users(words.stack, words, &reference),
    }
}

fn letters(words: &Words<'_>, name: &Name, queue: &Queue) -> Option<Letters> {
    queue.dead_letters?;
    let reference = Reference::new(Kind::Queue, name);
    let local = names::local(&reference);
    Some(Letters {
        topic: words.name("google_pubsub_topic", &local)?,
        letters: words.name("google_pubsub_subscription", &super::queue::dead_local(&local))?,
        consumers: runbook::consumers(words.stack, words, &reference),
        name: reference.to_string(),
    })
}

fn served(words: &Words<'_>, name: &Name) -> Served {
    let reference = Reference::new(Kind::Service, name);
    Served {
        physical: words.called(&reference),
        answers: words.answers(&reference),
        logs: words.logs(&reference),
        name: reference.to_string(),
    }
}
