//! What `landfall history` shows.

use std::io;

use serde_json::json;

use super::apply::took;
use super::output::{Format, Output};
use crate::ledger::entry::{Ending, Entry, Purpose, Record};

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
            Purpose::Deploy(deploy) => {
                let plan = intent.plan.as_ref().map(|plan| format!(", plan {}", plan.short())).unwrap_or_default();
                let tally = deploy.tally;
                let approved = if intent.approved.is_empty() {
                    String::new()
                } else {
                    format!(", approved {}", intent.approved.join(" "))
                };
                format!(
                    "began to deploy {} ({} to add, {} to change, {} to replace, {} to destroy{plan}{approved})",
                    deploy.document.short(),
                    tally.create,
                    tally.update,
                    tally.replace,
                    tally.delete
                )
            }
            Purpose::Destroy { .. } => "began to destroy it".to_owned(),
            Purpose::ContinueUndo { .. } => "began to undo a failed update further".to_owned(),
        },
        Record::Outcome(outcome) => {
            let took = took(outcome.seconds);
            let how = match outcome.ending {
                Ending::Succeeded => format!("deployed in {took}"),
                Ending::NothingToDo => "nothing to do".to_owned(),
                Ending::Undone => format!("failed and was undone after {took}"),
                Ending::Inconsistent => format!("FAILED after {took} and left inconsistent"),
                Ending::Abandoned => "not begun".to_owned(),
                Ending::Destroyed => format!("destroyed in {took}"),
            };
            match &outcome.failure {
                Some(failure) => format!("{how}: {}: {}", failure.resource, failure.reason),
                None => how,
            }
        }
        Record::Interrupted(note) => format!("interrupted: {}; {}", note.why, note.state),
        Record::TakenOver(taken) => {
            format!("took the lock over from {} on {}: {}", taken.from.who, taken.from.host, taken.why)
        }
    }
}
