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
        Purpose::Deploy(_) => "deployment",
        Purpose::Destroy { .. } => "deletion",
        Purpose::ContinueUndo { .. } => "undoing",
    };
    let how = match done.outcome.ending {
        Ending::Succeeded => "is complete and verified",
        Ending::NothingToDo => "had nothing left to do",
        Ending::Unwell => "is complete, and what it made isn't well",
        Ending::Undone => "failed and was undone: what was there before serves",
        Ending::Inconsistent => "left the stack inconsistent",
        Ending::Abandoned => "was given up before the cloud began",
        Ending::Destroyed => "is complete: the stack is gone",
    };
    if output.format == Format::Json {
        let report = json!({
            "format_version": 1,
            "target": target,
            "intent": intent.id,
            "what": what,
            "ending": done.outcome.ending,
            "entry": done.sequence,
            "seconds": done.outcome.seconds,
        });
        return output.result(&format!("{report:#}\n"));
    }
    let took = took(done.outcome.seconds);
    output.result(&format!(
        "The interrupted {what} of {target} {how} (the cloud took {took}); recorded as entry {}.\n",
        done.sequence
    ))
}

/// Shows that what was deployed before an unwell deployment is deployed again.
///
/// # Errors
/// Where nobody reads it any more.
pub fn went_back(output: &mut Output, target: &str, unwell: &Intent, done: &Done) -> io::Result<()> {
    if output.format == Format::Json {
        let report = json!({
            "format_version": 1,
            "target": target,
            "intent": unwell.id,
            "what": "going back",
            "ending": done.outcome.ending,
            "entry": done.sequence,
            "seconds": done.outcome.seconds,
        });
        return output.result(&format!("{report:#}\n"));
    }
    let took = took(done.outcome.seconds);
    output.result(&format!(
        "What was good before the unwell deployment of {target} is deployed again (the cloud took {took}); recorded as entry {}.\n",
        done.sequence
    ))
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
