//! What RDS would refuse only when it is asked, or does otherwise than the model asks.

use super::STRIPED_FROM;
use crate::clouds::aws::draft::Draft;
use crate::diagnostics::finding::Finding;
use crate::model::database::Database;
use crate::model::reference::Reference;

/// GiB of a gp3 volume (RDS user guide, "General Purpose SSD storage").
const STORAGE: std::ops::RangeInclusive<u64> = 20..=65_536;
/// Operations a second of a small gp3 volume; it can't be asked for more (same place).
const SMALL_IOPS: u32 = 3_000;
/// The most operations a second of a striped gp3 volume (same place).
const MOST_IOPS: u32 = 64_000;
/// Days that automated backups are kept (RDS API reference, CreateDBInstance).
const BACKUP: std::ops::RangeInclusive<u64> = 1..=35;
/// The shortest window in minutes (same place).
const SHORTEST_WINDOW: u16 = 30;

/// Adds the findings of a database.
pub(crate) fn check(draft: &mut Draft<'_>, of: &Reference, database: &Database) {
    let at = |keys: &[&str]| {
        let mut path = of.path().to_vec();
        path.extend(keys.iter().map(|key| (*key).to_owned()));
        path
    };
    let storage = &database.storage;
    let gibibytes = storage.size.as_gibibytes();
    let findings = &mut draft.findings;
    if !STORAGE.contains(&gibibytes) || gibibytes << 30 != storage.size.bytes() {
        findings.push(
            Finding::error(
                "database-storage",
                at(&["storage", "size"]),
                format!("RDS can't give a database `{}`", storage.size),
            )
            .why("it gives whole gibibytes from 20 GiB to 64 TiB")
            .fix("choose a size from `20GiB` to `64TiB`"),
        );
    }
    if let Some(asked) = storage.iops {
        iops(findings, at(&["storage", "iops"]), gibibytes, asked);
    }
    // RDS user guide, "Managing capacity automatically with Amazon RDS storage autoscaling".
    if let Some(most) = storage.grow_to.filter(|most| most.bytes() < storage.size.bytes() / 10 * 11) {
        findings.push(
            Finding::error("database-growth", at(&["storage", "grow-to"]), format!("`{most}` leaves no room to grow"))
                .why("RDS asks for at least a tenth more than the size at first")
                .fix("choose a larger size, or leave `grow-to` out"),
        );
    }
    let keep = database.backup.keep;
    if !BACKUP.contains(&keep.as_days()) || keep.as_days() * 86_400 != keep.as_seconds() {
        findings.push(
            Finding::error("database-backup", at(&["backup", "keep"]), format!("RDS can't keep backups for `{keep}`"))
                .why("it keeps them for whole days, 35 at most; none at all would be no way back")
                .fix("choose a time from `1d` to `35d`"),
        );
    }
    if let Some(region) = &database.replica_in {
        findings.push(
            Finding::refused("database-replica-elsewhere", at(&["replica-in"]), format!("a replica in `{region}`"))
                .why("a stack makes nothing outside of its region")
                .fix("leave it out here; `backup.copied-to` keeps copies there"),
        );
    }
    let windows = [
        (at(&["backup", "window"]), database.backup.window),
        (at(&["maintenance"]), database.maintenance.map(|window| window.time)),
    ];
    for (path, window) in windows {
        if let Some(window) = window.filter(|window| window.minutes() < SHORTEST_WINDOW) {
            findings.push(
                Finding::error("database-window", path, format!("`{window}` is too short"))
                    .why("RDS asks for half an hour")
                    .fix("make it 30 minutes or longer"),
            );
        }
    }
}

fn iops(findings: &mut Vec<Finding>, path: Vec<String>, gibibytes: u64, asked: u32) {
    if gibibytes < STRIPED_FROM && asked > SMALL_IOPS {
        findings.push(
            Finding::error(
                "database-iops",
                path,
                format!("a disk of {gibibytes} GiB can't do {asked} operations a second"),
            )
            .why(format!(
                "below {STRIPED_FROM} GiB gp3 always does {SMALL_IOPS} for PostgreSQL and can't be asked for more"
            ))
            .fix(format!("make the disk {STRIPED_FROM} GiB or larger, or leave `iops` out")),
        );
    } else if asked > MOST_IOPS {
        findings.push(
            Finding::error("database-iops", path, format!("gp3 can't do {asked} operations a second"))
                .why(format!("it does {MOST_IOPS} at most"))
                .fix(format!("ask for {MOST_IOPS} or less")),
        );
    }
}
