//! What a flexible server can't do, or does otherwise than asked.

use super::class::{Class, LARGEST, class, disk};
use super::replica;
use crate::clouds::azure::draft::Draft;
use crate::clouds::azure::{network, pair};
use crate::model::database::Database;
use crate::model::reference::Reference;
use crate::model::units::Size;

/// How long backups are kept, in days (Azure Database for PostgreSQL documentation, "Backup and restore").
const KEEP: std::ops::RangeInclusive<u64> = 7..=35;
/// The versions that are offered (type definition of flexible servers, 2025-08-01).
const VERSIONS: std::ops::RangeInclusive<u32> = 11..=18;
/// The beginning of settings that another cloud's service adds to the engine.
const FOREIGN: &str = "rds.";

/// The machine, with findings of what is refused or only near; none where there is no such machine.
pub(super) fn check(draft: &mut Draft<'_>, of: &Reference, database: &Database) -> Option<Class> {
    size(draft, of, database);
    recovery(draft, of, database);
    replica::check(draft, of, database);
    engine(draft, of, database);
    let copied = database.replicas > 0 || database.replica_in.is_some();
    let steady = database.high_availability || copied || database.pooler;
    let class = class(database.size, steady);
    if class.is_none() {
        draft.never(
            "azure-database-size",
            of,
            ["size"],
            format!("{} processors and {}", database.size.vcpu, database.size.memory),
            "the largest machine has 96 processors and 672 GiB",
            "ask for less",
        );
    }
    class
}

fn size(draft: &mut Draft<'_>, of: &Reference, database: &Database) {
    let storage = database.storage;
    let (gibibytes, iops) = LARGEST;
    if storage.size > Size::gibibytes(gibibytes) || storage.iops.is_some_and(|wanted| wanted > iops) {
        return draft.never(
            "azure-database-storage",
            of,
            ["storage"],
            "so large or so fast a disk",
            format!("the largest disk has {gibibytes} GiB and {iops} operations a second"),
            "ask for less",
        );
    }
    let disk = disk(storage);
    if storage.size != Size::gibibytes(disk.gibibytes) {
        draft.nearly(
            "azure-database-storage",
            of,
            ["storage", "size"],
            format!("a disk of {}", storage.size),
            format!("disks have fixed sizes; the next one up has {} GiB", disk.gibibytes),
            format!("write `{}GiB`", disk.gibibytes),
        );
    }
    if let Some(limit) = storage.grow_to {
        draft.nearly(
            "azure-database-storage",
            of,
            ["storage", "grow-to"],
            format!("a disk that grows to {limit} by itself"),
            "a disk grows to the next size whenever it is nearly full, and no limit can be set",
            "watch free storage by an alarm",
        );
    }
}

fn recovery(draft: &mut Draft<'_>, of: &Reference, database: &Database) {
    if !KEEP.contains(&network::days(database.backup.keep)) {
        draft.never(
            "azure-database-backup",
            of,
            ["backup", "keep"],
            format!("backups kept for `{}`", database.backup.keep),
            "a server keeps them for 7 to 35 days",
            "choose a time from `7d` to `35d`",
        );
    }
    if let Some(wanted) = database.backup.copied_to.as_deref() {
        pair::check(draft, "azure-database-backup", of, ["backup", "copied-to"], "backups", wanted);
    }
    if database.backup.window.is_some() {
        draft.nearly(
            "azure-database-backup",
            of,
            ["backup", "window"],
            "the time of the daily backup",
            "the server makes snapshots when it sees fit, without a load on the database, and keeps the log besides",
            "leave the window out for this environment",
        );
    }
}

fn engine(draft: &mut Draft<'_>, of: &Reference, database: &Database) {
    let (major, exact) = match database.version.split_once('.') {
        Some((major, _)) => (major, true),
        None => (database.version.as_str(), false),
    };
    if !major.parse::<u32>().is_ok_and(|major| VERSIONS.contains(&major)) {
        draft.never(
            "azure-database-version",
            of,
            ["version"],
            format!("PostgreSQL {}", database.version),
            format!("versions {} to {} are offered", VERSIONS.start(), VERSIONS.end()),
            "choose one of these",
        );
    }
    if exact {
        draft.nearly(
            "azure-database-version",
            of,
            ["version"],
            format!("PostgreSQL {} exactly", database.version),
            "a server follows the newest minor version of its major one",
            format!("write \"{major}\""),
        );
    }
    if !database.identity_login {
        draft.nearly(
            "azure-database-login",
            of,
            ["identity-login"],
            "a login by password",
            "the server knows identities only, so that no password stands in any template; migrations run as the identity `database-…-admin` and make a user for each workload's",
            "write `identity-login: true`",
        );
    }
    for name in database.parameters.keys().filter(|name| name.starts_with(FOREIGN)) {
        draft.never(
            "azure-database-setting",
            of,
            ["parameters", name],
            format!("the setting `{name}`"),
            "the engine in Azure has no such setting",
            "take it out for this environment: null",
        );
    }
}
