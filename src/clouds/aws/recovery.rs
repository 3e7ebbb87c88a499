//! The way to another region: what people type there, and what each step takes against what is promised.

use serde::Serialize;

use super::runbook::{self as here, Kept, Words, made};
use super::{domain, names};
use crate::clouds::runbook::{self, Asked, Hidden, Run, span};
use crate::clouds::stack_name;
use crate::diagnostics::finding::Finding;
use crate::model::placement::Target;
use crate::model::reference::{Kind, Reference};
use crate::model::secret::SecretValue;
use crate::model::stack::Stack;

/// The text.
const TEXT: &str = include_str!("../../../templates/runbook/aws-recovery.md");

/// Seconds of a person's hand: to read, to decide, to type.
const BY_HAND: u64 = 600;
/// Seconds until a changed record is asked for anew everywhere, with records that are kept for a minute.
const DNS: u64 = 300;
/// Seconds of a stack's resources that make nobody wait, together.
const QUICK: u64 = 300;
/// How often a backfill is started until it has caught up: a guess that a drill replaces.
const BACKFILLS: u64 = 6;
/// Seconds between two snapshots of a database (RDS user guide, "Introduction to backups": one a day).
const SNAPSHOTS: u64 = 86_400;
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
    secrets: Vec<Hidden>,
    /// What isn't copied.
    left: Vec<String>,
    reset: Option<Asked>,
    backfill: Option<Run>,
    hosts: Vec<Host>,
    zone: Option<String>,
    /// Whether names are changed through the region that is lost.
    names_lost: bool,
    times: Vec<Step>,
    total: String,
    fits: bool,
    /// How old the databases' data are at most.
    old: String,
    old_fits: bool,
}

/// A name under which people find something.
#[derive(Serialize)]
struct Host {
    name: String,
    /// The load balancer that it leads to; an API's own name at AWS where there is none.
    balancer: Option<String>,
}

#[derive(Serialize)]
struct Step {
    what: String,
    takes: String,
}

/// The part of a runbook about the loss of the region; nothing where the environment promises nothing for that.
///
/// # Errors
/// A defect of the text.
pub fn recovery(target: &Target, stack: &Stack) -> Result<Option<String>, Vec<Finding>> {
    let Some(recovery) = &stack.recovery else { return Ok(None) };
    let to = Target { system: target.system.clone(), environment: recovery.environment.clone() };
    let there = Words { target: &to, stack };
    let times = times(stack);
    let total = times.iter().map(|(_, seconds)| seconds).sum();
    let lost = Lost {
        target: target.to_string(),
        stack: stack_name(target),
        account: stack.placement.account.clone(),
        region: stack.placement.region.clone(),
        there: stack_name(&to),
        to_region: recovery.region.clone(),
        within: span(recovery.within.as_seconds()),
        may_lose: span(recovery.may_lose.as_seconds()),
        databases: here::databases(&there),
        secrets: runbook::secrets(stack, &there, |secret| secret.value == SecretValue::External),
        left: left(stack),
        reset: recovery.reset.as_ref().map(runbook::asked),
        backfill: recovery.backfill.as_ref().and_then(|by_hand| runbook::run(stack, &there, by_hand)),
        hosts: hosts(stack),
        zone: stack.domain.as_ref().and_then(|domain| domain.zone.clone()),
        names_lost: stack.placement.region == ROUTE_53,
        times: times.into_iter().map(|(what, seconds)| Step { what, takes: span(seconds) }).collect(),
        total: span(total),
        fits: total <= recovery.within.as_seconds(),
        old: span(SNAPSHOTS),
        old_fits: SNAPSHOTS <= recovery.may_lose.as_seconds(),
        to: to.to_string(),
    };
    runbook::written(TEXT, &lost).map(Some)
}

/// The steps of a recovery in their order, each with its seconds.
fn times(stack: &Stack) -> Vec<(String, u64)> {
    let pooled = stack.databases.values().any(|database| database.pooler);
    let deployed = QUICK
        + if stack.databases.is_empty() { 0 } else { made("AWS::RDS::DBInstance") }
        + if pooled { made("AWS::RDS::DBProxy") } else { 0 };
    let mut times = vec![("decide".to_owned(), BY_HAND), ("deploy the stack".to_owned(), deployed)];
    if stack.secrets.values().any(|secret| secret.value == SecretValue::External) {
        times.push(("put the secrets there".to_owned(), BY_HAND));
    }
    for name in stack.databases.keys() {
        let restored = made("AWS::RDS::DBInstance") + here::RESTORE + BY_HAND;
        times.push((format!("restore {}", Reference::new(Kind::Database, name)), restored));
    }
    if let Some(recovery) = &stack.recovery {
        if let Some(reset) = &recovery.reset {
            times.push((format!("tell {} what is lost", reset.database), BY_HAND));
        }
        if let Some(run) = &recovery.backfill
            && let Some(function) = stack.functions.get(&run.function.name)
        {
            times.push((
                format!("make the rest anew: {BACKFILLS} runs of {}", run.function),
                function.timeout.as_seconds() * BACKFILLS,
            ));
        }
    }
    if !hosts(stack).is_empty() {
        times.push(("switch the names".to_owned(), BY_HAND + DNS));
    }
    times
}

/// What is lost with the region: buckets, and messages under way.
fn left(stack: &Stack) -> Vec<String> {
    let buckets = stack.buckets.keys().map(|name| Reference::new(Kind::Bucket, name));
    let queues = stack.queues.keys().map(|name| Reference::new(Kind::Queue, name));
    buckets.chain(queues).map(|reference| reference.to_string()).collect()
}

fn hosts(stack: &Stack) -> Vec<Host> {
    let apis = stack.apis.keys().map(|name| (Reference::new(Kind::Api, name), None));
    let services = stack.services.keys().map(|name| {
        let reference = Reference::new(Kind::Service, name);
        let balancer = format!("{}LoadBalancer", names::logical(&reference));
        (reference, Some(balancer))
    });
    apis.chain(services).filter_map(|(of, balancer)| Some(Host { name: domain::host(stack, &of)?, balancer })).collect()
}
