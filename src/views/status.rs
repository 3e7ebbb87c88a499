//! What `landfall status` shows.

mod page;
mod picture;
mod report;
mod words;

use std::io;

use jiff::Timestamp;

use super::output::markdown::plain;
use super::output::{Format, Output};
use crate::deploy::lease::Holding;
use crate::ledger::sighting::Sighting;
use crate::ledger::standing::Standing;
use crate::model::placement::Target;
use crate::plan::deployment::Place;
use crate::release::ahead::Ahead;

pub use page::page;
pub use report::schema;

/// A target, and where it stands.
#[derive(Clone, Debug)]
pub struct Row {
    /// The target.
    pub target: Target,
    /// The environment that it takes releases from; none where they begin there.
    pub from: Option<String>,
    /// Where it stands, or why that can't be read.
    pub stands: Result<Stands, String>,
    /// The next promotion into it; none where releases begin there.
    pub ahead: Option<Ahead>,
}

/// Where a target stands.
#[derive(Clone, Debug)]
pub struct Stands {
    /// Where it lives.
    pub place: Place,
    /// What its entries say.
    pub standing: Standing,
    /// Who holds its lock.
    pub lock: Option<Holding>,
    /// What was found by who looked for drift last.
    pub drift: Option<Sighting>,
}

/// Shows where targets stand.
///
/// # Errors
/// Where nobody reads it any more.
pub fn show(output: &mut Output, rows: &[Row], now: Timestamp) -> io::Result<()> {
    match output.format {
        Format::Json => {
            let report = report::report(rows, now);
            let json = serde_json::to_string_pretty(&report).map_err(io::Error::other)?;
            output.result(&format!("{json}\n"))
        }
        Format::Markdown => {
            let mut text =
                "| target | deployed | state | drift | next promotion |\n| --- | --- | --- | --- | --- |\n".to_owned();
            for row in rows {
                let cells = [
                    row.target.to_string(),
                    words::deployed(row, now),
                    words::state(row),
                    words::drift(row, now).unwrap_or_default(),
                    words::next(row).unwrap_or_default(),
                ];
                text.push_str(&format!("| {} |\n", cells.map(|cell| plain(&cell)).join(" | ")));
            }
            output.result(&text)
        }
        Format::Text | Format::Github => {
            let width = rows.iter().map(|row| row.target.to_string().len()).max().unwrap_or(0);
            let mut text = String::new();
            for row in rows {
                let target = row.target.to_string();
                text.push_str(&format!("{target:width$}  {}; {}\n", words::deployed(row, now), words::state(row)));
                let more = [("gate", words::gate(row)), ("drift", words::drift(row, now)), ("next", words::next(row))];
                for (what, said) in more {
                    let line = said.map(|said| format!("{:width$}  {what}: {said}\n", ""));
                    text.push_str(&line.unwrap_or_default());
                }
            }
            output.result(&super::safe(&text))
        }
    }
}
