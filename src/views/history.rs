//! What `landfall history` shows.

use std::io;

use serde_json::json;

use super::apply::took;
use super::output::{Format, Output};
use crate::ledger::entry::{Ending, Entry, Migrated, Origin, Purpose, Record, Rotation, Versions};
use crate::ledger::gate::Judgement;

/// Shows entries, newest first.
///
/// # Errors
/// Where nobody reads it any more.
pub fn show(output: &mut Output, target: &str, entries: &[Entry]) -> io::Result<()> {
    if output.format == Format::Json {
        let report = json!({ "format_version": 1, "target": target, "entries": entries });
        return output.result(&format!("{report:#}\n"));
    }
    if entries.is_empty() {
        return output.result(&format!("Nothing happened to {target} yet.\n"));
    }
    let mut text = String::new();
    for entry in entries {
        let at = entry.at.strftime("%Y-%m-%d %H:%M:%S");
        let run = entry.by.run_url.as_deref().map(|url| format!("  {url}")).unwrap_or_default();
        text.push_str(&format!("{:>5}  {at}  {:<12}  {}{run}\n", entry.sequence, entry.by.who, what(&entry.record)));
    }
    output.result(&super::safe(&text))
}

fn what(record: &Record) -> String {
    match record {
        Record::Intent(intent) => match &intent.purpose {
            Purpose::Deploy(deploy) if deploy.reverts_drift => "began to put back what was changed by hand".to_owned(),
            Purpose::Deploy(deploy) if let Some(rotation) = &deploy.rotates => rotated(rotation, &intent.id),
            Purpose::Deploy(deploy) => {
                let plan = intent.plan.as_ref().map(|plan| format!(", plan {}", plan.short())).unwrap_or_default();
                let tally = deploy.tally;
                let approved = if intent.approved.is_empty() {
                    String::new()
                } else {
                    format!(", approved {}", intent.approved.join(" "))
                };
                let what = match (&deploy.release, &deploy.origin) {
                    (None, _) if deploy.takes_back.is_some() => format!("to go back to {}", deploy.document.short()),
                    (Some(release), _) if deploy.takes_back.is_some() => format!("to go back to release {release}"),
                    (None, Some(Origin::RolledBack { to, .. })) => format!("back to entry {to}"),
                    (None, _) => format!("to deploy {}", deploy.document.short()),
                    (Some(release), Some(Origin::Promoted { from })) => format!("to promote {release} from {from}"),
                    (Some(release), Some(Origin::RolledBack { .. })) => format!("back to release {release}"),
                    (Some(release), Some(Origin::Applied) | None) => format!("to deploy release {release}"),
                };
                format!(
                    "began {what} ({} to add, {} to change, {} to replace, {} to destroy{plan}{approved})",
                    tally.create, tally.update, tally.replace, tally.delete
                )
            }
            Purpose::Destroy { .. } => "began to destroy it".to_owned(),
            Purpose::ContinueUndo { .. } => "began to undo a failed update further".to_owned(),
            Purpose::Switch(switch) => {
                let to = if switch.reset { "back to" } else { "to" };
                let was = switch.was.as_ref().map(|was| format!(" from {was}")).unwrap_or_default();
                let why = switch.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
                format!("began to switch setting.{}{was} {to} {}{why}", switch.setting, switch.flag.value)
            }
        },
        Record::Outcome(outcome) => {
            let took = took(outcome.seconds);
            let how = match outcome.ending {
                Ending::Succeeded => format!("deployed in {took}"),
                Ending::Unwell => format!("deployed in {took}, and NOT WELL"),
                Ending::NothingToDo => "nothing to do".to_owned(),
                Ending::Undone => format!("failed and was undone after {took}"),
                Ending::Inconsistent => format!("FAILED after {took} and left inconsistent"),
                Ending::Abandoned => "not begun".to_owned(),
                Ending::Destroyed => format!("destroyed in {took}"),
                Ending::Switched => "switched".to_owned(),
                Ending::NotSwitched => "not switched".to_owned(),
            };
            let how = match &outcome.judgement {
                Some(Judgement::Well) => format!("{how}, and well"),
                Some(Judgement::Unwell { reasons }) => format!("{how}: {}", reasons.join("; ")),
                Some(Judgement::NotAsked { why }) => format!("{how}; whether it is well could not be asked: {why}"),
                None => how,
            };
            match &outcome.failure {
                Some(failure) => format!("{how}: {}: {}", failure.resource, failure.reason),
                None => how,
            }
        }
        Record::DriftAccepted(accepted) => {
            format!("accepted {} as changed by hand", counted(accepted.differences.len()))
        }
        Record::Migrated(Migrated { versions: Versions { before, after }, .. }) => match (before, after) {
            (Some(before), Some(after)) if before != after => format!("migrated the schema from {before} to {after}"),
            (_, Some(after)) => format!("found the schema at {after}, as it has to be"),
            (_, None) => "migrated the schema".to_owned(),
        },
        Record::Drilled(drill) => super::failover::in_a_line(drill),
        Record::Interrupted(note) => format!("interrupted: {}; {}", note.why, note.state),
        Record::Approved(approved) => format!("approved the plan {}", approved.plan.short()),
        Record::Held(held) => format!("held: {}", held.why),
        Record::Lifted(lifted) => format!("lifted the hold: {}", lifted.why),
        Record::TakenOver(taken) => {
            format!("took the lock over from {} on {}: {}", taken.from.who, taken.from.host, taken.why)
        }
    }
}

fn counted(differences: usize) -> String {
    if differences == 1 { "one difference".to_owned() } else { format!("{differences} differences") }
}

fn rotated(rotation: &Rotation, version: &str) -> String {
    match &rotation.physical {
        Some(_) => format!("began to rotate secret.{} (version {version})", rotation.secret),
        None => format!("began to start anew what reads secret.{}", rotation.secret),
    }
}
