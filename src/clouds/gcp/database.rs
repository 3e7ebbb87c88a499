//! Databases: Cloud SQL for PostgreSQL, without a public address, over TLS only.

mod replica;
mod tier;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::document::Resource;
use super::draft::{Draft, at, attribute};
use super::names::{self, DATABASE};
use super::network;
use crate::diagnostics::finding::Finding;
use crate::model::database::{Database, ParameterValue};
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::window::{Day, WeeklyWindow};

pub(super) use replica::{
    addresses, elsewhere_local, first, host, instances, reader, replica_local, replicas, serving,
};

/// The type of an instance.
pub(super) const KIND: &str = "google_sql_database_instance";
/// The port on which it answers over TLS too.
pub(super) const PORT: u16 = crate::model::database::POSTGRESQL_PORT;

/// Operations a second for each GiB of an SSD, reading (Cloud SQL documentation, "Instance settings", storage type).
const IOPS_PER_GIB: u64 = 30;
/// The smallest and largest disk in GiB (same place, storage capacity).
const STORAGE: std::ops::RangeInclusive<u64> = 10..=65_536;
/// Days for which the log between backups is kept at most in the Enterprise edition (Cloud SQL documentation, "Point-in-time
/// recovery").
pub(super) const LOG_DAYS: u64 = 7;
/// The most backups that are kept (Cloud SQL API reference, `backupRetentionSettings`).
const BACKUPS: u64 = 365;
/// The newest version of PostgreSQL that the service has (Cloud SQL documentation, "Database versions").
const NEWEST: &str = "18";

/// Settings that the Center for Internet Security asks for and that cost next to nothing (CIS Google Cloud Platform Foundation
/// Benchmark, 6.2); a user's own win.
const LOGGED: [(&str, &str); 9] = [
    ("cloudsql.enable_pgaudit", "on"),
    ("log_checkpoints", "on"),
    ("log_connections", "on"),
    ("log_disconnections", "on"),
    ("log_duration", "on"),
    ("log_hostname", "on"),
    ("log_lock_waits", "on"),
    ("log_min_error_statement", "error"),
    ("log_statement", "ddl"),
];

/// Adds a database and its copies.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, database: &Database) {
    let of = Reference::new(Kind::Database, name);
    let component = of.to_string();
    let local = names::local(&of);
    if network::needed(draft, at(&of, &[]), "a database").is_none() {
        return;
    }
    check(draft, &of, database);
    let Some(tier) = tier::of(database.size) else {
        draft.refuse(
            "gcp-database-size",
            &of,
            &["size"],
            format!("{} processors and {}", database.size.vcpu, database.size.memory),
            "Cloud SQL's Enterprise edition ends at 96 processors and 624 GiB",
            "ask for less",
        );
        return;
    };
    let version = database.version.split('.').next().unwrap_or_default();
    let instance = json!({
        "database_version": format!("POSTGRES_{version}"),
        "region": draft.region(),
        "deletion_protection": database.protected,
    });
    let mut first = instance.clone();
    put(&mut first, "name", json!(physical(draft, name)));
    put(&mut first, "settings", settings(&tier, database, true));
    let resource = draft.add(&component, KIND, &local, first);
    resource.depends_on.insert(network::peering());
    left_out(resource, version);
    replica::render(draft, &of, database, &instance, &tier);
    draft.add(
        &component,
        "google_sql_database",
        &local,
        json!({
            "name": database.name,
            "instance": attribute(KIND, &local, "name"),
            // What is in it goes with the instance, which has its own protection.
            "deletion_policy": "ABANDON",
        }),
    );
    draft.output(format!("{local}_host"), format!("Where {of} listens"), host(draft.stack, name));
    if !database.extensions.is_empty() {
        draft.output(
            format!("{local}_extensions"),
            format!("The extensions that migrations create in {of}"),
            json!(database.extensions.join(",")),
        );
    }
}

/// Names the rules that an instance isn't held to.
fn left_out(resource: &mut Resource, version: &str) {
    resource.without_rule(
        "CKV_GCP_6",
        "clients connect over TLS only and log in by identity or password; the rule wants a certificate of every client too",
    );
    if version != NEWEST {
        resource
            .without_rule("CKV_GCP_79", "the stack asks for its version; a newer one would be another database engine");
    }
}

fn put(arguments: &mut Value, key: &str, value: Value) {
    if let Some(arguments) = arguments.as_object_mut() {
        arguments.insert(key.to_owned(), value);
    }
}

/// The limit that the project's identifier leaves.
fn longest(draft: &Draft<'_>) -> usize {
    DATABASE.saturating_sub(draft.project().len() + 1)
}

/// The name of the instance.
pub(super) fn physical(draft: &Draft<'_>, name: &Name) -> String {
    names::physical(draft.target, name, longest(draft))
}

fn settings(tier: &str, database: &Database, first: bool) -> Value {
    let growth = database.storage.grow_to;
    let backup = json!({
        "enabled": true,
        "start_time": database.backup.window.map(|window| window.from.to_string()),
        "location": database.backup.copied_to,
        "point_in_time_recovery_enabled": true,
        "transaction_log_retention_days": database.backup.keep.as_days().clamp(1, LOG_DAYS),
        "backup_retention_settings": {
            "retained_backups": database.backup.keep.as_days(),
            "retention_unit": "COUNT",
        },
    });
    json!({
        // `db-custom` tiers exist in this edition only, and new databases begin in the other one.
        "edition": "ENTERPRISE",
        "tier": tier,
        "availability_type": if first && database.high_availability { "REGIONAL" } else { "ZONAL" },
        "disk_type": "PD_SSD",
        "disk_size": database.storage.size.as_gibibytes(),
        "disk_autoresize": growth.is_some(),
        "disk_autoresize_limit": growth.map(|size| size.as_gibibytes()),
        "database_flags": flags(database),
        "backup_configuration": first.then_some(backup),
        "maintenance_window": database.maintenance.map(window),
        "insights_config": { "query_insights_enabled": true },
        "deletion_protection_enabled": database.protected,
        "ip_configuration": {
            "ipv4_enabled": false,
            "private_network": attribute("google_compute_network", network::LOCAL, "id"),
            "allocated_ip_range": attribute("google_compute_global_address", network::PRIVATE_SERVICES, "name"),
            "ssl_mode": "ENCRYPTED_ONLY",
        },
    })
}

/// The engine's settings. Cloud SQL takes switches as `on` and `off`.
fn flags(database: &Database) -> Vec<Value> {
    let mut flags: BTreeMap<String, String> =
        LOGGED.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    if database.identity_login {
        flags.insert("cloudsql.iam_authentication".to_owned(), "on".to_owned());
    }
    for (name, value) in &database.parameters {
        let value = match value {
            ParameterValue::Switch(on) => if *on { "on" } else { "off" }.to_owned(),
            ParameterValue::Number(_) | ParameterValue::Decimal(_) | ParameterValue::Text(_) => value.to_string(),
        };
        flags.insert(name.clone(), value);
    }
    flags.into_iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
}

/// The hour in which the cloud may work on it; days count from Monday.
fn window(window: WeeklyWindow) -> Value {
    let day = Day::ALL.iter().position(|day| *day == window.day).map_or(1, |at| at + 1);
    json!({ "day": day, "hour": window.time.from.minutes() / 60, "update_track": "stable" })
}

/// What Google Cloud has nearly or not at all, and what it would refuse only when it is asked.
fn check(draft: &mut Draft<'_>, of: &Reference, database: &Database) {
    if database.version.contains('.') {
        draft.nearly(
            "gcp-database-version",
            of,
            &["version"],
            format!("version {}", database.version),
            "Cloud SQL takes a major version and chooses the minor one",
            "write the major version",
        );
    }
    let size = database.storage.size.as_gibibytes();
    if !STORAGE.contains(&size) {
        draft.findings.push(
            Finding::error(
                "gcp-database-storage",
                at(of, &["storage", "size"]),
                format!("a disk of `{}`", database.storage.size),
            )
            .why("Cloud SQL's disks hold from 10 GiB to 64 TiB")
            .fix("choose a size within that"),
        );
    }
    if let Some(iops) = database.storage.iops.filter(|iops| u64::from(*iops) > size * IOPS_PER_GIB) {
        draft.nearly(
            "gcp-database-iops",
            of,
            &["storage", "iops"],
            format!("{iops} operations a second"),
            format!(
                "a disk's operations follow its size, {IOPS_PER_GIB} a second for each GiB: this one does {}",
                size * IOPS_PER_GIB
            ),
            format!("make the disk {} GiB or larger", u64::from(iops).div_ceil(IOPS_PER_GIB)),
        );
    }
    let days = database.backup.keep.as_days();
    if days > LOG_DAYS && days <= BACKUPS {
        draft.nearly(
            "gcp-point-in-time",
            of,
            &["backup", "keep"],
            format!("restore to any time of the last {days} days"),
            format!("{days} daily backups are kept, and the log between them for {LOG_DAYS} days: farther back, only the time of a backup"),
            format!("ask for {LOG_DAYS} days, or live with it"),
        );
    } else if !(1..=BACKUPS).contains(&days) {
        draft.findings.push(
            Finding::error("gcp-backup-keep", at(of, &["backup", "keep"]), format!("backups kept for {days} days"))
                .why(format!("Cloud SQL keeps from one to {BACKUPS} backups"))
                .fix("choose from 1d to 365d"),
        );
    }
    if let Some(window) = database.maintenance.filter(|window| window.time.from.minutes() % 60 != 0) {
        draft.nearly(
            "gcp-maintenance-window",
            of,
            &["maintenance"],
            format!("work on it {window}"),
            "Cloud SQL's windows begin on the hour and last one: the hour in which this one begins",
            "let it begin on the hour",
        );
    }
    if database.pooler {
        draft.refuse(
            "gcp-pooler",
            of,
            &["pooler"],
            "a pooler in front",
            "Cloud SQL pools connections in its Enterprise Plus edition only, which costs half as much again and has other classes",
            "leave it out here, and let each copy of a service hold few connections",
        );
    }
    replica::check(draft, of, database);
    if database.follows.is_some() {
        draft.refuse(
            "gcp-database-follows",
            of,
            &["follows"],
            "a copy of another environment's database",
            "a copy is reached in the network of what it follows, which is another environment's",
            "leave it out here; `replica-in` on the other database makes a copy in this region",
        );
    }
    for name in database.parameters.keys().filter(|name| name.starts_with("rds.") || name.starts_with("azure.")) {
        draft.refuse(
            "gcp-database-flag",
            of,
            &["parameters", name],
            format!("the setting `{name}`"),
            "it is another cloud's own",
            "leave it out here",
        );
    }
}
