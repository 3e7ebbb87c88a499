//! What `landfall ledger verify` shows.

use std::io;

use serde_json::{Value, json};

use super::output::{Format, Output};
use crate::deploy::rebuild::Loss;
use crate::ledger::chain::Audit;
use crate::plan::stack::StackFacts;

/// Shows what was proved and what is wrong.
///
/// # Errors
/// Where nobody reads it any more.
pub fn show(output: &mut Output, audits: &[(String, Audit)]) -> io::Result<()> {
    if output.format == Format::Json {
        let targets: Vec<Value> = audits
            .iter()
            .map(|(target, audit)| {
                json!({
                    "target": target,
                    "entries": audit.entries.len(),
                    "faults": audit.faults.iter().map(ToString::to_string).collect::<Vec<_>>(),
                    "leftovers": audit.leftovers,
                })
            })
            .collect();
        return output.result(&format!("{:#}\n", json!({ "format_version": 1, "targets": targets })));
    }
    let mut text = String::new();
    for (target, audit) in audits {
        let sound = if audit.faults.is_empty() { "proved" } else { "NOT SOUND" };
        let left = match (audit.leftovers.len(), audit.faults.is_empty()) {
            (0, _) => String::new(),
            (count, true) => format!("; {count} left by interrupted writers, harmless"),
            (count, false) => format!("; {count} that nothing proves"),
        };
        text.push_str(&format!("{target}: {} entries, {sound}{left}\n", audit.entries.len()));
        for fault in &audit.faults {
            text.push_str(&format!("  {fault}\n"));
        }
        if !audit.faults.is_empty() {
            text.push_str(&format!(
                "  put back its objects from the store's versions or a copy; where there is none, `landfall ledger rebuild {target}` \
                 goes on with what is left and what the cloud has\n"
            ));
        }
    }
    output.result(&super::safe(&text))
}

/// Says what a target's entries would be rebuilt from, and what can't be known any more. It goes where progress goes.
///
/// # Errors
/// Where nobody reads it any more.
pub fn rebuilds(
    output: &mut Output,
    target: &str,
    loss: &Loss,
    stack: Option<&StackFacts>,
    unknown: &[String],
) -> io::Result<()> {
    let mut text = format!("The ledger of {target} is not what was written:\n");
    if loss.faults.is_empty() {
        text.push_str("  nothing of it is left, or it was being rebuilt\n");
    }
    for fault in &loss.faults {
        text.push_str(&format!("  {fault}\n"));
    }
    text.push_str(&format!("{} entries can be proved; {} objects are set aside.\n", loss.kept.len(), loss.lost.len()));
    if let Some(stack) = stack {
        text.push_str(&format!("The cloud has the stack {}, {}.\n", stack.name, stack.state));
    }
    for line in unknown {
        text.push_str(&format!("  {line}\n"));
    }
    output.say(&super::safe(&text))
}
