//! What `landfall rollback` shows.

use std::io;

use serde_json::{Value, json};

use super::apply::took;
use super::output::{Format, Output};
use crate::deploy::job::{Done, Order};
use crate::ledger::entry::Tally;
use crate::model::placement::Target;
use crate::plan::change::Action;
use crate::plan::consequence::Consequence;
use crate::plan::serving::Serving;
use crate::release::rollback::{Past, Way};

/// What changes on the way back, and how long that usually takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The resource.
    pub id: String,
    /// Its native type.
    pub kind: String,
    /// What is done to it.
    pub action: Action,
    /// What that does.
    pub consequence: Consequence,
    /// How long that usually takes; none where it takes seconds.
    pub seconds: Option<u64>,
}

/// What can't go back, and what to do instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// What, and why.
    pub what: String,
    /// What to do instead.
    pub instead: String,
}

/// What records alone tell of a rollback.
#[derive(Clone, Copy, Debug)]
pub struct Outlook<'a> {
    /// The target.
    pub target: &'a Target,
    /// From where to where.
    pub way: &'a Way,
    /// The versions that serve again before the stack follows.
    pub switches: &'a [Serving],
    /// What changes.
    pub steps: &'a [Step],
    /// What can't go back.
    pub obstacles: &'a [Obstacle],
    /// What is to be known besides.
    pub notes: &'a [String],
}

/// Shows what records alone tell of a rollback.
///
/// # Errors
/// Where nobody reads it any more.
pub fn outlook(output: &mut Output, outlook: &Outlook<'_>, sandboxed: bool) -> io::Result<()> {
    let Outlook { target, way, switches, steps, obstacles, notes } = outlook;
    if output.format == Format::Json {
        let step = |step: &Step| {
            json!({
                "id": step.id, "kind": step.kind, "action": step.action.word(), "consequence": step.consequence.word(),
                "seconds": step.seconds,
            })
        };
        let report = json!({
            "format_version": 1,
            "target": target.to_string(),
            "from": past(&way.now),
            "to": past(&way.to),
            "possible": obstacles.is_empty(),
            "switches": switches,
            "steps": steps.iter().map(step).collect::<Vec<_>>(),
            "obstacles": obstacles.iter().map(|one| json!({"what": one.what, "instead": one.instead})).collect::<Vec<_>>(),
            "notes": notes,
        });
        return output.result(&format!("{report:#}\n"));
    }
    let mut text = heading(target, way);
    text.push_str(&switched(switches));
    let mut list = |title: &str, chosen: &dyn Fn(&Step) -> bool| {
        let chosen: Vec<&Step> = steps.iter().filter(|step| chosen(step)).collect();
        if !chosen.is_empty() {
            text.push_str(&format!("\n{title}\n"));
            chosen.iter().for_each(|step| text.push_str(&line(step)));
        }
    };
    list("Goes back in seconds, through the stack:", &|step| step.seconds.is_none());
    list("Takes the stack longer:", &|step| step.seconds.is_some());
    if steps.is_empty() && obstacles.is_empty() {
        text.push_str("\nThe records know of nothing that differs.\n");
    }
    if obstacles.is_empty() {
        text.push_str("\nNothing that the records know of keeps it from going back.\n");
    } else {
        text.push_str("\nCan't go back:\n");
        for Obstacle { what, instead } in *obstacles {
            text.push_str(&format!("  ! {what}\n      instead: {instead}\n"));
        }
    }
    notes.iter().for_each(|note| text.push_str(&format!("note: {note}\n")));
    output.result(&super::safe(&text))?;
    let flag = if sandboxed { " --sandbox" } else { "" };
    output.say(&format!("From the records alone: the cloud was not asked. Next: `landfall rollback {target}{flag}`\n"))
}

fn switched(switches: &[Serving]) -> String {
    if switches.is_empty() {
        return String::new();
    }
    let line = |one: &Serving| format!("  > {} to {}\n", one.id, one.version);
    format!("\nSwitched in seconds, and the stack follows:\n{}", switches.iter().map(line).collect::<String>())
}

/// Says what is switched ahead of the stack, after the plan.
///
/// # Errors
/// Where nobody reads it any more.
pub fn switching(output: &mut Output, switches: &[Serving]) -> io::Result<()> {
    output.say(&super::safe(&switched(switches)))
}

fn line(step: &Step) -> String {
    let sign = match step.action {
        Action::Create => "+",
        Action::Update => "~",
        Action::Replace => "±",
        Action::Delete => "-",
        Action::Forget => "·",
    };
    let usual = step.seconds.map(|seconds| format!(", usually {}", took(seconds))).unwrap_or_default();
    format!("  {sign} {} ({}) {}{usual}\n", step.id, step.kind, step.consequence.word())
}

fn heading(target: &Target, way: &Way) -> String {
    let at = way.to.entry.at.strftime("%Y-%m-%d %H:%M:%S");
    format!(
        "{target} goes back from {} to {}, deployed {at} by {} (entry {}).\n",
        way.now.name(),
        way.to.name(),
        way.to.entry.by.who,
        way.to.entry.sequence
    )
}

fn past(past: &Past) -> Value {
    json!({
        "entry": past.entry.sequence,
        "release": past.deploy.release,
        "document": past.deploy.document,
        "ending": past.ending,
    })
}

/// Says from where to where it goes, before the plan.
///
/// # Errors
/// Where nobody reads it any more.
pub fn begins(output: &mut Output, target: &Target, way: &Way) -> io::Result<()> {
    output.say(&super::safe(&heading(target, way)))
}

/// Says that it was brought back already.
///
/// # Errors
/// Where nobody reads it any more.
pub fn already(output: &mut Output, target: &Target, way: &Way) -> io::Result<()> {
    let entry = way.now.entry.sequence;
    if output.format == Format::Json {
        let report =
            json!({ "format_version": 1, "target": target.to_string(), "ending": "already", "to": past(&way.now) });
        return output.result(&format!("{report:#}\n"));
    }
    output.result(&super::safe(&format!(
        "Nothing to do: {target} was brought back to {} already (entry {entry}). --to RELEASE goes further back.\n",
        way.to.name()
    )))
}

/// Says that what is gone back to serves.
///
/// # Errors
/// Where nobody reads it any more.
pub fn nothing(output: &mut Output, target: &Target, way: &Way) -> io::Result<()> {
    output.say(&super::safe(&format!("{} serves in {target}: nothing had to be changed for it.\n", way.to.name())))
}

/// Shows what came of it.
///
/// # Errors
/// Where nobody reads it any more.
pub fn done(
    output: &mut Output,
    target: &Target,
    way: &Way,
    order: &Order,
    done: &Done,
    sandboxed: bool,
) -> io::Result<()> {
    if output.format == Format::Json {
        let report = json!({
            "format_version": 1,
            "target": target.to_string(),
            "ending": done.outcome.ending,
            "from": past(&way.now),
            "to": past(&way.to),
            "entry": done.sequence,
            "seconds": done.outcome.seconds,
            "held": order.hold,
        });
        return output.result(&format!("{report:#}\n"));
    }
    let Tally { create, update, replace, delete } = order.tally;
    let took = took(done.outcome.seconds);
    output.result(&super::safe(&format!(
        "\nBack at {} after {took}: {create} added, {update} changed, {replace} replaced, {delete} destroyed.\n\
         Recorded as entry {} of {target}.\n",
        way.to.name(),
        done.sequence
    )))?;
    let flag = if sandboxed { " --sandbox" } else { "" };
    output.say(&format!(
        "{target} is held: nothing is promoted there until somebody has looked (`landfall hold {target} --lift --why TEXT{flag}`).\n\
         Next: `landfall drift {target}{flag}` shows whether the cloud has what the stack says.\n"
    ))
}
