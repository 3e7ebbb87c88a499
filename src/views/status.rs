//! What `landfall status` shows.

use std::io;
use std::time::Duration;

use serde_json::{Value, json};

use super::apply::took;
use super::output::{Format, Output};
use crate::deploy::lease::{self, Holding};
use crate::ledger::entry::Ending;
use crate::ledger::standing::Standing;

/// Where a target stands.
pub struct Row {
    /// The target.
    pub target: String,
    /// What its entries say.
    pub standing: Standing,
    /// How long ago it was deployed, if it is.
    pub age: Option<Duration>,
    /// Who holds its lock.
    pub held: Option<Holding>,
}

/// Shows where targets stand.
///
/// # Errors
/// Where nobody reads it any more.
pub fn show(output: &mut Output, rows: &[Row]) -> io::Result<()> {
    match output.format {
        Format::Json => {
            let targets: Vec<Value> = rows.iter().map(json).collect();
            output.result(&format!("{:#}\n", json!({ "format_version": 1, "targets": targets })))
        }
        Format::Markdown => {
            let mut text = "| target | deployed | state |\n| --- | --- | --- |\n".to_owned();
            for row in rows {
                text.push_str(&format!("| {} | {} | {} |\n", row.target, deployed(row), state(row)));
            }
            output.result(&super::safe(&text))
        }
        Format::Text | Format::Github => {
            let width = rows.iter().map(|row| row.target.len()).max().unwrap_or(0);
            let mut text = String::new();
            for row in rows {
                text.push_str(&format!("{:width$}  {}; {}\n", row.target, deployed(row), state(row)));
            }
            output.result(&super::safe(&text))
        }
    }
}

fn deployed(row: &Row) -> String {
    match (&row.standing.deployed, row.age) {
        (Some(deployed), Some(age)) => {
            let document = deployed.outcome.document.as_ref().map(|digest| digest.short().to_owned());
            let release = row.standing.release().map(|release| format!("release {release}"));
            format!(
                "{} deployed {} ago by {}",
                release.or(document).unwrap_or_default(),
                took(age.as_secs()),
                deployed.entry.by.who
            )
        }
        _ => "not deployed".to_owned(),
    }
}

fn state(row: &Row) -> String {
    let mut words = Vec::new();
    if let Some(intent) = &row.standing.pending {
        words.push(match &row.held {
            Some(held) if !held.is_dead() => format!("a run is at work on it (intent {})", intent.id),
            Some(_) | None => format!("INTERRUPTED: `landfall recover {}` finishes it", row.target),
        });
    }
    match row.standing.last.as_ref().map(|outcome| outcome.ending) {
        Some(Ending::Inconsistent) => words.push("INCONSISTENT after a failure".to_owned()),
        Some(Ending::Unwell) => words.push("UNWELL: what was deployed last isn't well".to_owned()),
        Some(Ending::Undone) => words.push("the last run failed and was undone".to_owned()),
        Some(Ending::Abandoned) => words.push("the last run was not begun".to_owned()),
        Some(Ending::Succeeded | Ending::NothingToDo | Ending::Destroyed) | None => {}
    }
    if let Some(why) = &row.standing.held {
        words.push(format!("HELD from promotions: {why}"));
    }
    if let Some(held) = &row.held {
        let dead = if held.is_dead() { ", who no longer runs" } else { "" };
        words.push(format!("locked by {}{dead}", lease::name(&held.lock.holder)));
    }
    if words.is_empty() { "nothing open".to_owned() } else { words.join("; ") }
}

fn json(row: &Row) -> Value {
    json!({
        "target": row.target,
        "head": row.standing.head,
        "deployed": row.standing.deployed.as_ref().map(|deployed| json!({
            "entry": deployed.entry.sequence,
            "document": deployed.outcome.document,
            "release": row.standing.release(),
            "at": deployed.entry.at,
            "by": deployed.entry.by.who,
        })),
        "held": row.standing.held,
        "interrupted": row.standing.pending.as_ref().map(|intent| &intent.id),
        "last": row.standing.last.as_ref().map(|outcome| outcome.ending),
        "locked_by": row.held.as_ref().map(|held| &held.lock.holder),
    })
}
