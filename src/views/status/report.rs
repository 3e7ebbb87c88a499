//! Where targets stand, for programs.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::words::{current, deployed_by, light};
use super::{Row, Stands};
use crate::ledger::entry::{Origin, ReleaseRef};
use crate::ledger::gate::Judgement;
use crate::ledger::lock::{Holder, Liveness};
use crate::ledger::sighting::{Seen, Sighting};
use crate::release::ahead::Way;

/// What `landfall status --format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Report {
    /// The version of this format: 1.
    format_version: u32,
    /// When this was looked at, RFC 3339, on this machine's clock.
    at: String,
    /// Every target that was asked for, by system and environment.
    targets: Vec<Target>,
}

/// A target.
#[derive(Debug, Serialize, JsonSchema)]
struct Target {
    /// The target, `system/environment`.
    target: String,
    /// The environment of the same system that it takes releases from; null where they begin here.
    from: Option<String>,
    /// At a glance: `good`, `off` (nothing is deployed), `busy` (a run is at work), `look` (somebody should), `bad`.
    light: &'static str,
    /// Why it could not be read; null where it was. All else is null then.
    error: Option<String>,
    /// The number of the last entry in the ledger; 0 before the first.
    head: Option<u64>,
    /// What is deployed and verified; null where nothing is.
    deployed: Option<Deployed>,
    /// Why it takes no promotion until somebody has looked; null where it takes them.
    held: Option<String>,
    /// The intent that has no outcome yet; null where there is none.
    interrupted: Option<String>,
    /// How the last run ended: `succeeded`, `nothing-to-do`, `unwell`, `undone`, `inconsistent`, `abandoned` or `destroyed`.
    last: Option<String>,
    /// What was seen after the last deployment; null where nothing is looked at.
    gate: Option<Gate>,
    /// What was found by who looked for drift last; null where nobody did since the last deployment.
    drift: Option<Drift>,
    /// Who holds its lock; null where nobody does.
    locked_by: Option<Locker>,
    /// The same lock, judged.
    lock: Option<Lock>,
    /// The next promotion; null where releases begin here.
    next: Option<Next>,
}

/// What is deployed.
#[derive(Debug, Serialize, JsonSchema)]
struct Deployed {
    /// The number of the entry that says so.
    entry: u64,
    /// The digest of the document.
    document: Option<String>,
    /// The release; null where a working copy was deployed.
    release: Option<Release>,
    /// How it came about: `applied`, `promoted` or `rolled-back`; null for what was recorded before releases.
    how: Option<&'static str>,
    /// Since when, RFC 3339.
    at: String,
    /// For how long, seconds.
    seconds: u64,
    /// Who deployed it.
    by: String,
    /// The page of the pipeline run; null where there is none.
    run_url: Option<String>,
}

/// A release.
#[derive(Debug, Serialize, JsonSchema)]
struct Release {
    /// The digest of what is sealed.
    id: String,
    /// Its name; null where it has none.
    name: Option<String>,
}

/// What was seen after a deployment.
#[derive(Debug, Serialize, JsonSchema)]
struct Gate {
    /// `well`, `unwell`, or `not-asked` where nobody knows.
    is: &'static str,
    /// Why, a line each.
    why: Vec<String>,
}

/// What was found by who looked for drift.
#[derive(Debug, Serialize, JsonSchema)]
struct Drift {
    /// `compared`, `gone` or `not-deployed`.
    is: &'static str,
    /// The resources that differ and were not accepted.
    open: Vec<String>,
    /// How many differ and were accepted.
    accepted: usize,
    /// When, RFC 3339.
    at: String,
    /// Who looked.
    by: String,
}

/// Who holds a lock.
#[derive(Debug, Serialize, JsonSchema)]
struct Locker {
    /// The person or service.
    who: String,
    /// The machine.
    host: String,
    /// The process there.
    process: u32,
    /// What it runs.
    command: String,
    /// The page of the pipeline run; null where there is none.
    run_url: Option<String>,
}

/// A lock.
#[derive(Debug, Serialize, JsonSchema)]
struct Lock {
    /// Since when, RFC 3339, on the holder's clock.
    since: String,
    /// How long ago the holder gave a sign of life, seconds, on the store's clock.
    sign_of_life_seconds: u64,
    /// `alive` or `dead` where it runs or ran on this machine, else `unknown`.
    holder: &'static str,
    /// Whether it may be taken over without force.
    free_to_take: bool,
}

/// The next promotion.
#[derive(Debug, Serialize, JsonSchema)]
struct Next {
    /// The environment that the release would come from.
    from: String,
    /// `open` (no gate that can be judged beforehand is closed), `closed`, `there` (it is here already) or `nothing` (none can come).
    way: &'static str,
    /// Why none can come; null where one can.
    why: Option<String>,
    /// The release; null where none can come.
    release: Option<Release>,
    /// The gates that records answer, and what is asked only then.
    gates: Vec<Asked>,
}

/// A gate of the next promotion.
#[derive(Debug, Serialize, JsonSchema)]
struct Asked {
    /// Its name, as environment files have it where they do.
    name: &'static str,
    /// `open`, `closed`, or `later` where it is asked only when the release is promoted.
    is: &'static str,
    /// What it found, or what is asked.
    found: String,
}

/// The schema of [`Report`].
pub fn schema() -> Value {
    schemars::schema_for!(Report).to_value()
}

/// The report.
pub(super) fn report(rows: &[Row], now: Timestamp) -> Report {
    Report { format_version: 1, at: now.to_string(), targets: rows.iter().map(|row| target(row, now)).collect() }
}

fn target(row: &Row, now: Timestamp) -> Target {
    let stands = row.stands.as_ref().ok();
    let standing = stands.map(|stands| &stands.standing);
    let last = standing.and_then(|standing| standing.last.as_ref());
    let lock = stands.and_then(|stands| stands.lock.as_ref());
    Target {
        target: row.target.to_string(),
        from: row.from.clone(),
        light: light(row).word(),
        error: row.stands.as_ref().err().cloned(),
        head: standing.map(|standing| standing.head),
        deployed: stands.and_then(|stands| deployed(stands, now)),
        held: standing.and_then(|standing| standing.held.clone()),
        interrupted: standing.and_then(|standing| Some(standing.pending.as_ref()?.id.clone())),
        last: last.map(|last| word(&last.ending)),
        gate: last.and_then(|last| last.judgement.as_ref()).map(gate),
        drift: stands.and_then(|stands| current(stands.drift.as_ref(), deployed_by(stands))).map(drift),
        locked_by: lock.map(|held| locker(&held.lock.holder)),
        lock: lock.map(|held| Lock {
            since: held.lock.since.to_string(),
            sign_of_life_seconds: held.age.as_secs(),
            holder: match held.liveness {
                Liveness::Alive => "alive",
                Liveness::Dead => "dead",
                Liveness::Unknown => "unknown",
            },
            free_to_take: held.is_dead(),
        }),
        next: row.ahead.as_ref().map(next),
    }
}

/// A variant's word as the ledger writes it.
fn word<T: Serialize>(of: &T) -> String {
    serde_json::to_value(of).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn release(release: &ReleaseRef) -> Release {
    Release { id: release.id.to_string(), name: release.name.clone() }
}

fn deployed(stands: &Stands, now: Timestamp) -> Option<Deployed> {
    let found = stands.standing.deployed.as_ref()?;
    let origin = found.deploy.as_ref().and_then(|deploy| deploy.origin.as_ref());
    Some(Deployed {
        entry: found.entry.sequence,
        document: found.outcome.document.as_ref().map(ToString::to_string),
        release: stands.standing.release().map(release),
        how: origin.map(|origin| match origin {
            Origin::Applied => "applied",
            Origin::Promoted { .. } => "promoted",
            Origin::RolledBack { .. } => "rolled-back",
        }),
        at: found.entry.at.to_string(),
        seconds: u64::try_from(now.duration_since(found.entry.at).as_secs()).unwrap_or(0),
        by: found.entry.by.who.clone(),
        run_url: found.entry.by.run_url.clone(),
    })
}

fn gate(judgement: &Judgement) -> Gate {
    match judgement {
        Judgement::Well => Gate { is: "well", why: Vec::new() },
        Judgement::Unwell { reasons } => Gate { is: "unwell", why: reasons.clone() },
        Judgement::NotAsked { why } => Gate { is: "not-asked", why: vec![why.clone()] },
    }
}

fn drift(sighting: &Sighting) -> Drift {
    let (is, open, accepted) = match &sighting.found {
        Seen::Compared { open, accepted } => ("compared", open.clone(), *accepted),
        Seen::Gone => ("gone", Vec::new(), 0),
        Seen::NotDeployed => ("not-deployed", Vec::new(), 0),
    };
    Drift { is, open, accepted, at: sighting.at.to_string(), by: sighting.by.who.clone() }
}

fn locker(holder: &Holder) -> Locker {
    Locker {
        who: holder.who.clone(),
        host: holder.host.clone(),
        process: holder.process,
        command: holder.command.clone(),
        run_url: holder.run_url.clone(),
    }
}

fn next(ahead: &crate::release::ahead::Ahead) -> Next {
    let coming = ahead.coming.as_ref().ok();
    let judged = coming.into_iter().flat_map(|coming| &coming.gates).map(|gate| Asked {
        name: gate.name,
        is: if gate.open { "open" } else { "closed" },
        found: gate.found.clone(),
    });
    let later = coming.into_iter().flat_map(|coming| &coming.later);
    let later = later.map(|(name, found)| Asked { name, is: "later", found: found.clone() });
    Next {
        from: ahead.from.clone(),
        way: match ahead.way() {
            Way::Nothing => "nothing",
            Way::There => "there",
            Way::Closed => "closed",
            Way::Open => "open",
        },
        why: ahead.coming.as_ref().err().cloned(),
        release: coming.map(|coming| release(&coming.release)),
        gates: judged.chain(later).collect(),
    }
}
