//! A plan as Markdown for a pull request: the verdict first, the details folded, below the size that GitHub takes.

use serde_json::Value;

use super::cost::sentences;
use super::rank::{ranked, symbol};
use super::rollout::sentence;
use super::value::{Line, block, difference, inline};
use super::{Around, summary};
use crate::plan::Plan;
use crate::plan::change::{Action, Change, FieldChange};
use crate::plan::consequence::Consequence;
use crate::plan::drift::ResourceDrift;
use crate::views::output::markdown::plain;
use crate::views::output::printable::printable;

/// The most characters that GitHub takes in a comment is 65,536; some are left for whoever wraps this page.
const MOST: usize = 65_000;

/// Room that is kept for the end of the page: the notice of what was cut, and the next command.
const END: usize = 1_500;

/// The most characters of the list of risky changes and widened access, so that details find room as well.
const HEAD: usize = 24_000;

/// The whole page. It opens with a marker by which a comment is found again and updated in place.
pub(super) fn page(plan: &Plan, around: &Around) -> String {
    let mut page = format!("<!-- landfall plan {} -->\n", comment(&plan.target));
    page.push_str(&format!("### Plan for {}\n\n", code(&plan.target)));
    if plan.is_empty() && plan.exposures.is_empty() {
        page.push_str(&format!("{}\n", around.nothing));
    } else {
        page.push_str(&format!("**{}**\n", summary(plan)));
    }
    if let Some(cost) = plan.cost.as_ref().filter(|_| !plan.is_empty()) {
        page.push_str(&format!("\nCost: {}\n", plain(&sentences(cost).join("; "))));
    }
    let mut rows = Vec::new();
    rows.extend(risky(plan));
    rows.extend(widened(plan));
    rows.extend(rolled_out(plan));
    rows.extend(disagreed(plan));
    rows.extend(drifted(plan));
    rows.extend(noted(plan));
    rows.extend(approvals(plan));
    let cut = append(&mut page, rows, HEAD);
    if cut > 0 {
        page.push_str(&format!("\n{cut} more lines of this kind are left out here for their length.\n"));
    }
    details(&mut page, plan);
    if let Some(digest) = &around.digest {
        page.push_str(&format!("\nPlan {}\n", code(digest)));
    }
    if let Some(next) = &around.next {
        page.push_str(&format!("\nNext: {}\n", code(next)));
    }
    page
}

/// Appends lines while there is room for them; gives how many were left out.
fn append(page: &mut String, rows: Vec<String>, most: usize) -> usize {
    let mut size = page.chars().count();
    let mut cut = 0;
    for row in rows {
        let length = row.chars().count() + 1;
        if cut > 0 || size + length > most {
            cut += 1;
            continue;
        }
        size += length;
        page.push_str(&row);
        page.push('\n');
    }
    cut
}

/// The changes that somebody has to look at, the worst first.
fn risky(plan: &Plan) -> Vec<String> {
    let mut rows: Vec<String> = ranked(&plan.changes)
        .into_iter()
        .rev()
        .filter(|change| change.consequence > Consequence::InPlace || change.action == Action::Delete)
        .map(|change| {
            let why = change.impact.as_ref().or_else(|| {
                change.fields.iter().map(|field| &field.impact).find(|impact| impact.consequence == change.consequence)
            });
            let why = why.map(|impact| format!(": {}", plain(&impact.why))).unwrap_or_default();
            format!("- {} {} — **{}**{why}", change.action.word(), code(&change.id), change.consequence.word())
        })
        .collect();
    if !rows.is_empty() {
        rows.insert(0, "\n#### What to look at".to_owned());
    }
    rows
}

fn widened(plan: &Plan) -> Vec<String> {
    let mut exposures: Vec<_> = plan.exposures.iter().collect();
    exposures.sort_by_key(|exposure| !exposure.public);
    let mut rows: Vec<String> = exposures
        .into_iter()
        .map(|exposure| {
            let public = if exposure.public { "**public** " } else { "" };
            format!("- {public}{}: {}", code(&exposure.resource), code(&exposure.what))
        })
        .collect();
    if !rows.is_empty() {
        rows.insert(0, "\n#### Access that widens".to_owned());
    }
    rows
}

fn rolled_out(plan: &Plan) -> Vec<String> {
    let mut rows: Vec<String> =
        plan.rollouts.iter().map(|rollout| format!("- {}", plain(&sentence(rollout)))).collect();
    if !rows.is_empty() {
        rows.insert(0, "\n#### Blue and green".to_owned());
    }
    rows
}

fn disagreed(plan: &Plan) -> Vec<String> {
    let Some(cloud) = &plan.cloud else { return Vec::new() };
    let mut rows: Vec<String> = plan
        .disagreements
        .iter()
        .map(|found| {
            format!("- {}: we say {}, it says {}", code(&found.resource), plain(&found.ours), plain(&found.theirs))
        })
        .collect();
    if !rows.is_empty() {
        rows.insert(0, format!("\n#### {} says otherwise", plain(&cloud.by)));
    }
    rows
}

fn drifted(plan: &Plan) -> Vec<String> {
    let mut rows: Vec<String> =
        plan.drift.iter().flat_map(ResourceDrift::lines).map(|line| format!("- {}", code(&line))).collect();
    if !rows.is_empty() {
        rows.insert(0, "\n#### Changed by hand since the last deployment".to_owned());
    }
    rows
}

fn noted(plan: &Plan) -> Vec<String> {
    let mut rows: Vec<String> = plan.notes.iter().map(|note| format!("- {}", plain(note))).collect();
    if !rows.is_empty() {
        rows.insert(0, "\n#### Notes".to_owned());
    }
    rows
}

fn approvals(plan: &Plan) -> Vec<String> {
    let needed = plan.approvals_needed();
    if needed.is_empty() {
        return Vec::new();
    }
    let flags: Vec<String> = needed.iter().map(|approval| code(&format!("--approve {approval}"))).collect();
    vec![format!("\n**Needs approval by name:** {}", flags.join(" "))]
}

/// Every change, folded, as far as there is room; the risky ones first, so that what is cut is harmless.
fn details(page: &mut String, plan: &Plan) {
    let mut parts: Vec<Vec<String>> = ranked(&plan.changes).into_iter().rev().map(change).collect();
    parts.extend(plan.outputs.iter().map(|output| {
        let mut lines = vec![format!("! output {}", output.name)];
        values(&mut lines, "  value", output.before.as_ref(), output.after.as_ref());
        lines
    }));
    if parts.is_empty() {
        return;
    }
    let total = parts.len();
    let longest_fence = parts.iter().flatten().map(|line| backticks(line)).max().unwrap_or_default();
    let fence = "`".repeat(longest_fence.max(2) + 1);
    let mut room = MOST.saturating_sub(page.chars().count() + END);
    let mut body = String::new();
    let mut shown = 0;
    for part in parts {
        let text: String = part.iter().map(|line| format!("{}\n", printable(line))).collect();
        let length = text.chars().count();
        if length > room {
            break;
        }
        room -= length;
        body.push_str(&text);
        shown += 1;
    }
    page.push_str(&format!("\n<details><summary>{total} changes in detail</summary>\n\n{fence}diff\n{body}{fence}\n"));
    if shown < total {
        page.push_str(&format!(
            "\n{} of {total} changes are left out: a comment holds 65,536 characters. The risky ones stand first; the text or JSON form has all.\n",
            total - shown
        ));
    }
    page.push_str("\n</details>\n");
}

/// The lines of a change in a `diff` block, with the markers in the first column.
fn change(change: &Change) -> Vec<String> {
    let marker = match change.action {
        Action::Create => '+',
        Action::Delete => '-',
        Action::Update | Action::Replace | Action::Forget => '!',
    };
    let consequence = match change.consequence {
        Consequence::InPlace => String::new(),
        other => format!(": {}", other.word()),
    };
    let mut lines = vec![format!("{marker} {} {} ({}){consequence}", symbol(change.action), change.id, change.kind)];
    for field in &change.fields {
        field_lines(&mut lines, field);
    }
    if let Some(impact) = &change.impact {
        lines.push(format!("#   {}: {} ({})", impact.consequence.word(), impact.why, impact.source));
    }
    lines
}

fn field_lines(lines: &mut Vec<String>, field: &FieldChange) {
    match &field.through {
        Some(through) => lines.push(format!("!   {}: known once {through} is done", field.path)),
        None => values(lines, &field.path, field.before.as_ref(), field.after.as_ref()),
    }
    if field.impact.consequence > Consequence::InPlace {
        let perhaps = if field.impact.certain { "" } else { "perhaps " };
        lines.push(format!(
            "#     {perhaps}{}: {} ({})",
            field.impact.consequence.word(),
            field.impact.why,
            field.impact.source
        ));
    }
}

fn values(lines: &mut Vec<String>, path: &str, before: Option<&Value>, after: Option<&Value>) {
    if let (Some(before), Some(after)) = (before, after)
        && (inline(before).is_none() || inline(after).is_none())
    {
        lines.push(format!("!   {path}:"));
        for line in difference(before, after) {
            lines.push(match line {
                Line::Same(text) => format!("      {text}"),
                Line::Gone(text) => format!("-     {text}"),
                Line::Come(text) => format!("+     {text}"),
                Line::Skipped(count) => format!("      … {count} the same"),
            });
        }
        return;
    }
    for (marker, value) in [('-', before), ('+', after)] {
        let Some(value) = value else { continue };
        match inline(value) {
            Some(short) => lines.push(format!("{marker}   {path}: {short}")),
            None => {
                lines.push(format!("{marker}   {path}:"));
                lines.extend(block(value).into_iter().map(|text| format!("{marker}     {text}")));
            }
        }
    }
}

/// The longest run of backticks.
fn backticks(text: &str) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for character in text.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// Text as code, where nothing in it means anything.
fn code(text: &str) -> String {
    let safe = printable(text);
    let ticks = "`".repeat(backticks(&safe) + 1);
    let pad = if safe.starts_with('`') || safe.ends_with('`') { " " } else { "" };
    format!("{ticks}{pad}{safe}{pad}{ticks}")
}

/// Text in an HTML comment, which `--` and `>` would end.
fn comment(text: &str) -> String {
    printable(text).replace("--", "\u{2010}\u{2010}").replace('>', "")
}
