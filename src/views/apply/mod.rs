//! What `landfall apply` shows: progress while the cloud is at work, and what came of it.

mod progress;

use std::collections::BTreeMap;
use std::io;

use schemars::JsonSchema;
use serde::Serialize;

use super::output::{Format, Output};
use crate::deploy::job::{Done, Order};
use crate::ledger::entry::{Ending, Tally};

pub use progress::{Progress, Usual};

/// What `landfall apply --format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report<'a> {
    /// The version of this format: 1.
    pub format_version: u32,
    /// The target.
    pub target: &'a str,
    /// How it ended: `succeeded` or `nothing-to-do`.
    pub ending: String,
    /// The digest of the plan that was carried out.
    pub plan: String,
    /// The number of its record in the ledger.
    pub entry: u64,
    /// The stack's identity.
    pub stack: Option<&'a str>,
    /// Resources created.
    pub created: usize,
    /// Resources changed where they are.
    pub changed: usize,
    /// Resources replaced.
    pub replaced: usize,
    /// Resources deleted.
    pub deleted: usize,
    /// How long the cloud took, seconds.
    pub seconds: u64,
    /// What the stack gives back.
    pub outputs: BTreeMap<&'a str, &'a str>,
}

/// Shows what came of it.
///
/// # Errors
/// Where nobody reads it any more.
pub fn show(output: &mut Output, target: &str, order: &Order, done: &Done, sandboxed: bool) -> io::Result<()> {
    let Tally { create, update, replace, delete } = order.tally;
    let outputs: BTreeMap<&str, &str> = done
        .stack
        .iter()
        .flat_map(|stack| stack.outputs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
        .collect();
    let nothing = done.outcome.ending == Ending::NothingToDo;
    match output.format {
        Format::Json => {
            let report = Report {
                format_version: 1,
                target,
                ending: if nothing { "nothing-to-do" } else { "succeeded" }.to_owned(),
                plan: order.plan.to_string(),
                entry: done.sequence,
                stack: done.stack.as_ref().map(|stack| stack.id.as_str()),
                created: create,
                changed: update,
                replaced: replace,
                deleted: delete,
                seconds: done.outcome.seconds,
                outputs,
            };
            let json = serde_json::to_string_pretty(&report).map_err(io::Error::other)?;
            return output.result(&format!("{json}\n"));
        }
        Format::Text | Format::Markdown | Format::Github => {}
    }
    if nothing {
        return output.result("\nNo changes. The cloud found nothing to do.\n");
    }
    let counts = [(create, "added"), (update, "changed"), (replace, "replaced"), (delete, "destroyed")];
    let counts: Vec<String> = counts
        .into_iter()
        .filter(|(count, word)| *count > 0 || *word != "replaced")
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let took = took(done.outcome.seconds);
    let mut text = format!("\nApply complete after {took}: {}.\n", counts.join(", "));
    if !outputs.is_empty() {
        text.push_str("\nOutputs:\n");
        let width = outputs.keys().map(|name| name.len()).max().unwrap_or(0);
        for (name, value) in &outputs {
            text.push_str(&format!("  {name:width$} = {value}\n"));
        }
    }
    text.push_str(&format!("\nRecorded as entry {} of {target}.\n", done.sequence));
    let flag = if sandboxed { " --sandbox" } else { "" };
    let next = format!(
        "Next: `landfall drift {target}{flag}` shows what was changed by hand, `landfall history {target}{flag}` what happened, \
         `landfall destroy {target}{flag}` takes it down.\n"
    );
    output.result(&text)?;
    output.say(&next)
}

/// Seconds as people say them: `8s`, `2m10s`, `1h05m`.
pub fn took(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h{:02}m", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_said_as_people_say_them() {
        assert_eq!([0, 59, 60, 130, 3900].map(took), ["0s", "59s", "1m00s", "2m10s", "1h05m"]);
    }
}
