//! How far the alarms of targets are among the rules of a Prometheus in their networks.

use std::io;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::Seen;
use crate::scrape::Coverage;
use crate::views::output::{Format, Output};

/// What `landfall observe --format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// The version of this format: 1.
    pub format_version: u32,
    /// The targets in whose networks a Prometheus has somebody to ask, or should have.
    pub targets: Vec<Table>,
}

/// A target.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Table {
    /// The target.
    pub target: String,
    /// Components that are asked.
    pub asked: Vec<String>,
    /// Components that aren't, with why.
    pub unasked: Vec<Unasked>,
    /// Its alarms.
    pub alarms: Vec<Row>,
}

/// A component that isn't asked.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Unasked {
    /// The component.
    pub component: String,
    /// Why.
    pub why: String,
}

/// An alarm.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Row {
    /// The alarm.
    pub alarm: String,
    /// How Prometheus watches it.
    pub rule: Watches,
    /// How that differs, or why there is no rule.
    pub how: Option<String>,
}

/// How Prometheus watches an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Watches {
    /// By the same measurement.
    Same,
    /// By one that comes near.
    Near,
    /// Not at all.
    None,
}

impl Watches {
    const fn word(self) -> &'static str {
        match self {
            Watches::Same => "same",
            Watches::Near => "near",
            Watches::None => "none",
        }
    }
}

/// The schema of [`Report`].
pub fn schema() -> Value {
    schemars::schema_for!(Report).to_value()
}

/// Shows how far alarms are among the rules.
///
/// # Errors
/// Where nobody reads it any more.
pub fn coverage(output: &mut Output, targets: &[Seen]) -> io::Result<()> {
    let concerned = |seen: &&Seen| !seen.scrape.jobs.is_empty() || !seen.scrape.unasked.is_empty();
    let tables: Vec<Table> = targets.iter().filter(concerned).map(table).collect();
    let text = match output.format {
        Format::Json => {
            let report = Report { format_version: 1, targets: tables };
            format!("{}\n", serde_json::to_string_pretty(&report).map_err(io::Error::other)?)
        }
        Format::Text | Format::Github | Format::Markdown => tables.iter().map(text).collect(),
    };
    output.result(&text)
}

fn table(seen: &Seen) -> Table {
    let row = |covered: &crate::scrape::Covered| {
        let (rule, how) = match &covered.how {
            Coverage::Same => (Watches::Same, None),
            Coverage::Near(how) => (Watches::Near, Some(how.clone())),
            Coverage::Not(why) => (Watches::None, Some(why.clone())),
        };
        Row { alarm: covered.alarm.clone(), rule, how }
    };
    let unasked = |(component, why): &(String, String)| Unasked { component: component.clone(), why: why.clone() };
    Table {
        target: seen.target.to_string(),
        asked: seen.scrape.jobs.iter().map(|job| job.component.clone()).collect(),
        unasked: seen.scrape.unasked.iter().map(unasked).collect(),
        alarms: seen.scrape.alarms.iter().map(row).collect(),
    }
}

fn text(table: &Table) -> String {
    let Table { target, asked, unasked, alarms } = table;
    let wide = alarms.iter().map(|row| row.alarm.len()).max().unwrap_or_default();
    let asked = if asked.is_empty() { "nobody".to_owned() } else { asked.join(", ") };
    let mut text = format!("{target}: Prometheus asks {asked}\n");
    for Unasked { why, .. } in unasked {
        text.push_str(&format!("  not asked: {why}\n"));
    }
    for Row { alarm, rule, how } in alarms {
        let line = format!("  {}  {alarm:<wide$}  {}", rule.word(), how.as_deref().unwrap_or_default());
        text.push_str(line.trim_end());
        text.push('\n');
    }
    let count = |rule| alarms.iter().filter(|row| row.rule == rule).count();
    text.push_str(&format!(
        "  of {} alarms {} are rules, {} nearly, {} not\n",
        alarms.len(),
        count(Watches::Same),
        count(Watches::Near),
        count(Watches::None),
    ));
    crate::views::safe(&text)
}
