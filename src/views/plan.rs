//! What `landfall plan` shows.

use std::io;

use super::output::Output;
use crate::plan::saved::SavedPlan;

/// Shows a plan.
pub fn show(output: &mut Output, saved: &SavedPlan) -> io::Result<()> {
    let plan = &saved.sealed.plan;
    let mut text = String::new();
    for change in &plan.changes {
        text.push_str(&format!("  {:?} {} ({})\n", change.action, change.id, change.kind));
    }
    for note in &plan.notes {
        text.push_str(&format!("note: {note}\n"));
    }
    let counts = plan.counts();
    text.push_str(&format!(
        "Plan: {} to add, {} to change, {} to destroy.\n",
        counts.add, counts.change, counts.destroy
    ));
    output.result(&text)
}
