//! Databases that are restored from backups, changed and deleted, beside what stacks make. Source: RDS API Reference,
//! RestoreDBInstanceToPointInTime, ModifyDBInstance, DeleteDBInstance and their errors.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{KIND, backup, has, named, one};
use crate::sandbox::aws::caller::Caller;
use crate::sandbox::aws::error::ApiError;
use crate::sandbox::aws::query::Query;
use crate::sandbox::aws::types::identity::{self, Subject};
use crate::sandbox::aws::types::lifecycle::{Action, seconds};
use crate::sandbox::aws::types::protection;
use crate::sandbox::engine::inventory::{self, Physical, Place};
use crate::sandbox::world::World;
use crate::sandbox::xml::Xml;

/// Where a database keeps what is being done to it, and until when; no template can ask for it.
const UNDER_WAY: &str = "(under way)";

/// How much longer a database takes that is filled from a backup than an empty one: ours.
const FILLING: f64 = 2.0;

/// Seconds of the cloud's to give the first user another password: ours.
const PASSWORD: f64 = 60.0;

/// The longest name of an instance.
const LONGEST: usize = 63;

/// What is being done to a database, in RDS's word; none where nothing is.
pub(super) fn under_way(database: &Physical, now: Timestamp) -> Option<String> {
    let work = database.attributes.get(UNDER_WAY)?;
    (until(work)? > now).then(|| work["status"].as_str().unwrap_or_default().to_owned())
}

fn until(work: &Value) -> Option<Timestamp> {
    work["until"].as_str()?.parse().ok()
}

/// Takes away what has been deleted by now.
pub(super) fn sweep(world: &mut World, now: Timestamp) {
    let gone = |physical: &Physical| {
        let work = physical.attributes.get(UNDER_WAY).filter(|work| work["status"] == "deleting");
        physical.kind == KIND && work.and_then(until).is_some_and(|until| until <= now)
    };
    let gone: Vec<String> =
        world.resources.iter().filter(|(_, physical)| gone(physical)).map(|(key, _)| key.clone()).collect();
    for key in gone {
        world.resources.remove(&key);
    }
}

fn begin(world: &mut World, key: &str, status: &str, cloud_seconds: f64, now: Timestamp) {
    let long = SignedDuration::from_millis((cloud_seconds * 1000.0 * world.pace).round() as i64);
    let until = now.checked_add(long).unwrap_or(now);
    if let Some(database) = world.resources.edit(key) {
        let work = json!({"status": status, "until": until.to_string()});
        database.attributes.insert(UNDER_WAY.to_owned(), work);
        database.updated = now;
    }
}

/// Refuses what the sandbox would pass over in silence.
pub(super) fn only(query: &Query, taken: &[&str], what: &str) -> Result<(), ApiError> {
    let other = query.essence().into_keys().find(|name| !taken.contains(&name.split('.').next().unwrap_or_default()));
    match other {
        None => Ok(()),
        Some(other) => Err(ApiError::new(400, "InvalidParameterValue", format!("The sandbox doesn't {what} {other}."))),
    }
}

/// What a restoration takes here.
const RESTORED_BY: [&str; 12] = [
    "Action",
    "Version",
    "SourceDBInstanceAutomatedBackupsArn",
    "SourceDBInstanceIdentifier",
    "TargetDBInstanceIdentifier",
    "UseLatestRestorableTime",
    "DBInstanceClass",
    "DBSubnetGroupName",
    "VpcSecurityGroupIds",
    "PubliclyAccessible",
    "DeletionProtection",
    "Tags",
];

pub(super) fn restore(world: &mut World, caller: &Caller, query: &Query, now: Timestamp) -> Result<Xml, ApiError> {
    only(query, &RESTORED_BY, "restore with")?;
    let target = query.required("TargetDBInstanceIdentifier")?.to_lowercase();
    if !is_name(&target) {
        let why = "The parameter TargetDBInstanceIdentifier is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.";
        return Err(ApiError::new(400, "InvalidParameterValue", why));
    }
    if query.flag("UseLatestRestorableTime")? != Some(true) {
        let why = "Either UseLatestRestorableTime or RestoreTime must be specified. The sandbox restores to the latest time only.";
        return Err(ApiError::new(400, "InvalidParameterCombination", why));
    }
    let source = source(world, caller, query)?;
    let place = Place { account: caller.account.clone(), region: caller.region.clone() };
    let key = inventory::key(&place, KIND, &target);
    if world.resources.get(&key).is_some() {
        return Err(ApiError::new(400, "DBInstanceAlreadyExists", "DB instance already exists"));
    }
    let subnets = query.text("DBSubnetGroupName");
    if let Some(subnets) = subnets
        && !has(world, caller, "AWS::RDS::DBSubnetGroup", subnets)
    {
        let why = format!("DB subnet group '{subnets}' does not exist.");
        return Err(ApiError::new(404, "DBSubnetGroupNotFoundFault", why));
    }
    let groups: Vec<String> = (1..)
        .map_while(|index| query.text(&format!("VpcSecurityGroupIds.VpcSecurityGroupId.{index}")))
        .map(str::to_owned)
        .collect();
    if let Some(group) = groups.iter().find(|group| !has(world, caller, "AWS::EC2::SecurityGroup", group)) {
        let why = format!("Invalid security group , groupId= {group}, groupName=.");
        return Err(ApiError::new(400, "InvalidParameterValue", why));
    }
    let mut properties = source.properties.clone();
    // What belongs to the stack that made it, or is given anew.
    const LEFT: [&str; 6] = [
        "DBSubnetGroupName",
        "VPCSecurityGroups",
        "DeletionProtection",
        "ManageMasterUserPassword",
        "MasterUserPassword",
        "Tags",
    ];
    for name in LEFT {
        properties.remove(name);
    }
    properties.insert("DBInstanceIdentifier".to_owned(), json!(target));
    properties.insert("DeletionProtection".to_owned(), json!(query.flag("DeletionProtection")?.unwrap_or_default()));
    properties.insert("PubliclyAccessible".to_owned(), json!(query.flag("PubliclyAccessible")?.unwrap_or_default()));
    if let Some(class) = query.text("DBInstanceClass") {
        properties.insert("DBInstanceClass".to_owned(), json!(class));
    }
    if let Some(subnets) = subnets {
        properties.insert("DBSubnetGroupName".to_owned(), json!(subnets));
    }
    properties.insert("VPCSecurityGroups".to_owned(), json!(groups));
    let subject = Subject {
        kind: KIND.to_owned(),
        logical_id: String::new(),
        stack_name: String::new(),
        stack_id: String::new(),
        place: place.clone(),
    };
    let invented = identity::invent(&subject, &properties, &mut world.ids);
    let resource = Physical {
        kind: KIND.to_owned(),
        id: target,
        place,
        properties,
        attributes: invented.attributes,
        owner: None,
        created: now,
        updated: now,
    };
    let long = seconds(KIND, Action::Create, &resource.properties) * FILLING;
    world.resources.put(key.clone(), resource);
    begin(world, &key, "creating", long, now);
    answer(world, &key, now)
}

/// The database whose backup is restored.
fn source(world: &World, caller: &Caller, query: &Query) -> Result<Physical, ApiError> {
    let (arn, name) = (query.text("SourceDBInstanceAutomatedBackupsArn"), query.text("SourceDBInstanceIdentifier"));
    let found = match (arn, name) {
        (Some(wanted), None) => {
            let found = backup::kept(world, caller).find(|database| backup::arn(caller, database) == wanted);
            found.ok_or_else(backup::none)?
        }
        (None, Some(name)) => {
            let here = |database: &&Physical| database.place.region == caller.region && database.id == name;
            backup::kept(world, caller).find(here).ok_or_else(|| super::not_found(name))?
        }
        _ => {
            let why = "One of SourceDBInstanceIdentifier and SourceDBInstanceAutomatedBackupsArn must be specified.";
            return Err(ApiError::new(400, "InvalidParameterCombination", why));
        }
    };
    Ok(found.clone())
}

fn is_name(name: &str) -> bool {
    let letters = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    let begins = name.starts_with(|first: char| first.is_ascii_alphabetic());
    letters && begins && !name.ends_with('-') && !name.contains("--") && name.len() <= LONGEST
}

/// What is changed of an instance here.
const CHANGED: [&str; 5] =
    ["Action", "Version", "DBInstanceIdentifier", "ManageMasterUserPassword", "ApplyImmediately"];

pub(super) fn modify(world: &mut World, caller: &Caller, query: &Query, now: Timestamp) -> Result<Xml, ApiError> {
    only(query, &CHANGED, "change")?;
    let (key, database) = named(world, caller, query)?;
    if under_way(&database, now).is_some() || world.unwell(&database).is_some() {
        return Err(ApiError::new(400, "InvalidDBInstanceState", "Database instance is not in available state."));
    }
    if query.flag("ManageMasterUserPassword")? == Some(true) {
        let before = database.properties.get("ManageMasterUserPassword") == Some(&json!(true));
        if let Some(database) = world.resources.edit(&key).filter(|_| !before) {
            database.properties.insert("ManageMasterUserPassword".to_owned(), json!(true));
        }
        if !before {
            begin(world, &key, "resetting-master-credentials", PASSWORD, now);
        }
    }
    answer(world, &key, now)
}

/// What a deletion takes.
const DELETED_BY: [&str; 6] = [
    "Action",
    "Version",
    "DBInstanceIdentifier",
    "SkipFinalSnapshot",
    "DeleteAutomatedBackups",
    "FinalDBSnapshotIdentifier",
];

pub(super) fn delete(world: &mut World, caller: &Caller, query: &Query, now: Timestamp) -> Result<Xml, ApiError> {
    only(query, &DELETED_BY, "delete with")?;
    let (key, database) = named(world, caller, query)?;
    if under_way(&database, now).as_deref() == Some("deleting") {
        let why = format!("Instance {} is already being deleted.", database.id);
        return Err(ApiError::new(400, "InvalidDBInstanceState", why));
    }
    let skips = query.flag("SkipFinalSnapshot")?.unwrap_or_default();
    if skips == query.text("FinalDBSnapshotIdentifier").is_some() {
        let why = if skips {
            "FinalDBSnapshotIdentifier can not be specified when SkipFinalSnapshot is specified."
        } else {
            "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
        };
        return Err(ApiError::new(400, "InvalidParameterCombination", why));
    }
    if protection::refusal(world, &database).is_some() {
        let why = "Cannot delete protected DB Instance, please disable deletion protection and try again.";
        return Err(ApiError::new(400, "InvalidParameterCombination", why));
    }
    let long = seconds(KIND, Action::Delete, &database.properties);
    begin(world, &key, "deleting", long, now);
    answer(world, &key, now)
}

fn answer(world: &World, key: &str, now: Timestamp) -> Result<Xml, ApiError> {
    let database = world.resources.get(key).ok_or_else(|| super::not_found(key))?;
    Ok(one(world, database, now))
}
