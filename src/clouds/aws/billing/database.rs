//! Databases, their poolers, and caches.

use serde_json::Value;

use super::{All, carried, number, text, truth};
use crate::cost::assumption::Assumption;
use crate::cost::bill::{Bill, Measure};
use crate::cost::quantity::{HOURS, Quantity};
use crate::plan::resource::Resource;

/// Operations a second that a disk of the type gp3 has for nothing: more where it is of 400 GiB and more (RDS user guide, "General
/// Purpose SSD storage").
fn included(gibibytes: Quantity) -> u64 {
    if gibibytes < Quantity::whole(400) { 3_000 } else { 12_000 }
}

/// An instance with its disk; with a standby, both are billed twice.
pub(super) fn instance(bill: &mut Bill, resource: &Resource, all: &All<'_>) {
    // A replica has the engine and the disk of what it copies.
    let source = all.referred(resource.properties.get("SourceDBInstanceIdentifier"));
    let of =
        |name: &str| resource.properties.get(name).or_else(|| source.and_then(|source| source.properties.get(name)));
    let standby = resource.properties.get("MultiAZ").is_some_and(truth);
    let machines = if standby { 2 } else { 1 };
    let copy = resource.properties.get("SourceDBInstanceIdentifier").is_some();
    let words = match (copy, standby) {
        (true, false) => " as a replica",
        (true, true) => " as a replica with a standby",
        (false, true) => " with a standby",
        (false, false) => "",
    };
    // One that follows a database of another stack says its engine by the family of its settings.
    let settings = all.referred(resource.properties.get("DBParameterGroupName"));
    let family = settings.and_then(|settings| text(settings, "Family"));
    let engine = of("Engine").and_then(Value::as_str);
    let engine =
        engine.or_else(|| family.map(|family| family.trim_end_matches(|sign: char| !sign.is_ascii_alphabetic())));
    match (text(resource, "DBInstanceClass"), engine) {
        (Some(class), Some(engine)) => {
            let hours = Measure::Always(HOURS.times(machines));
            bill.add(resource, format!("{class}{words}"), format!("rds.{engine}.{class}"), hours);
        }
        (_, _) => bill.without_number(resource, "database"),
    }
    let kind = of("StorageType").and_then(Value::as_str).unwrap_or("gp2");
    match number(of("AllocatedStorage")) {
        Some(size) => {
            let disk = format!("disk ({kind}){words}");
            bill.add(resource, disk, format!("rds.storage.{kind}"), Measure::Always(size.times(machines)));
            if let Some(operations) = number(of("Iops")) {
                let free = Quantity::whole(included(size)).as_thousandths();
                let more = Quantity::thousandths(operations.as_thousandths().saturating_sub(free));
                if more > Quantity::ZERO {
                    let more = Measure::Always(more.times(machines));
                    bill.add(resource, format!("faster disk{words}"), format!("rds.iops.{kind}"), more);
                }
            }
            if let Some(region) = text(resource, "AutomaticBackupReplicationRegion") {
                copied(bill, resource, region, size);
            }
        }
        None => bill.without_number(resource, "disk of a database"),
    }
    bill.leave_out_at("rds.backup", "backups beyond the size of their database");
}

/// Backups in another region, all of them: they are for nothing only up to the size of the databases in the same one (AWS Database Blog, "Demystifying
/// Amazon RDS backup storage costs").
fn copied(bill: &mut Bill, resource: &Resource, region: &str, size: Quantity) {
    let mut there = Bill::default();
    there.add(resource, format!("backups in {region}"), "rds.backup", Measure::Assumed(Assumption::Backups, size));
    bill.elsewhere(region, there);
    carried(bill);
}

/// A pooler is billed by the processors of the database behind it, two at least.
pub(super) fn pooler(bill: &mut Bill, resource: &Resource, all: &All<'_>) {
    let behind = all.upon("AWS::RDS::DBProxyTargetGroup", &resource.id).find_map(|group| {
        let instances = group.properties.get("DBInstanceIdentifiers")?.as_array()?;
        all.referred(instances.first())
    });
    match behind.and_then(|database| text(database, "DBInstanceClass")).and_then(processors) {
        Some(processors) => {
            let hours = Measure::Always(HOURS.times(processors.max(2)));
            bill.add(resource, format!("pooler of {processors} processors"), "rds.proxy", hours);
        }
        None => bill.without_row(resource, "pooler"),
    }
}

/// The processors of a class, which its size tells (RDS user guide, "Hardware specifications for DB instance classes").
fn processors(class: &str) -> Option<u64> {
    let size = class.rsplit('.').next()?;
    match size {
        "micro" | "small" | "medium" | "large" => Some(2),
        "xlarge" => Some(4),
        larger => Some(4 * larger.strip_suffix("xlarge")?.parse::<u64>().ok()?),
    }
}

/// A cache is billed by its nodes.
pub(super) fn cache(bill: &mut Bill, resource: &Resource) {
    let nodes = number(resource.properties.get("NumCacheClusters"));
    match (text(resource, "CacheNodeType"), nodes) {
        (Some(class), Some(nodes)) => {
            let words = format!("{nodes} × {class}");
            let engine = text(resource, "Engine").unwrap_or("redis");
            bill.add(resource, words, format!("elasticache.{engine}.{class}"), Measure::Always(HOURS.by(nodes)));
        }
        (_, _) => bill.without_number(resource, "cache"),
    }
    bill.leave_out_at("elasticache.snapshots", "snapshots of caches beyond one");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_tells_its_processors_by_its_size() {
        let classes = ["db.t4g.micro", "db.m7g.large", "db.r6i.xlarge", "db.r7g.16xlarge", "db.serverless"];
        assert_eq!(classes.map(processors), [Some(2), Some(2), Some(4), Some(64), None]);
    }
}
