//! RDS.
//!
//! Source, where none is given: RDS API Reference, CreateDBInstance, CreateDBSubnetGroup, CreateDBInstanceReadReplica.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::Asked;
use super::asked::property;
use super::permissions::is_assumable;
use crate::sandbox::aws::cloudformation::evaluate::scalar_text;
use crate::sandbox::aws::types::protection::handler;
use crate::sandbox::engine::inventory::{self, Place};

pub(super) fn refusal(asked: &Asked<'_>) -> Option<String> {
    match asked.kind() {
        "AWS::RDS::DBSubnetGroup" => subnet_group(asked),
        "AWS::RDS::DBInstance" => references(asked)
            .or_else(|| credentials(asked))
            .or_else(|| storage(asked))
            .or_else(|| windows(asked))
            .or_else(|| monitoring(asked))
            .or_else(|| replica(asked)),
        "AWS::RDS::DBProxy" => {
            let role = asked.text("RoleArn")?;
            if is_assumable(asked, &role, "rds.amazonaws.com") {
                return None;
            }
            asked.invalid(&format!("RDS can't assume the role {role}"))
        }
        _ => None,
    }
}

fn subnet_group(asked: &Asked<'_>) -> Option<String> {
    let zones: BTreeSet<String> = asked
        .texts("SubnetIds")
        .iter()
        .filter_map(|id| asked.find("AWS::EC2::Subnet", id))
        .filter_map(|subnet| subnet.attributes.get("AvailabilityZone").and_then(scalar_text))
        .collect();
    if zones.len() >= 2 {
        return None;
    }
    let covered: Vec<String> = zones.into_iter().collect();
    asked.invalid(&format!(
        "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: {}. Add subnets to cover at least 2 AZs.",
        covered.join(", ")
    ))
}

fn references(asked: &Asked<'_>) -> Option<String> {
    if let Some(group) = asked.text("DBSubnetGroupName")
        && group != "default"
        && asked.find("AWS::RDS::DBSubnetGroup", &group.to_lowercase()).is_none()
    {
        return asked.refuse(&format!("DBSubnetGroup '{group}' not found."), "NotFound");
    }
    let name = asked.text("DBParameterGroupName").filter(|name| !name.starts_with("default."))?;
    let Some(group) = asked.find("AWS::RDS::DBParameterGroup", &name.to_lowercase()) else {
        return asked.refuse(&format!("DBParameterGroup not found: {name}"), "NotFound");
    };
    let family = property(group, "Family")?;
    let (engine, version) = (asked.text("Engine")?, asked.text("EngineVersion")?);
    let major = version.split('.').next()?;
    let wanted = format!("{engine}{major}");
    // The other engines name their families by two parts of the version.
    if engine != "postgres" || family == wanted {
        return None;
    }
    asked.invalid(&format!(
        "The parameter group {name} with DBParameterGroupFamily {family} can't be used for this instance. Please use a parameter group with DBParameterGroupFamily {wanted}."
    ))
}

fn credentials(asked: &Asked<'_>) -> Option<String> {
    let managed = asked.is_true("ManageMasterUserPassword");
    let password = asked.text("MasterUserPassword");
    if managed && password.is_some() {
        return asked
            .invalid("You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled.");
    }
    if let Some(password) = &password
        && !password.contains("{{resolve:")
        && password.chars().count() < 8
    {
        return asked.invalid(
            "The parameter MasterUserPassword is not a valid password because it is shorter than 8 characters.",
        );
    }
    let engine = asked.text("Engine").unwrap_or_default();
    let name = asked.text("MasterUsername").unwrap_or_default();
    let reserved =
        matches!((engine.as_str(), name.as_str()), ("postgres", "admin" | "rdsadmin" | "rds_superuser" | "user"));
    if reserved {
        return asked
            .invalid(&format!("MasterUsername {name} cannot be used as it is a reserved word used by the engine"));
    }
    let made_new = asked.value("SourceDBInstanceIdentifier").is_none()
        && asked.value("DBSnapshotIdentifier").is_none()
        && asked.value("DBClusterIdentifier").is_none()
        && asked.value("RestoreTime").is_none();
    if made_new && asked.own_id.is_none() && !managed && password.is_none() && asked.value("Engine").is_some() {
        return asked.invalid("The parameter MasterUserPassword must be provided and must not be blank.");
    }
    None
}

/// Source: RDS User Guide, "gp3 storage".
fn storage(asked: &Asked<'_>) -> Option<String> {
    const LEAST: f64 = 20.0;
    const MOST: f64 = 65_536.0;
    const STRIPED: f64 = 400.0;
    let engine = asked.text("Engine")?;
    let kind = asked.text("StorageType").unwrap_or_else(|| "gp2".to_owned());
    let size = asked.number("AllocatedStorage")?;
    let general = matches!(kind.as_str(), "gp2" | "gp3");
    if engine == "postgres" && general && !(LEAST..=MOST).contains(&size) {
        return asked
            .invalid(&format!("Invalid storage size for engine name {engine} and storage type {kind}: {size}"));
    }
    let given = asked.value("Iops").is_some() || asked.value("StorageThroughput").is_some();
    if engine == "postgres" && kind == "gp3" && given && size < STRIPED {
        return asked.invalid(&format!(
            "You can't specify IOPS or storage throughput for engine {engine} and a storage size less than {STRIPED}."
        ));
    }
    if let Some(most) = asked.number("MaxAllocatedStorage")
        && most < size
    {
        return asked.invalid("Max storage size must be greater than storage size");
    }
    None
}

/// Storage only grows, and an engine goes to newer versions only. Source: RDS User Guide, "Scaling up DB instance storage"; the words about
/// versions from terraform issue 22462, those about storage are ours.
pub(super) fn refusal_of_change(is: &Map<String, Value>, wanted: &Map<String, Value>) -> Option<String> {
    let both = |name: &str| Some((scalar_text(is.get(name)?)?, scalar_text(wanted.get(name)?)?));
    let refused =
        |message: String| Some(handler(&format!("{message} (Service: Rds, Status Code: 400)"), "InvalidRequest"));
    if let Some((is, wanted)) = both(STORAGE)
        && size(&wanted) < size(&is)
    {
        return refused(format!("Invalid storage size {wanted}: it can't be less than the {is} that are allocated."));
    }
    let (engine, _) = both("Engine")?;
    let (is, wanted) = both("EngineVersion")?;
    let numbers = |version: &str| version.split('.').map(|part| part.parse().ok()).collect::<Option<Vec<u64>>>();
    let (from, to) = (numbers(&is)?, numbers(&wanted)?);
    // `16` of a `16.4` asks for any of that line.
    let shared = from.len().min(to.len());
    if to[..shared] < from[..shared] {
        return refused(format!("Cannot upgrade {engine} from {is} to {wanted}"));
    }
    None
}

/// What a rollback asks for: storage that has grown stays. Source: aws-cloudformation-resource-providers-rds, `canUpdateAllocatedStorage`.
pub(super) fn left_by_a_rollback(is: &Map<String, Value>, was: &Map<String, Value>) -> Map<String, Value> {
    let mut left = was.clone();
    let storage = |properties: &Map<String, Value>| size(&scalar_text(properties.get(STORAGE)?)?);
    if let (Some(now), Some(before)) = (storage(is), storage(was)) {
        left.insert(STORAGE.to_owned(), Value::String(now.max(before).to_string()));
    }
    left
}

const STORAGE: &str = "AllocatedStorage";

fn size(text: &str) -> Option<u64> {
    text.parse().ok()
}

/// A window as minutes of the week.
fn minutes(text: &str, weekly: bool) -> Option<(u32, u32)> {
    let clock = |text: &str| {
        let (hour, minute) = text.split_once(':')?;
        Some(hour.parse::<u32>().ok()? * 60 + minute.parse::<u32>().ok()?)
    };
    let moment = |text: &str| {
        if !weekly {
            return clock(text);
        }
        let (day, time) = text.split_once(':')?;
        let day =
            ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].iter().position(|name| *name == day.to_lowercase())?;
        Some(u32::try_from(day).ok()? * 1_440 + clock(time)?)
    };
    let (from, to) = text.split_once('-')?;
    Some((moment(from)?, moment(to)?))
}

fn windows(asked: &Asked<'_>) -> Option<String> {
    let (backup, upkeep) = (asked.text("PreferredBackupWindow")?, asked.text("PreferredMaintenanceWindow")?);
    let ((start, end), (from, to)) = (minutes(&backup, false)?, minutes(&upkeep, true)?);
    let length = |from: u32, to: u32, whole: u32| if to >= from { to - from } else { to + whole - from };
    let upkeep_length = length(from, to, 7 * 1_440);
    let backup_length = length(start, end, 1_440);
    let day_start = from % 1_440;
    // Both as distances from the start of the maintenance, over two days.
    let after = length(day_start, start, 1_440);
    let overlaps = after < upkeep_length || after + backup_length > 1_440;
    if overlaps {
        return asked.invalid("The backup window and maintenance window must not overlap.");
    }
    None
}

fn monitoring(asked: &Asked<'_>) -> Option<String> {
    let interval = asked.number("MonitoringInterval").filter(|interval| *interval > 0.0);
    let role = asked.text("MonitoringRoleArn");
    match (interval, role) {
        (Some(_), None) => asked
            .invalid("A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0."),
        (Some(_), Some(role)) if !is_assumable(asked, &role, "monitoring.rds.amazonaws.com") => asked.invalid(
            "IAM role ARN value is invalid or does not include the required permissions for: ENHANCED_MONITORING",
        ),
        _ => None,
    }
}

/// One that follows another, of this region by its name or of another by its Amazon Resource Name.
/// Source: RDS User Guide, "Creating a read replica in a different AWS Region"; RDS API Reference, CreateDBInstanceReadReplica, `KmsKeyId`,
/// `DBSubnetGroupName`. That the account has to be the same, and `SourceRegion` the source's own, is ours.
fn replica(asked: &Asked<'_>) -> Option<String> {
    let source = asked.text("SourceDBInstanceIdentifier")?;
    let missing = || asked.refuse(&format!("DBInstance {source} not found."), "NotFound");
    let found = match source.split(':').collect::<Vec<_>>().as_slice() {
        [name] => asked.find("AWS::RDS::DBInstance", &name.to_lowercase()),
        ["arn", _, "rds", region, account, "db", name] => {
            if asked.text("SourceRegion").is_some_and(|said| said != **region) {
                return asked.invalid(&format!("SourceRegion isn't the region of {source}."));
            }
            let place = Place { account: (*account).to_owned(), region: (*region).to_owned() };
            if *account != asked.account() {
                return missing();
            }
            let key = inventory::key(&place, "AWS::RDS::DBInstance", &name.to_lowercase());
            let Some(found) = asked.world.resources.get(&key) else { return missing() };
            let encrypted = property(found, "StorageEncrypted").as_deref() == Some("true");
            if *region != asked.region() && encrypted && asked.value("KmsKeyId").is_none() {
                return asked
                    .invalid("KmsKeyId must be specified when creating an encrypted read replica in another region.");
            }
            if *region != asked.region() && asked.value("DBSubnetGroupName").is_none() {
                return asked
                    .invalid("DBSubnetGroupName must be specified for a read replica in another region in a VPC.");
            }
            Some(found)
        }
        _ => return asked.invalid(&format!("Invalid source DB instance identifier {source}.")),
    };
    let Some(found) = found else { return missing() };
    let own = |name: &str| asked.text(name).filter(|own| property(found, name).is_some_and(|source| source != *own));
    if let Some(engine) = own("Engine") {
        return asked.invalid(&format!("The engine {engine} isn't the one of {source}."));
    }
    if property(found, "BackupRetentionPeriod").as_deref() == Some("0") {
        return asked.invalid(
            "Automated backups are not enabled for this database instance. To enable automated backups, use ModifyDBInstance to set the backup retention period to a non-zero value.",
        );
    }
    // RDS User Guide, "Limitations for Secrets Manager integration with Amazon RDS": of all engines but SQL Server.
    let engine = property(found, "Engine").unwrap_or_default();
    if property(found, "ManageMasterUserPassword").as_deref() == Some("true") && !engine.starts_with("sqlserver") {
        return asked.invalid(&format!(
            "Creating read replicas for source instance with engine {engine} where ManageMasterUserPassword is enabled is not supported."
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::minutes;

    #[test]
    fn windows_are_read_as_minutes() {
        assert_eq!(minutes("03:00-04:30", false), Some((180, 270)));
        assert_eq!(minutes("sun:04:00-sun:05:00", true), Some((6 * 1_440 + 240, 6 * 1_440 + 300)));
        assert_eq!(minutes("nonsense", true), None);
    }
}
