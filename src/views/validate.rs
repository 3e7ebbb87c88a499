//! What `landfall validate` shows.

use std::io;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::output::{Format, Output};
use crate::diagnostics::annotation::annotations;
use crate::diagnostics::diagnostic::{Diagnostic, Diagnostics};
use crate::diagnostics::rule::Described;
use crate::diagnostics::text;
use crate::model::placement::Target;

/// What `landfall validate --format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report<'a> {
    /// The version of this format: 1.
    pub format_version: u32,
    /// The targets that were checked.
    pub targets: Vec<String>,
    /// Those of them whose problems stop the work.
    pub invalid: Vec<String>,
    /// How many problems stop the work.
    pub errors: usize,
    /// How many don't.
    pub warnings: usize,
    /// All of them, by file, line and column.
    pub diagnostics: Vec<&'a Diagnostic>,
}

/// The schema of [`Report`].
pub fn schema() -> Value {
    schemars::schema_for!(Report<'static>).to_value()
}

/// Shows the problems of all targets, of which some are invalid.
///
/// # Errors
/// Where nobody reads it any more.
pub fn show(output: &mut Output, targets: &[Target], invalid: &[Target], diagnostics: &Diagnostics) -> io::Result<()> {
    let (errors, warnings) = diagnostics.counts();
    match output.format {
        Format::Json => {
            let report = Report {
                format_version: 1,
                targets: targets.iter().map(ToString::to_string).collect(),
                invalid: invalid.iter().map(ToString::to_string).collect(),
                errors,
                warnings,
                diagnostics: diagnostics.sorted(),
            };
            let json = serde_json::to_string_pretty(&report).map_err(io::Error::other)?;
            output.result(&format!("{json}\n"))
        }
        Format::Github => {
            output.result(&annotations(diagnostics))?;
            problems(output, diagnostics)?;
            output.say(&verdict(targets, invalid))
        }
        Format::Text | Format::Markdown => {
            problems(output, diagnostics)?;
            output.result(&verdict(targets, invalid))
        }
    }
}

/// Shows problems on stderr, where there are any.
///
/// # Errors
/// Where nobody reads it any more.
pub fn problems(output: &mut Output, diagnostics: &Diagnostics) -> io::Result<()> {
    if diagnostics.is_empty() {
        return Ok(());
    }
    let shown = text::text(diagnostics, output.colour);
    output.say(&shown)
}

/// What `landfall validate --explain --format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Rules<'a> {
    /// The version of this format: 1.
    pub format_version: u32,
    /// The rules, by code; the one that was asked for.
    pub rules: &'a [Described],
}

/// Shows every rule, a line each.
///
/// # Errors
/// Where nobody reads it any more.
pub fn rules(output: &mut Output, rules: &[Described]) -> io::Result<()> {
    let width = rules.iter().map(|rule| rule.code.len()).max().unwrap_or_default();
    let text = || rules.iter().map(|rule| format!("{:width$}  {}\n", rule.code, rule.title)).collect::<String>();
    listed(output, rules, text)
}

/// Shows what a rule is about.
///
/// # Errors
/// Where nobody reads it any more.
pub fn explanation(output: &mut Output, rule: &Described) -> io::Result<()> {
    listed(output, std::slice::from_ref(rule), || format!("{}: {}", rule.code, rule.text))
}

fn listed(output: &mut Output, rules: &[Described], text: impl FnOnce() -> String) -> io::Result<()> {
    match output.format {
        Format::Json => {
            let json = serde_json::to_string_pretty(&Rules { format_version: 1, rules }).map_err(io::Error::other)?;
            output.result(&format!("{json}\n"))
        }
        Format::Text | Format::Markdown | Format::Github => output.result(&text()),
    }
}

/// The most targets that a verdict names.
const NAMED: usize = 8;

fn verdict(targets: &[Target], invalid: &[Target]) -> String {
    let named = |targets: &[Target]| match targets {
        [one] => one.to_string(),
        many => format!("{} targets", many.len()),
    };
    match invalid.len() {
        0 => format!("Valid: {}.\n", named(targets)),
        all if all == targets.len() => format!("Not valid: {}.\n", named(targets)),
        some => {
            let mut names: Vec<String> = invalid.iter().take(NAMED).map(ToString::to_string).collect();
            if some > NAMED {
                names.push(format!("{} more", some - NAMED));
            }
            format!("Not valid: {}, of {}.\n", names.join(", "), named(targets))
        }
    }
}
