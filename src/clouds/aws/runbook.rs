//! What a target's runbook says: its real names, and the commands that people type when something is wrong.
//!
//! A name that CloudFormation makes up is asked for by the name of its resource in the stack.

use serde::Serialize;

use super::{domain, duration, names, recovery, scenario};
use crate::clouds::runbook::{self, Common, Dialect, Workload, span, written};
use crate::diagnostics::finding::Finding;
use crate::model::cache::Cache;
use crate::model::function::Function;
use crate::model::name::Name;
use crate::model::placement::Target;
use crate::model::reference::{Kind, Reference};
use crate::model::service::Service;
use crate::model::stack::Stack;

/// The text of a runbook.
const TEXT: &str = include_str!("../../../templates/runbook/aws.md");

/// The longest name of a database instance (RDS API reference, CreateDBInstance).
const INSTANCE: usize = 63;

#[derive(Serialize)]
struct Runbook {
    #[serde(flatten)]
    common: Common,
    databases: Vec<Kept>,
    queues: Vec<Letters>,
    services: Vec<Served>,
    functions: Vec<Closed>,
    caches: Vec<Held>,
    recovery: Option<String>,
}

/// A database, and the copy of it that people restore beside it.
#[derive(Serialize)]
pub(super) struct Kept {
    pub(super) name: String,
    pub(super) id: String,
    alarms: Vec<String>,
    standby: bool,
    pooler: Option<String>,
    kept_days: u64,
    connections: Option<String>,
    failover: String,
    restore: String,
    restored: String,
    /// What it follows.
    follows: Option<String>,
    /// Where another one follows it.
    pub(super) replica_in: Option<String>,
    promote: String,
    /// The stack's secret that holds the first user's password; none where RDS keeps it.
    login: Option<String>,
    holds: String,
    user: &'static str,
    port: u16,
    users: Vec<String>,
}

#[derive(Serialize)]
struct Letters {
    name: String,
    physical: String,
    letters: String,
    consumers: Vec<Workload>,
}

/// A cache.
#[derive(Serialize)]
struct Held {
    name: String,
    id: String,
    alarms: Vec<String>,
    nodes: u32,
    copied: bool,
    users: Vec<String>,
}

/// A service.
#[derive(Serialize)]
struct Served {
    name: String,
    id: String,
    cluster: &'static str,
    /// How many copies there are at first.
    fewest: u32,
}

/// A function that is kept from running for a while, and how many runs it keeps for itself otherwise.
#[derive(Serialize)]
struct Closed {
    physical: String,
    limit: Option<u32>,
}

/// What AWS calls the components of a target.
pub(super) struct Words<'a> {
    pub(super) target: &'a Target,
    pub(super) stack: &'a Stack,
}

impl Dialect for Words<'_> {
    fn called(&self, of: &Reference) -> String {
        match of.kind {
            Kind::Alarm => names::physical(self.target, &of.name, names::ALARM),
            Kind::Function => names::physical(self.target, &of.name, names::FUNCTION),
            Kind::Queue => {
                let ordered = self.stack.queues.get(&of.name).is_some_and(|queue| queue.ordered);
                super::queue::physical_name(self.target, &of.name, "", ordered)
            }
            Kind::Setting => super::setting::path(self.target, self.stack, &of.name),
            // CloudFormation makes these up: they are asked for by the name of their resource.
            Kind::Api
            | Kind::Artifact
            | Kind::Bucket
            | Kind::Budget
            | Kind::Cache
            | Kind::CostAnomaly
            | Kind::Dashboard
            | Kind::Database
            | Kind::Registry
            | Kind::Schedule
            | Kind::Secret
            | Kind::Service
            | Kind::Site
            | Kind::Topic => names::logical(of),
        }
    }

    fn logs(&self, of: &Reference) -> String {
        format!("{}Logs", names::logical(of))
    }

    fn url(&self, of: &Reference) -> Option<String> {
        domain::url(self.stack, of)
    }

    fn answers(&self, _: &Reference) -> bool {
        true
    }
}

/// The runbook of a target, in Markdown.
///
/// # Errors
/// What keeps it from being written; a defect of the templates.
pub fn runbook(target: &Target, stack: &Stack) -> Result<String, Vec<Finding>> {
    let words = Words { target, stack };
    let told = Runbook {
        databases: databases(&words),
        queues: queues(&words),
        services: stack.services.iter().map(|(name, service)| served(name, service)).collect(),
        functions: stack.functions.iter().map(|(name, function)| closed(&words, name, function)).collect(),
        caches: stack.caches.iter().map(|(name, cache)| held(&words, name, cache)).collect(),
        recovery: recovery::recovery(target, stack, None)?,
        common: runbook::common(target, stack, &words, scenario::scenarios(target, stack)),
    };
    written(TEXT, &told)
}

pub(super) fn databases(words: &Words<'_>) -> Vec<Kept> {
    let Words { target, stack } = words;
    let kept = stack.databases.iter().map(|(name, database)| {
        let reference = Reference::new(Kind::Database, name);
        let id = names::logical(&reference);
        Kept {
            name: reference.to_string(),
            alarms: runbook::alarms_of(stack, words, &reference),
            pooler: database.pooler.then(|| super::database::pooler_id(&id)),
            standby: database.high_availability,
            kept_days: database.backup.keep.as_days(),
            connections: database.parameters.get("max_connections").map(ToString::to_string),
            failover: span(scenario::habits().standby),
            restore: span(scenario::habits().restore),
            restored: restored(target, name),
            login: super::database::own_login(stack, name),
            follows: database.followed().map(str::to_owned),
            replica_in: database.replica_in.clone(),
            promote: span(scenario::habits().promote),
            holds: database.name.clone(),
            user: super::database::FIRST_USER,
            port: super::database::port(),
            users: runbook::users(stack, words, &reference),
            id,
        }
    });
    kept.collect()
}

/// What the copy of a target's database is called that is restored beside it.
pub(super) fn restored(target: &Target, name: &Name) -> String {
    names::shortened(&format!("{}-{}-{name}-restored", target.system, target.environment), INSTANCE)
}

/// Seconds that AWS usually takes to make a resource of a type.
pub(super) fn made(kind: &str) -> u64 {
    duration::usual_seconds(kind).map_or(0, |[seconds, ..]| seconds)
}

fn queues(words: &Words<'_>) -> Vec<Letters> {
    let Words { target, stack } = words;
    let with_letters = stack.queues.iter().filter(|(_, queue)| queue.dead_letters.is_some());
    with_letters
        .map(|(name, queue)| {
            let reference = Reference::new(Kind::Queue, name);
            Letters {
                physical: words.called(&reference),
                letters: super::queue::physical_name(target, name, super::queue::DEAD_LETTERS, queue.ordered),
                consumers: runbook::consumers(stack, words, &reference),
                name: reference.to_string(),
            }
        })
        .collect()
}

fn held(words: &Words<'_>, name: &Name, cache: &Cache) -> Held {
    let reference = Reference::new(Kind::Cache, name);
    Held {
        name: reference.to_string(),
        id: names::logical(&reference),
        alarms: runbook::alarms_of(words.stack, words, &reference),
        nodes: cache.nodes,
        copied: cache.backup.is_some(),
        users: runbook::users(words.stack, words, &reference),
    }
}

fn closed(words: &Words<'_>, name: &Name, function: &Function) -> Closed {
    Closed { physical: words.called(&Reference::new(Kind::Function, name)), limit: function.concurrency }
}

fn served(name: &Name, service: &Service) -> Served {
    let reference = Reference::new(Kind::Service, name);
    Served {
        id: names::logical(&reference),
        name: reference.to_string(),
        cluster: super::service::CLUSTER,
        fewest: service.scale.min,
    }
}
