//! What `landfall ledger verify` shows.

use std::io;

use serde_json::{Value, json};

use super::output::{Format, Output};
use crate::ledger::chain::Audit;

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
        let left = match audit.leftovers.len() {
            0 => String::new(),
            count => format!("; {count} left by interrupted writers, harmless"),
        };
        let sound = if audit.faults.is_empty() { "proved" } else { "NOT SOUND" };
        text.push_str(&format!("{target}: {} entries, {sound}{left}\n", audit.entries.len()));
        for fault in &audit.faults {
            text.push_str(&format!("  {fault}\n"));
        }
    }
    output.result(&super::safe(&text))
}
