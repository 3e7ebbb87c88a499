//! What `landfall failover --drill` shows.

use std::io;

use serde::Serialize;

use super::apply::took;
use super::output::{Format, Output};
use crate::ledger::drill::{Drill, Found, Taken};
use crate::model::placement::Target;
use crate::plan::failover::{Step, Work};
use crate::plan::takeover::Copy;

/// What `landfall failover --drill --format json` prints.
#[derive(Serialize)]
struct Report<'a> {
    /// The version of this format: 1.
    format_version: u32,
    /// The target whose region was taken for lost.
    target: &'a str,
    /// The number of its record in the ledger.
    entry: u64,
    /// All steps together, in the cloud's time, what was left out as planned; seconds.
    seconds: u64,
    /// Whether that is within what is promised.
    within: bool,
    /// How old the oldest restored data were, seconds; none where nothing was restored.
    age_seconds: Option<u64>,
    /// Whether that is within what is promised; none where nothing was restored.
    age_within: Option<bool>,
    /// The record.
    drill: &'a Drill,
}

/// The copies of a target's databases that stand in the region that takes over, and how they are promoted, in Markdown; nothing where none stands there.
pub fn copies(target: &Target, from: &str, to: &str, copies: &[Copy]) -> String {
    if copies.is_empty() {
        return String::new();
    }
    let mut text = format!("## Copies in `{to}`\n\n| database | held by | lacks at most |\n| --- | --- | --- |\n");
    for copy in copies {
        let promoted = if copy.promoted { "nothing: its files say that it took over" } else { &took(copy.behind) };
        text.push_str(&format!("| database.{} | {} | {promoted} |\n", copy.database, copy.holder));
    }
    if copies.iter().all(|copy| copy.promoted) {
        return text + "\n";
    }
    text.push_str(&format!(
        "\nThey are promoted rather than restored from a backup: each becomes a database of its own, for good, in some five minutes. What it lacks is lost, and the old one's \
         writes from then on are too: see that nobody writes there.\n\n```sh\nlandfall failover {target} --to {to} --promote\n```\n\n"
    ));
    let own = copies.iter().any(|copy| copy.holder == target.to_string());
    if own {
        text.push_str(&format!(
            "It shows its plan and asks. It deploys {target} through `{from}`, as it was deployed last: where that region doesn't answer, `landfall runbook {target}` has the \
             cloud's own command.\n\n"
        ));
    } else {
        text.push_str(&format!(
            "It shows its plan and asks. It deploys what holds the copy, as it was deployed last, and asks nothing of `{from}`.\n\n"
        ));
    }
    text.push_str("Then write `promoted: true` into the files, before anything else is deployed there: without it a deployment would make the copy anew, which is refused until somebody approves the loss by name.\n\n");
    for copy in copies.iter().filter(|copy| !copy.promoted) {
        text.push_str(&format!("- {}, for database.{}\n", copy.said, copy.database));
    }
    text.push_str(&format!("\nWhat else stands in `{from}` is not brought by this: `landfall runbook {target}` has the rest, under *The region is lost*.\n\n"));
    text
}

/// Says that a step begins.
///
/// # Errors
/// Where nobody reads it any more.
pub fn begins(output: &mut Output, drill: &Drill, number: usize, step: &Step) -> io::Result<()> {
    let of = drill.steps.len();
    output.say(&super::safe(&format!("Drill {}/{of}: {}\n", number + 1, step.what)))
}

/// Says how a step ended.
///
/// # Errors
/// Where nobody reads it any more.
pub fn ended(output: &mut Output, step: &Step, taken: &Taken) -> io::Result<()> {
    let how = match taken {
        Taken::Done { milliseconds, .. } => format!("done in {}{}", seconds(*milliseconds), details(taken)),
        Taken::LeftOut { why } => format!("left out: {why}"),
        Taken::Ahead | Taken::Begun { .. } => return Ok(()),
    };
    output.say(&super::safe(&format!("  {}: {how}\n", step.what)))
}

/// Shows a drill that has ended.
///
/// # Errors
/// Where nobody reads it any more.
pub fn show(output: &mut Output, drill: &Drill, entry: u64) -> io::Result<()> {
    let (total, age) = (drill.total(), drill.age());
    let way = &drill.way;
    if output.format == Format::Json {
        let report = Report {
            format_version: 1,
            target: &way.target,
            entry,
            seconds: total,
            within: total <= way.within,
            age_seconds: age,
            age_within: age.map(|age| age <= way.may_lose),
            drill,
        };
        let json = serde_json::to_string_pretty(&report).map_err(io::Error::other)?;
        return output.result(&format!("{json}\n"));
    }
    let mut text = match &drill.given_up {
        Some(why) => format!("The drill of {} was given up: {why}. What it made is taken away.\n\n", way.target),
        None => format!("{} came back as {} in {}, as a drill.\n\n", way.target, way.to, way.region),
    };
    if drill.given_up.is_none() {
        text.push_str(&match &drill.release {
            Some(release) => format!("It runs release {release}, as {} does.\n\n", way.target),
            None => format!("It runs what the working copy's files say: {} has no release.\n\n", way.target),
        });
    }
    let width = drill.steps().map(|(step, _)| step.what.len()).max().unwrap_or(0);
    text.push_str(&format!("  {:width$}  {:>8}  {:>8}  {:>8}\n", "step", "planned", "measured", "there"));
    for (step, taken) in drill.steps() {
        let planned = took(step.seconds);
        let row = match taken {
            Taken::Done { milliseconds, resumed, .. } => {
                let there = drill.cloud_seconds(step, taken).map_or_else(|| "-".to_owned(), took);
                let resumed = if *resumed { "  cut off and finished later" } else { "" };
                format!("{planned:>8}  {:>8}  {there:>8}{}{resumed}", seconds(*milliseconds), details(taken))
            }
            Taken::LeftOut { why } => format!("{planned:>8}  {:>8}  {:>8}  {why}", "-", "-"),
            Taken::Ahead | Taken::Begun { .. } => format!("{planned:>8}  {:>8}  {:>8}", "?", "?"),
        };
        text.push_str(&format!("  {:width$}  {row}\n", step.what));
    }
    text.push_str(&against(drill, total, age));
    text.push_str(&format!("Recorded as entry {entry} of {}.\n", way.target));
    output.result(&super::safe(&text))
}

/// The drill against what is promised.
fn against(drill: &Drill, total: u64, age: Option<u64>) -> String {
    let way = &drill.way;
    let word = |fits: bool| if fits { "within" } else { "NOT within" };
    let mut text = String::new();
    if drill.given_up.is_none() {
        text.push_str(&format!(
            "\nAll the way takes {}, what wasn't drilled as planned: {} the {} that is promised (planned {}).\n",
            took(total),
            word(total <= way.within),
            took(way.within),
            took(way.seconds())
        ));
        if let Some(age) = age {
            let fits = word(age <= way.may_lose);
            text.push_str(&format!(
                "The restored data were {} old: {fits} the {} that may be lost.\n",
                took(age),
                took(way.may_lose)
            ));
        }
    }
    if drill.pace > 0.0 && drill.pace < 1.0 {
        text.push_str(&format!(
            "\"there\" is the cloud's own time: the sandbox played its part {:.0} times as fast, by figures that no cloud promises.\n",
            1.0 / drill.pace
        ));
    } else if drill.pace == 0.0 {
        text.push_str("The sandbox took no time for the cloud's part (its pace is 0), which counts as planned: this proves the way, not how long it takes.\n");
    }
    if way.steps.iter().any(|step| matches!(step.work, Work::Restore(_))) {
        text.push_str("Not drilled: loading the restored data into the stack's own database; the sandbox copies backups by itself, a cloud once it is asked.\n");
    }
    text
}

/// A drill in a line, for the history.
pub fn in_a_line(drill: &Drill) -> String {
    let way = &drill.way;
    if let Some(why) = &drill.given_up {
        return format!("began to drill the way to {} in {}, and gave it up: {why}", way.to, way.region);
    }
    let word = |fits: bool| if fits { "within" } else { "NOT within" };
    let total = drill.total();
    let age = drill.age().map(|age| format!(", with data {} old", took(age))).unwrap_or_default();
    let (fits, within) = (word(total <= way.within), took(way.within));
    let release = drill.release.as_ref().map(|release| format!(" with release {release}")).unwrap_or_default();
    format!("drilled the way to {} in {}{release}: {}{age}; {fits} {within}", way.to, way.region, took(total))
}

fn seconds(milliseconds: u64) -> String {
    if milliseconds < 60_000 { format!("{:.1}s", milliseconds as f64 / 1000.0) } else { took(milliseconds / 1000) }
}

/// What a step found or made, for people.
fn details(taken: &Taken) -> String {
    let Taken::Done { found: Some(found), .. } = taken else { return String::new() };
    match found {
        Found::Stack { stood: true } => "  it stood already".to_owned(),
        Found::Stack { stood: false } => String::new(),
        Found::Copy { latest, .. } => format!("  data up to {}", latest.strftime("%Y-%m-%d %H:%M:%S")),
        Found::Told { rows: Some(rows), .. } => format!("  {rows} rows changed"),
        Found::Told { rows: None, .. } => "  how many rows changed was not written down".to_owned(),
        Found::Runs { calls, left: Some(left) } => format!("  {calls} runs, {left} left"),
        Found::Runs { calls, left: None } => format!("  {calls} run; its answer doesn't say what is left"),
        Found::Led { was } => format!("  {}", was.iter().map(|led| led.host.as_str()).collect::<Vec<_>>().join(", ")),
    }
}
