//! Databases: Azure Database for PostgreSQL flexible server, reached through the network by identities only.

use serde_json::{Value, json};

use super::draft::Draft;
use super::expression::parameter;
use super::id::Id;
use super::{log, names, network, protection, types};
use crate::clouds::azure::document::SCHEMA;
use crate::model::database::{Database, POSTGRESQL_PORT, ParameterValue};
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::window::Day;

mod class;
pub(super) mod replica;
mod rules;

const SERVERS: &str = "Microsoft.DBforPostgreSQL/flexibleServers";
/// What a server's log is called.
const LOGS: &str = "PostgreSQLLogs";
const CONFIGURATIONS: &str = "Microsoft.DBforPostgreSQL/flexibleServers/configurations";

/// The server of a database.
pub(super) fn id(draft: &Draft<'_>, name: &Name) -> Id {
    Id::new(SERVERS, draft.global(name.as_str(), names::DATABASE))
}

/// The host name to connect to.
pub(super) fn host(draft: &Draft<'_>, name: &Name) -> Value {
    replica::serving(draft, name).gives("fullyQualifiedDomainName")
}

/// The host name for reads only.
pub(super) fn reader_host(draft: &Draft<'_>, name: &Name) -> Value {
    replica::reader(draft, name).gives("fullyQualifiedDomainName")
}

/// The port to connect to: the pooler's where there is one.
pub(super) fn port(draft: &Draft<'_>, name: &Name) -> u16 {
    let pooled = draft.stack.databases.get(name).is_some_and(|database| database.pooler);
    if pooled { network::POOLER_PORT } else { POSTGRESQL_PORT }
}

/// Adds a database, its replicas, its settings and what it takes to reach it.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, database: &Database) {
    let of = Reference::new(Kind::Database, name);
    let component = of.to_string();
    let Some(class) = rules::check(draft, &of, database) else { return };
    if !network::needed(draft, &of) {
        return;
    }
    let disk = class::disk(database.storage);
    let server = id(draft, name);
    let version = database.version.split('.').next().unwrap_or_default().to_owned();
    let storage = json!({
        "type": "Premium_LRS",
        "storageSizeGB": disk.gibibytes,
        "tier": disk.tier,
        "autoGrow": if database.storage.grow_to.is_some() { "Enabled" } else { "Disabled" },
    });
    let authentication = json!({
        "activeDirectoryAuth": "Enabled",
        "passwordAuth": "Disabled",
        "tenantId": network::tenant(),
    });
    let sku = json!({ "name": class.name, "tier": class.tier });
    // What its copies have too.
    let shared = serde_json::Map::from_iter([
        ("authConfig".to_owned(), authentication),
        ("network".to_owned(), json!({ "publicNetworkAccess": "Disabled" })),
        ("storage".to_owned(), storage),
    ]);
    let own = json!({
        "createMode": "Default",
        "version": version,
        "backup": {
            "backupRetentionDays": network::days(database.backup.keep),
            "geoRedundantBackup": if database.backup.copied_to.is_some() { "Enabled" } else { "Disabled" },
        },
        "highAvailability": { "mode": if database.high_availability { "ZoneRedundant" } else { "Disabled" } },
        "maintenanceWindow": maintenance(database),
    });
    let own = own.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), value.clone()));
    let properties: serde_json::Map<String, Value> = shared.clone().into_iter().chain(own).collect();
    draft.add(&component, &server, json!({ "sku": sku, "properties": properties }));
    let mut last = administrator(draft, &component, &server, name);
    last = databases(draft, &component, &server, database, last);
    connect(draft, &component, &server, &component.replace('.', "-"));
    last = replica::render(draft, &of, database, &shared, &sku, last);
    settings(draft, &component, &server, database, last);
    if database.export_logs {
        log::send(draft, &component, &server, &[LOGS]);
    }
    if database.protected || draft.stack.protection.data {
        protection::lock(draft, &component, &server);
    }
    draft.output(format!("database{}Host", names::pascal(name.as_str())), host(draft, name));
}

fn connect(draft: &mut Draft<'_>, component: &str, server: &Id, part: &str) {
    network::connect(draft, component, server, part, "postgresqlServer", "privatelink.postgres.database.azure.com");
}

/// When it may be patched.
fn maintenance(database: &Database) -> Value {
    database.maintenance.map_or(Value::Null, |window| {
        json!({
            "customWindow": "Enabled",
            "dayOfWeek": weekday(window.day),
            "startHour": window.time.from.minutes() / 60,
            "startMinute": window.time.from.minutes() % 60,
        })
    })
}

/// Days as the service counts them, from Sunday.
fn weekday(day: Day) -> usize {
    Day::ALL.into_iter().position(|one| one == day).map_or(0, |from_monday| (from_monday + 1) % 7)
}

/// Adds the identity as which migrations administer the server; gives back what the next step waits for.
///
/// The administrator's name is the identity's object, known only once it is there. Names can't refer to anything, so a nested
/// template is given it.
fn administrator(draft: &mut Draft<'_>, component: &str, server: &Id, name: &Name) -> String {
    let admin = format!("database-{name}-admin");
    let identity = Id::new("Microsoft.ManagedIdentity/userAssignedIdentities", draft.physical(&admin, names::IDENTITY));
    draft.add(component, &identity, json!({ "properties": {} }));
    let deployment = Id::new("Microsoft.Resources/deployments", draft.physical(&admin, names::NETWORK));
    let principal = super::expression::expression(format!("concat('{}/', parameters('principal'))", server.name));
    let template = json!({
        "$schema": SCHEMA,
        "contentVersion": "1.0.0.0",
        "parameters": { "principal": { "type": "string" }, "tenant": { "type": "string" } },
        "resources": [{
            "type": "Microsoft.DBforPostgreSQL/flexibleServers/administrators",
            "apiVersion": types::find(SERVERS).api,
            "name": principal,
            "properties": {
                "principalName": identity.name,
                "principalType": "ServicePrincipal",
                "tenantId": parameter("tenant"),
            },
        }],
    });
    let resource = draft.add(
        component,
        &deployment,
        json!({
            "properties": {
                "mode": "Incremental",
                "expressionEvaluationOptions": { "scope": "inner" },
                "parameters": {
                    "principal": { "value": identity.gives("principalId") },
                    "tenant": { "value": network::tenant() },
                },
                "template": template,
            },
        }),
    );
    resource.depends_on.insert(format!("[{}]", server.text()));
    deployment.text()
}

fn databases(draft: &mut Draft<'_>, component: &str, server: &Id, database: &Database, after: String) -> String {
    let inner = server.child("Microsoft.DBforPostgreSQL/flexibleServers/databases", &database.name);
    let properties = json!({ "charset": "UTF8", "collation": "en_US.utf8" });
    let resource = draft.add(component, &inner, json!({ "properties": properties }));
    resource.depends_on.insert(format!("[{after}]"));
    inner.text()
}

/// Adds settings one after the other: the server takes one change at a time.
fn settings(draft: &mut Draft<'_>, component: &str, server: &Id, database: &Database, after: String) -> String {
    let mut wanted = Vec::new();
    if !database.extensions.is_empty() {
        wanted.push(("azure.extensions".to_owned(), database.extensions.join(",").to_uppercase()));
    }
    if database.pooler {
        wanted.push(("pgbouncer.enabled".to_owned(), "true".to_owned()));
    }
    wanted.extend(database.parameters.iter().map(|(name, value)| (name.clone(), written(value))));
    let mut last = after;
    for (name, value) in wanted {
        let setting = server.child(CONFIGURATIONS, &name);
        let properties = json!({ "source": "user-override", "value": value });
        let resource = draft.add(component, &setting, json!({ "properties": properties }));
        resource.depends_on.insert(format!("[{last}]"));
        last = setting.text();
    }
    last
}

/// A setting's value as the server takes it.
fn written(value: &ParameterValue) -> String {
    match value {
        ParameterValue::Switch(true) => "on".to_owned(),
        ParameterValue::Switch(false) => "off".to_owned(),
        ParameterValue::Number(_) | ParameterValue::Decimal(_) | ParameterValue::Text(_) => value.to_string(),
    }
}
