//! What RDS would refuse only when it is asked, or does otherwise than the model asks.

use super::STRIPED_FROM;
use super::source::Source;
use crate::clouds::aws::draft::Draft;
use crate::diagnostics::finding::Finding;
use crate::model::database::Database;
use crate::model::reference::Reference;
use crate::model::stack::Stack;

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
            Finding::approximated("database-replica-elsewhere", at(&["replica-in"]), format!("a replica in `{region}`"))
                .why(format!(
                    "a stack makes nothing outside of its region: an environment that stands in `{region}` makes it. This one has what that takes, and gives the database's identity as an output"
                ))
                .fix("in that environment write the output into `follows` of the database"),
        );
        if database.promoted && database.follows.is_none() {
            findings.push(
                Finding::refused(
                    "database-replica-elsewhere",
                    at(&["promoted"]),
                    format!("the replica in `{region}` takes over"),
                )
                .why("it is another environment's, whose workloads it serves then")
                .fix("write `promoted: true` there, beside `follows`"),
            );
        }
    }
    if let Some(identity) = &database.follows {
        follows(findings, &at, draft.stack, database, identity);
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

/// What RDS would refuse of a replica (RDS user guide, "Working with DB instance read replicas", and "Creating a read replica in a different AWS
/// Region"), and what a proxy doesn't take ("Quotas and limitations for RDS Proxy").
fn follows(
    findings: &mut Vec<Finding>,
    at: &dyn Fn(&[&str]) -> Vec<String>,
    stack: &Stack,
    database: &Database,
    identity: &str,
) {
    const CODE: &str = "database-follows";
    let placement = &stack.placement;
    match Source::of(identity) {
        None => findings.push(
            Finding::error(CODE, at(&["follows"]), format!("`{identity}` is no database of RDS"))
                .why("a replica in another region is told what to follow by its Amazon Resource Name")
                .fix("write what the output `…Identity` of the other stack says, such as arn:aws:rds:us-east-1:111122223333:db:shop"),
        ),
        Some(source) if source.region == placement.region => findings.push(
            Finding::error(CODE, at(&["follows"]), format!("`{identity}` stands in `{}` too", source.region))
                .why("what follows it here is lost with it")
                .fix("let `replicas` of that database make a copy in its own region"),
        ),
        Some(source) if source.account != placement.account => findings.push(
            Finding::error(CODE, at(&["follows"]), format!("`{identity}` belongs to the account {}", source.account))
                .why("RDS makes a replica in another region of a database of the same account only")
                .fix(format!("follow one of {}", placement.account)),
        ),
        Some(_) => {}
    }
    if database.followed().is_none() {
        return;
    }
    let wrong = [
        (database.replicas > 0, "replicas", "copies of a copy", "write `replicas: 0`"),
        (database.pooler, "pooler", "a pooler in front of a copy", "write `pooler: false`"),
        (database.backup.copied_to.is_some(), "backup", "backups of a copy in another region", "leave `copied-to` out"),
        (database.replica_in.is_some(), "replica-in", "a copy of a copy in another region", "leave it out"),
    ];
    for (_, key, what, fix) in wrong.into_iter().filter(|(wrong, ..)| *wrong) {
        findings.push(
            Finding::error(CODE, at(&[key]), what)
                .why("while it follows, it has nothing of its own: not before it is `promoted`")
                .fix(fix),
        );
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
