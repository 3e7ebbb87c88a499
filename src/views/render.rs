//! What `landfall render --portability` shows.

use std::io;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::output::{Format, Output};
use crate::diagnostics::finding::Departure;

/// What `landfall render --portability --format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// The version of this format: 1.
    pub format_version: u32,
    /// The targets.
    pub targets: Vec<Table>,
}

/// What one target's cloud does with what is asked.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Table {
    /// The target.
    pub target: String,
    /// Its cloud.
    pub cloud: String,
    /// A row for each departure, and one for each component that has none.
    pub rows: Vec<Row>,
}

/// What became of a component or a field.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Row {
    /// The component, or the part of the stack.
    pub component: String,
    /// What of it is meant; empty for all of it.
    pub field: String,
    /// How far the cloud departs; none where it is rendered as asked.
    pub departure: Option<Departure>,
    /// What is asked, where it isn't rendered so.
    pub asked: String,
    /// What is rendered instead, or why nothing is.
    pub how: String,
    /// Whether the environment forbids the departure.
    pub forbidden: bool,
}

/// The schema of [`Report`].
pub fn schema() -> Value {
    schemars::schema_for!(Report).to_value()
}

/// Shows what each cloud does with what is asked.
///
/// # Errors
/// Where nobody reads it any more.
pub fn portability(output: &mut Output, tables: Vec<Table>) -> io::Result<()> {
    let text = match output.format {
        Format::Json => {
            let report = Report { format_version: 1, targets: tables };
            format!("{}\n", serde_json::to_string_pretty(&report).map_err(io::Error::other)?)
        }
        Format::Markdown => tables.iter().map(markdown).collect::<Vec<_>>().join("\n"),
        Format::Text | Format::Github => tables.iter().map(text).collect::<Vec<_>>().join("\n"),
    };
    output.result(&text)
}

fn word(row: &Row) -> &'static str {
    match row.departure {
        None => "rendered",
        Some(Departure::Approximated) if row.forbidden => "forbidden",
        Some(Departure::Approximated) => "approximated",
        Some(Departure::Refused) => "refused",
    }
}

fn place(row: &Row) -> String {
    if row.field.is_empty() { row.component.clone() } else { format!("{}.{}", row.component, row.field) }
}

fn text(table: &Table) -> String {
    let places: Vec<String> = table.rows.iter().map(place).collect();
    let wide = places.iter().map(String::len).max().unwrap_or_default();
    let mut text = format!("{} on {}\n", table.target, table.cloud);
    for (row, place) in table.rows.iter().zip(&places) {
        let line = format!("  {:<12}  {place:<wide$}", word(row));
        text.push_str(line.trim_end());
        text.push('\n');
        for sentence in [&row.asked, &row.how].into_iter().filter(|sentence| !sentence.is_empty()) {
            text.push_str(&format!("                  {sentence}\n"));
        }
    }
    let count = |word: &str| table.rows.iter().filter(|row| self::word(row) == word).count();
    let words = ["rendered", "approximated", "forbidden", "refused"].map(|word| format!("{} {word}", count(word)));
    text.push_str(&format!("  {}\n", words.join(", ")));
    super::safe(&text)
}

fn markdown(table: &Table) -> String {
    let mut text =
        format!("### {} on {}\n\n| part | | asked | instead |\n| --- | --- | --- | --- |\n", table.target, table.cloud);
    for row in &table.rows {
        let cell = |text: &str| text.replace('|', "\\|");
        text.push_str(&format!("| `{}` | {} | {} | {} |\n", place(row), word(row), cell(&row.asked), cell(&row.how)));
    }
    super::safe(&text)
}
