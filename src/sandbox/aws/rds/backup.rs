//! Automated backups of databases, where they are taken and in the other regions. Source: RDS API Reference,
//! DescribeDBInstanceAutomatedBackups and DBInstanceAutomatedBackup; RDS user guide, "Replicating automated backups to another AWS Region"
//! and "Introduction to backups" (transaction logs are uploaded every five minutes).
//!
//! A database that keeps backups has them in its own region, and copies in the one that its `AutomaticBackupReplicationRegion` names.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{all, attribute};
use crate::sandbox::aws::caller::{Caller, PARTITION};
use crate::sandbox::aws::cloudformation::evaluate::scalar_text;
use crate::sandbox::aws::error::{ApiError, iso8601};
use crate::sandbox::aws::query::Query;
use crate::sandbox::engine::inventory::Physical;
use crate::sandbox::world::World;
use crate::sandbox::xml::Xml;

/// Seconds between two uploads of transaction logs.
const UPLOADS: f64 = 300.0;

/// The latest moment that a copy can be taken back to: the last upload in the cloud's own time. Its first backup is as old as it is itself.
pub(super) fn latest(world: &World, database: &Physical, now: Timestamp) -> Timestamp {
    let between = (UPLOADS * 1000.0 * world.pace).round() as i64;
    let old = now.duration_since(database.created).as_millis().clamp(0, i128::from(i64::MAX)) as i64;
    let since = if between < 1 { 0 } else { old % between };
    now.checked_sub(SignedDuration::from_millis(since)).unwrap_or(now)
}

/// The name of a database's backups in a region.
pub(super) fn arn(caller: &Caller, database: &Physical) -> String {
    let of = attribute(database, "DbiResourceId").unwrap_or_default();
    let id: String = hex::encode(Sha256::digest(of)).chars().take(40).collect();
    format!("arn:{PARTITION}:rds:{}:{}:auto-backup:ab-{id}", caller.region, caller.account)
}

/// The databases of the caller's account whose backups lie in the caller's region.
pub(super) fn kept<'a>(world: &'a World, caller: &Caller) -> impl Iterator<Item = &'a Physical> {
    let kept = |database: &&Physical| {
        let days = database.properties.get("BackupRetentionPeriod").and_then(scalar_text);
        days.is_none_or(|days| days != "0") && database.owner.is_some()
    };
    let Caller { account, region, .. } = caller.clone();
    let here = move |database: &&Physical| {
        let copied_to = database.properties.get("AutomaticBackupReplicationRegion").and_then(scalar_text);
        database.place.account == account && (database.place.region == region || copied_to.as_deref() == Some(&region))
    };
    all(world).filter(kept).filter(here)
}

/// What the action takes beside the version and its own name.
const TAKEN: [&str; 5] =
    ["DBInstanceIdentifier", "DbiResourceId", "DBInstanceAutomatedBackupsArn", "Action", "Version"];

pub(super) fn describe(world: &World, caller: &Caller, query: &Query, now: Timestamp) -> Result<Xml, ApiError> {
    super::copy::only(query, &TAKEN, "look for backups by")?;
    let named = query.text("DBInstanceIdentifier").map(str::to_lowercase);
    let by_id = query.text("DbiResourceId");
    let by_arn = query.text("DBInstanceAutomatedBackupsArn");
    let found: Vec<&Physical> = kept(world, caller)
        .filter(|database| named.as_ref().is_none_or(|named| database.id == *named))
        .filter(|database| by_id.is_none_or(|id| attribute(database, "DbiResourceId").as_deref() == Some(id)))
        .filter(|database| by_arn.is_none_or(|wanted| arn(caller, database) == wanted))
        .collect();
    if found.is_empty() && (named.is_some() || by_id.is_some() || by_arn.is_some()) {
        return Err(none());
    }
    let mut xml = Xml::new();
    xml.inside("DBInstanceAutomatedBackups", |xml| {
        for database in found {
            xml.inside("DBInstanceAutomatedBackup", |xml| one(xml, world, caller, database, now));
        }
    });
    Ok(xml)
}

/// There is no such backup.
pub(super) fn none() -> ApiError {
    ApiError::new(404, "DBInstanceAutomatedBackupNotFound", "No automated backup for this DB instance was found.")
}

fn one(xml: &mut Xml, world: &World, caller: &Caller, database: &Physical, now: Timestamp) {
    let property = |name: &str| database.properties.get(name).and_then(scalar_text);
    xml.optional("DBInstanceArn", attribute(database, "DBInstanceArn"));
    xml.optional("DbiResourceId", attribute(database, "DbiResourceId"));
    xml.text("Region", &database.place.region);
    xml.text("DBInstanceIdentifier", &database.id);
    xml.inside("RestoreWindow", |xml| {
        xml.text("EarliestTime", iso8601(database.created));
        xml.text("LatestTime", iso8601(latest(world, database, now)));
    });
    xml.optional("AllocatedStorage", property("AllocatedStorage"));
    xml.text("Status", if database.place.region == caller.region { "active" } else { "replicating" });
    xml.text("InstanceCreateTime", iso8601(database.created));
    xml.optional("Engine", property("Engine"));
    xml.optional("EngineVersion", property("EngineVersion"));
    xml.text("Encrypted", database.properties.get("StorageEncrypted").and_then(Value::as_bool).unwrap_or_default());
    xml.optional("BackupRetentionPeriod", property("BackupRetentionPeriod").or_else(|| Some("1".to_owned())));
    xml.text("DBInstanceAutomatedBackupsArn", arn(caller, database));
}
