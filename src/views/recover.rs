//! What `landfall recover` shows.

use std::io;

use serde_json::json;

use super::apply::took;
use super::output::{Format, Output};
use crate::deploy::job::Done;
use crate::ledger::entry::{Ending, Intent, Purpose};

/// Shows how an interrupted run ended.
///
/// # Errors
/// Where nobody reads it any more.
pub fn show(output: &mut Output, target: &str, intent: &Intent, done: &Done) -> io::Result<()> {
    let what = match &intent.purpose {
        Purpose::Deploy(deploy) if deploy.rotates.is_some() => "rotation",
        Purpose::Deploy(_) => "deployment",
        Purpose::Destroy { .. } => "deletion",
        Purpose::ContinueUndo { .. } => "undoing",
        Purpose::Switch(_) => "switching",
    };
    let how = match done.outcome.ending {
        Ending::Succeeded => "is complete and verified",
        Ending::NothingToDo => "had nothing left to do",
        Ending::Unwell => "is complete, and what it made isn't well",
        Ending::Undone => "failed and was undone: what was there before serves",
        Ending::Inconsistent => "left the stack inconsistent",
        Ending::Abandoned => "was given up before the cloud began",
        Ending::Destroyed => "is complete: the stack is gone",
        Ending::Switched => "is complete",
        Ending::NotSwitched => "was given up: the setting is as it was",
    };
    ended(output, target, intent, what, &format!("The interrupted {what} of {target} {how}"), done)
}

/// The end of an intent: what was done about it, and the sentence that says so.
fn ended(output: &mut Output, target: &str, of: &Intent, what: &str, said: &str, done: &Done) -> io::Result<()> {
    let (ending, entry, seconds) = (done.outcome.ending, done.sequence, done.outcome.seconds);
    if output.format == Format::Json {
        let report = json!({
            "format_version": 1,
            "target": target,
            "intent": of.id,
            "what": what,
            "ending": ending,
            "entry": entry,
            "seconds": seconds,
        });
        return output.result(&format!("{report:#}\n"));
    }
    output.result(&format!("{said} (the cloud took {}); recorded as entry {entry}.\n", took(seconds)))
}

/// Shows that what was deployed before an unwell deployment is deployed again.
///
/// # Errors
/// Where nobody reads it any more.
pub fn went_back(output: &mut Output, target: &str, unwell: &Intent, done: &Done) -> io::Result<()> {
    let said = format!("What was good before the unwell deployment of {target} is deployed again");
    ended(output, target, unwell, "going back", &said, done)
}

/// Says that there is nothing to recover.
///
/// # Errors
/// Where nobody reads it any more.
pub fn nothing(output: &mut Output, target: &str) -> io::Result<()> {
    if output.format == Format::Json {
        return output.result(&format!("{:#}\n", json!({ "format_version": 1, "target": target, "intent": null })));
    }
    output.result(&format!("Nothing to recover: no run on {target} was interrupted.\n"))
}
