//! What Azure's usual times make of five losses.

use serde_json::Value;

use super::document::{Resource, Template};
use crate::clouds::scenario::{self, Elsewhere, Habits, Scenarios, Unprepared};
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;

/// What Azure usually takes.
pub(super) const HABITS: Habits = Habits {
    cloud: "Azure",
    // A round figure for Container Apps, the image pulled.
    copy: 60,
    // A round figure for Azure Managed Redis: its documentation names no time.
    node: 60,
    // A round figure, with what it wrote to disk read.
    only_node: 900,
    // As rendered: every twelve hours.
    snapshots: 43_200,
    // Azure Database for PostgreSQL documentation, "High availability": 60 to 120 typically.
    standby: 120,
    // A round figure for a restart and the recovery after a crash.
    restart: 300,
    // A round figure.
    promote: 300,
    // A round half an hour for its data: a drill gives the real figure.
    restore: 1_800,
    // A round figure for new revisions through a deployment stack.
    deploy: 900,
    // Azure Database for PostgreSQL documentation, "Backup and restore": 35 days at most, copies and log alike.
    log_days: 35,
};
/// Seconds to make a server, and what else a new deployment waits for. A round figure.
const STACK: u64 = 1_500;
/// Seconds to restore a server in the paired region. A round figure: data are copied between regions on the way.
const GEO_RESTORE: u64 = 3_600;
/// Seconds of data that had not reached the paired region at most (Azure Database for PostgreSQL documentation, "Geo-redundant backup and
/// restore": up to an hour).
const GEO_LAG: u64 = 3_600;
/// Seconds until changed records are asked for anew everywhere. A round figure: the zone stands elsewhere.
const DNS: u64 = 300;

/// The five losses of a stack on Azure.
pub(super) fn scenarios(stack: &Stack, template: &Template) -> Scenarios {
    scenario::scenarios(stack, &HABITS, elsewhere(stack, template))
}

/// What the template says of copies in the paired region: of servers' backups and of storage accounts.
fn elsewhere(stack: &Stack, template: &Template) -> Elsewhere {
    let of = |kind: &'static str| template.resources.iter().filter(move |resource| resource.kind == kind);
    let named = |resource: &Resource| resource.comments.clone().unwrap_or_default();
    let accounts = of("Microsoft.Storage/storageAccounts").filter(|account| named(account).starts_with("bucket."));
    let (paired, here): (Vec<&Resource>, Vec<&Resource>) = accounts.partition(|account| account_is_paired(account));
    let mut notes = Vec::new();
    if !paired.is_empty() {
        let paired: Vec<String> = paired.into_iter().map(named).collect();
        notes.push(format!(
            "What is in these is copied to the paired region, a quarter of an hour late: {}.",
            paired.join(", ")
        ));
    }
    let left = here
        .into_iter()
        .map(named)
        .chain(stack.queues.keys().map(|name| Reference::new(Kind::Queue, name).to_string()));
    let left = left.chain(stack.caches.keys().map(|name| Reference::new(Kind::Cache, name).to_string()));
    let left: Vec<String> = left.collect();
    if !left.is_empty() {
        notes.push(format!("Nobody copies what is in these to another region: {}.", left.join(", ")));
    }
    notes.extend(scenario::replicated(stack));
    // One that has a copy elsewhere needs none of its backups.
    let followed = |server: &Resource| {
        let mut databases = stack.databases.iter().filter(|(_, database)| database.replica_in.is_some());
        databases.any(|(name, _)| Reference::new(Kind::Database, name).to_string() == named(server))
    };
    let mut servers = of("Microsoft.DBforPostgreSQL/flexibleServers").filter(|server| is_first(server));
    if !servers.all(|server| followed(server) || backup_is_paired(server)) {
        notes.push(
            "The backups of databases stand in the region too. `backup.copied-to` asks for copies in the paired one, before the server is made; `replica-in`, at any time, for a copy of the server in another."
                .to_owned(),
        );
        return Elsewhere { steps: None, age: None, notes };
    }
    let unprepared = Unprepared {
        region: if scenario::replicated(stack).is_some() { "another region" } else { "the paired region" },
        deploy: STACK,
        restore: GEO_RESTORE,
        from: "its copies",
        promote: HABITS.promote,
        stands: false,
        dns: DNS,
    };
    Elsewhere { steps: Some(unprepared.steps(stack)), age: Some(scenario::age(stack, GEO_LAG)), notes }
}

fn is_first(server: &Resource) -> bool {
    server.body.get("properties").and_then(|properties| properties.get("createMode")) != Some(&Value::from("Replica"))
}

fn backup_is_paired(server: &Resource) -> bool {
    let backup = server.body.get("properties").and_then(|properties| properties.get("backup"));
    backup.and_then(|backup| backup.get("geoRedundantBackup")) == Some(&Value::from("Enabled"))
}

fn account_is_paired(account: &Resource) -> bool {
    let sku = account.body.get("sku").and_then(|sku| sku.get("name")).and_then(Value::as_str);
    sku.is_some_and(|name| ["GRS", "GZRS"].iter().any(|copied| name.ends_with(copied)))
}
