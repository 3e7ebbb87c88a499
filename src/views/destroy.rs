//! What `landfall destroy` shows.

use std::io;

use serde_json::json;

use super::apply::took;
use super::output::{Format, Output};
use crate::deploy::job::Done;
use crate::plan::Plan;
use crate::plan::change::Action;
use crate::plan::stack::StackFacts;

/// Shows what would be deleted.
///
/// # Errors
/// Where nobody reads it any more.
pub fn plan(output: &mut Output, target: &str, stack: &StackFacts, plan: &Plan) -> io::Result<()> {
    let mut text = format!("{target} would be destroyed: the stack {} with\n\n", stack.name);
    let mut counts = [0, 0];
    for change in &plan.changes {
        let (symbol, what) = match (change.action, change.consequence.needs_approval()) {
            (Action::Forget, _) => ("#", "stays in the cloud, by its deletion policy"),
            (_, true) => ("-", "destroy, DATA IS LOST"),
            (_, false) => ("-", "destroy"),
        };
        counts[usize::from(change.action == Action::Forget)] += 1;
        text.push_str(&format!("  {symbol} {} ({}): {what}\n", change.id, change.kind));
    }
    text.push_str(&format!("\nPlan: 0 to add, 0 to change, {} to destroy", counts[0]));
    if counts[1] > 0 {
        text.push_str(&format!(", {} to leave in the cloud", counts[1]));
    }
    text.push_str(".\n");
    if output.format == Format::Json { output.say(&text) } else { output.result(&text) }
}

/// Says that there is nothing to destroy.
///
/// # Errors
/// Where nobody reads it any more.
pub fn nothing(output: &mut Output, target: &str, stack: &str) -> io::Result<()> {
    if output.format == Format::Json {
        let report = json!({ "format_version": 1, "target": target, "ending": "nothing-to-do" });
        return output.result(&format!("{report:#}\n"));
    }
    output.result(&format!("No changes. There is no stack {stack}, so nothing of {target} to destroy.\n"))
}

/// Shows what came of it.
///
/// # Errors
/// Where nobody reads it any more.
pub fn show(output: &mut Output, target: &str, done: &Done, deleted: usize, left: usize) -> io::Result<()> {
    if output.format == Format::Json {
        let report = json!({
            "format_version": 1,
            "target": target,
            "ending": done.outcome.ending,
            "entry": done.sequence,
            "destroyed": deleted,
            "left": left,
            "seconds": done.outcome.seconds,
        });
        return output.result(&format!("{report:#}\n"));
    }
    let left = if left > 0 { format!(", {left} left in the cloud") } else { String::new() };
    let took = took(done.outcome.seconds);
    output.result(&format!(
        "\nDestroy complete after {took}: {deleted} destroyed{left}.\nRecorded as entry {} of {target}.\n",
        done.sequence
    ))
}
