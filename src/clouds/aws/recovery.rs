//! The text of the way to another region: what people type there, with what each step takes against what is promised.

use serde::Serialize;

use super::failover::{self, Host, hosts};
use super::runbook::{self as here, Kept, Words};
use crate::clouds::runbook::{self, Asked, Copied, Hidden, Run, span};
use crate::clouds::scenario::{self, A_DAY as SNAPSHOTS};
use crate::clouds::stack_name;
use crate::diagnostics::finding::Finding;
use crate::model::placement::Target;
use crate::model::reference::{Kind, Reference};
use crate::model::secret::Secret;
use crate::model::stack::Stack;
use crate::plan::failover::Measured;

/// The text.
const TEXT: &str = include_str!("../../../templates/runbook/aws-recovery.md");

/// Where Route 53 takes changes from (Route 53 developer guide, "Resilience").
const ROUTE_53: &str = "us-east-1";

/// The loss of a region.
#[derive(Serialize)]
struct Lost {
    target: String,
    stack: String,
    account: String,
    region: String,
    to: String,
    there: String,
    to_region: String,
    within: String,
    may_lose: String,
    databases: Vec<Kept>,
    /// The databases of which a copy stands there, which takes over.
    promoted: Vec<String>,
    secrets: Vec<Hidden>,
    /// What isn't copied.
    left: Vec<String>,
    /// Buckets whose objects are copied.
    copies: Vec<Copied>,
    reset: Option<Asked>,
    backfill: Option<Run>,
    hosts: Vec<Host>,
    zone: Option<String>,
    /// Whether names are changed through the region that is lost.
    names_lost: bool,
    times: Vec<Time>,
    total: String,
    fits: bool,
    /// The day of the last drill, and what its steps took together.
    drilled: Option<Drilled>,
    back: Vec<Time>,
    back_total: String,
    /// How old the databases' data are at most.
    old: String,
    old_fits: bool,
}

#[derive(Serialize)]
struct Time {
    what: String,
    takes: String,
    /// What it took in the last drill.
    took: Option<String>,
}

#[derive(Serialize)]
struct Drilled {
    on: String,
    total: String,
    fits: bool,
    /// How old the restored data were.
    age: Option<String>,
}

/// The part of a runbook about the loss of the region; nothing where the environment promises nothing for that.
///
/// # Errors
/// A defect of the text.
pub fn recovery(target: &Target, stack: &Stack, measured: Option<&Measured>) -> Result<Option<String>, Vec<Finding>> {
    let (Some(recovery), Some(way)) = (&stack.recovery, failover::way(target, stack)) else { return Ok(None) };
    let to = Target { system: target.system.clone(), environment: recovery.environment.clone() };
    let there = Words { target: &to, stack };
    let total = way.seconds();
    let (promoted, databases): (Vec<Kept>, Vec<Kept>) =
        here::databases(&there).into_iter().partition(|database| database.replica_in.is_some());
    let age = scenario::age(stack, SNAPSHOTS);
    let took = |what: &str| measured.and_then(|measured| measured.steps.get(what)).map(|seconds| span(*seconds));
    let time = |what: &str, seconds: u64| Time { what: what.to_owned(), takes: span(seconds), took: took(what) };
    let lost = Lost {
        target: target.to_string(),
        stack: stack_name(target),
        account: stack.placement.account.clone(),
        region: stack.placement.region.clone(),
        there: stack_name(&to),
        to_region: recovery.region.clone(),
        within: span(recovery.within.as_seconds()),
        may_lose: span(recovery.may_lose.as_seconds()),
        databases,
        promoted: promoted.into_iter().map(|database| database.name).collect(),
        secrets: runbook::secrets(stack, &there, Secret::is_external),
        left: left(stack),
        copies: runbook::copies(stack, &there),
        reset: recovery.reset.as_ref().map(runbook::asked),
        backfill: recovery.backfill.as_ref().and_then(|by_hand| runbook::run(stack, &there, by_hand)),
        hosts: hosts(stack),
        zone: stack.domain.as_ref().and_then(|domain| domain.zone.clone()),
        names_lost: stack.placement.region == ROUTE_53,
        times: way.steps.iter().map(|step| time(&step.what, step.seconds)).collect(),
        total: span(total),
        fits: total <= way.within,
        drilled: measured.map(|measured| Drilled {
            on: measured.on.clone(),
            total: span(measured.total),
            fits: measured.total <= way.within,
            age: measured.age.map(span),
        }),
        back: way.back.iter().map(|leg| time(&leg.what, leg.seconds)).collect(),
        back_total: span(way.back.iter().map(|leg| leg.seconds).sum()),
        old: span(age),
        old_fits: age <= way.may_lose,
        to: to.to_string(),
    };
    runbook::written(TEXT, &lost).map(Some)
}

/// What is lost with the region: buckets without copies elsewhere, and messages under way.
pub(super) fn left(stack: &Stack) -> Vec<String> {
    let (_, buckets) = scenario::buckets(stack);
    let queues = stack.queues.keys().map(|name| Reference::new(Kind::Queue, name));
    buckets.into_iter().chain(queues).map(|reference| reference.to_string()).collect()
}
