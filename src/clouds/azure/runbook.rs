//! What a target's runbook says: its real names, and the commands that people type when something is wrong.
//!
//! The names are read from the template that is rendered, so that they can't be others.

use serde::Serialize;

use super::document::{Resource, Template};
use super::{alarm, domain, names, render, scenario};
use crate::clouds::runbook::{self, Common, Dialect, Workload, span, written};
use crate::diagnostics::finding::Finding;
use crate::model::cache::Cache;
use crate::model::database::{Database, POSTGRESQL_PORT};
use crate::model::name::Name;
use crate::model::placement::Target;
use crate::model::queue::Queue;
use crate::model::reference::{Kind, Reference};
use crate::model::service::Service;
use crate::model::stack::Stack;

/// The text of a runbook.
const TEXT: &str = include_str!("../../../templates/runbook/azure.md");

#[derive(Serialize)]
struct Runbook {
    #[serde(flatten)]
    common: Common,
    databases: Vec<Kept>,
    caches: Vec<Held>,
    queues: Vec<Letters>,
    services: Vec<Served>,
    /// Where logs are asked for.
    workspace: String,
}

/// A database, and the copy of it that people restore beside it.
#[derive(Serialize)]
struct Kept {
    name: String,
    server: String,
    alarms: Vec<String>,
    standby: bool,
    replicas: Vec<String>,
    /// The copy in another region.
    elsewhere: Option<Elsewhere>,
    /// Whether its backups are copied to another region.
    copied: bool,
    kept_days: u64,
    connections: Option<String>,
    failover: String,
    restore: String,
    restored: String,
    /// What leads to it in the network.
    endpoint: String,
    holds: String,
    port: u16,
    users: Vec<String>,
}

/// The copy of a database in another region.
#[derive(Serialize)]
struct Elsewhere {
    server: String,
    region: String,
    /// What making it a server of its own takes.
    promote: String,
}

#[derive(Serialize)]
struct Held {
    name: String,
    cluster: String,
    alarms: Vec<String>,
    nodes: u32,
    copied: bool,
    users: Vec<String>,
}

/// A queue whose messages are given up.
#[derive(Serialize)]
struct Letters {
    name: String,
    namespace: String,
    physical: String,
    consumers: Vec<Workload>,
}

#[derive(Serialize)]
struct Served {
    name: String,
    physical: String,
    /// Whether requests come in.
    answers: bool,
}

/// What Azure calls the components of a target.
struct Words<'a> {
    stack: &'a Stack,
    template: &'a Template,
}

impl<'a> Words<'a> {
    /// The resources of one type that were rendered from a component, in the template's order.
    fn found(&self, component: String, kind: &'static str) -> impl Iterator<Item = &'a Resource> {
        let of = move |resource: &&Resource| resource.kind == kind && resource.comments.as_ref() == Some(&component);
        self.template.resources.iter().filter(of)
    }

    fn name(&self, component: String, kind: &'static str) -> Option<String> {
        self.found(component, kind).next().map(|resource| resource.name.clone())
    }
}

/// What a component is to Azure; one of these.
fn types(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Alarm => &alarm::RULES,
        Kind::Bucket => &["Microsoft.Storage/storageAccounts"],
        Kind::Budget => &["Microsoft.Consumption/budgets"],
        Kind::Cache => &["Microsoft.Cache/redisEnterprise"],
        Kind::Database => &[SERVERS],
        Kind::Function | Kind::Schedule => &["Microsoft.App/jobs"],
        Kind::Queue => &["Microsoft.ServiceBus/namespaces/queues"],
        Kind::Registry => &["Microsoft.ContainerRegistry/registries"],
        Kind::Site => &["Microsoft.Cdn/profiles/afdEndpoints"],
        Kind::Secret => &["Microsoft.KeyVault/vaults"],
        Kind::Service => &["Microsoft.App/containerApps"],
        Kind::Topic => &["Microsoft.ServiceBus/namespaces/topics", "Microsoft.Insights/actionGroups"],
        // These have no name there, or aren't rendered.
        Kind::Api | Kind::Artifact | Kind::CostAnomaly | Kind::Dashboard | Kind::Setting => &[],
    }
}

const SERVERS: &str = "Microsoft.DBforPostgreSQL/flexibleServers";

impl Dialect for Words<'_> {
    fn called(&self, of: &Reference) -> String {
        let found = types(of.kind).iter().find_map(|kind| self.name(of.to_string(), kind));
        found.unwrap_or_else(|| of.to_string())
    }

    fn logs(&self, of: &Reference) -> String {
        // Jobs and apps name their container so that its lines are found whichever run or copy wrote them.
        let container = if of.kind == Kind::Function { self.called(of) } else { of.name.to_string() };
        // It stands within the JSON of a query.
        format!(r#"ContainerAppConsoleLogs | where ContainerName == \"{container}\""#)
    }

    fn url(&self, of: &Reference) -> Option<String> {
        domain::host(self.stack, of).map(|host| format!("https://{host}"))
    }

    fn answers(&self, _: &Reference) -> bool {
        false
    }
}

/// The runbook of a target, in Markdown.
///
/// # Errors
/// What keeps its template from being rendered; a defect of the templates.
pub fn runbook(target: &Target, stack: &Stack) -> Result<String, Vec<Finding>> {
    let rendered = render::render(target, stack)?;
    let words = Words { stack, template: &rendered.template };
    let workspace = words.name("logs".to_owned(), "Microsoft.OperationalInsights/workspaces");
    let told = Runbook {
        databases: stack.databases.iter().map(|(name, database)| kept(&words, name, database)).collect(),
        caches: stack.caches.iter().map(|(name, cache)| held(&words, name, cache)).collect(),
        queues: stack.queues.iter().filter_map(|(name, queue)| letters(&words, name, queue)).collect(),
        services: stack.services.iter().map(|(name, service)| served(&words, name, service)).collect(),
        workspace: workspace.unwrap_or_default(),
        common: runbook::common(target, stack, &words, scenario::scenarios(stack, &rendered.template)),
    };
    written(TEXT, &told)
}

fn kept(words: &Words<'_>, name: &Name, database: &Database) -> Kept {
    let reference = Reference::new(Kind::Database, name);
    let there = |resource: &&Resource| {
        let location = resource.body.get("location").and_then(serde_json::Value::as_str);
        location.is_some() && location == database.replica_in.as_deref()
    };
    let servers = || words.found(reference.to_string(), SERVERS);
    let elsewhere = servers().find(there).map(|resource| resource.name.clone());
    // The server first, then its replicas.
    let mut here = servers().filter(|resource| !there(resource)).map(|resource| resource.name.clone());
    let first = here.next();
    // What serves: the first one, or the copy that took over.
    let server = elsewhere.clone().filter(|_| database.promoted).or(first).unwrap_or_else(|| reference.to_string());
    Kept {
        name: reference.to_string(),
        alarms: runbook::alarms_of(words.stack, words, &reference),
        // The copy that took over has none until somebody adds it.
        standby: database.high_availability && !database.promoted,
        // What still follows the first one is of no use to the copy that took over.
        replicas: if database.promoted { Vec::new() } else { here.collect() },
        elsewhere: database
            .replica_in
            .clone()
            .filter(|_| !database.promoted)
            .and_then(|region| Some(Elsewhere { server: elsewhere?, region, promote: span(scenario::HABITS.promote) })),
        copied: database.backup.copied_to.is_some() && !database.promoted,
        kept_days: database.backup.keep.as_days(),
        connections: database.parameters.get("max_connections").map(ToString::to_string),
        failover: span(scenario::HABITS.standby),
        restore: span(scenario::HABITS.restore),
        restored: names::shortened(&format!("{server}-restored"), names::DATABASE),
        endpoint: endpoint(words, &reference, &server),
        holds: database.name.clone(),
        port: POSTGRESQL_PORT,
        users: runbook::users(words.stack, words, &reference),
        server,
    }
}

/// What leads to a server in the network.
fn endpoint(words: &Words<'_>, of: &Reference, server: &str) -> String {
    let leads = |resource: &&Resource| {
        let connections =
            resource.body.get("properties").and_then(|properties| properties.get("privateLinkServiceConnections"));
        connections.is_some_and(|connections| connections.to_string().contains(&format!("'{server}'")))
    };
    let mut all = words.found(of.to_string(), "Microsoft.Network/privateEndpoints");
    all.find(leads).map(|resource| resource.name.clone()).unwrap_or_default()
}

fn held(words: &Words<'_>, name: &Name, cache: &Cache) -> Held {
    let reference = Reference::new(Kind::Cache, name);
    Held {
        name: reference.to_string(),
        cluster: words.called(&reference),
        alarms: runbook::alarms_of(words.stack, words, &reference),
        nodes: cache.nodes,
        copied: cache.backup.is_some(),
        users: runbook::users(words.stack, words, &reference),
    }
}

fn letters(words: &Words<'_>, name: &Name, queue: &Queue) -> Option<Letters> {
    queue.dead_letters?;
    let reference = Reference::new(Kind::Queue, name);
    let called = words.called(&reference);
    let (namespace, physical) = called.split_once('/')?;
    Some(Letters {
        namespace: namespace.to_owned(),
        physical: physical.to_owned(),
        consumers: runbook::consumers(words.stack, words, &reference),
        name: reference.to_string(),
    })
}

fn served(words: &Words<'_>, name: &Name, service: &Service) -> Served {
    let reference = Reference::new(Kind::Service, name);
    let answers = service.load_balancer.is_some();
    Served { physical: words.called(&reference), answers, name: reference.to_string() }
}
