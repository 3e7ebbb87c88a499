//! The way to another region: its steps as data, and the text of what people type there, with what each takes against what is promised.

use serde::Serialize;
use serde_json::{Map, Value};

use super::network::firewall;
use super::runbook::{self as here, Kept, Words, made};
use super::service::load_balancer;
use super::{api, database, domain, duration, names, scenario};
use crate::clouds::runbook::{self, Asked, Hidden, Run, span};
use crate::clouds::scenario::{A_DAY as SNAPSHOTS, BY_HAND};
use crate::clouds::stack_name;
use crate::diagnostics::finding::Finding;
use crate::model::name::Name;
use crate::model::placement::Target;
use crate::model::reference::{Kind, Reference};
use crate::model::secret::{Secret, SecretValue};
use crate::model::stack::Stack;
use crate::plan::failover::{Backfill, Failover, Leg, Measured, Named, Restoration, Step, Telling, Work};

/// The text.
const TEXT: &str = include_str!("../../../templates/runbook/aws-recovery.md");

/// Seconds until a changed record is asked for anew everywhere, with records that are kept for a minute.
const DNS: u64 = 300;
/// Seconds of a stack's resources that make nobody wait, together.
const QUICK: u64 = 300;
/// How often a backfill is started until it has caught up: a guess that a drill replaces.
const BACKFILLS: u64 = 6;
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

/// A name under which people find something.
#[derive(Serialize)]
struct Host {
    name: String,
    /// The load balancer that it leads to; an API's own name at AWS where there is none.
    balancer: Option<String>,
    /// How the outputs begin that say what it leads to.
    output: String,
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

/// The way, step by step; nothing where the environment promises nothing for the loss of its region.
pub fn way(target: &Target, stack: &Stack) -> Option<Failover> {
    let recovery = stack.recovery.as_ref()?;
    let to = Target { system: target.system.clone(), environment: recovery.environment.clone() };
    let restored = restored(&to, stack);
    let back = back(stack, &to);
    let removed = duration::usual_seconds("AWS::RDS::DBInstance").map_or(0, |[.., removed]| removed);
    let take_down = QUICK + if stack.databases.is_empty() { 0 } else { removed };
    let switched = named(stack).iter().any(|named| named.zone.is_some());
    let switch_back = switched.then(|| step("switch the names back", DNS, Work::SwitchBack));
    let away = restored.iter().map(|one| {
        step(format!("take the copy of {} away", one.database), removed, Work::TakeAway { copy: one.copy.clone() })
    });
    let clean_up = switch_back
        .into_iter()
        .chain(away)
        .chain([step(format!("take {to} down"), take_down, Work::TakeDown)])
        .collect();
    Some(Failover {
        target: target.to_string(),
        stack: stack_name(target),
        to: to.to_string(),
        region: recovery.region.clone(),
        there: stack_name(&to),
        within: recovery.within.as_seconds(),
        may_lose: recovery.may_lose.as_seconds(),
        steps: steps(&to, stack, restored),
        clean_up,
        back,
    })
}

fn step(what: impl Into<String>, seconds: u64, work: Work) -> Step {
    Step { what: what.into(), seconds, work }
}

/// What deploying the stack takes.
fn deployed(stack: &Stack) -> u64 {
    let pooled = stack.databases.values().any(|database| database.pooler);
    QUICK
        + if stack.databases.is_empty() { 0 } else { made("AWS::RDS::DBInstance") }
        + if pooled { made("AWS::RDS::DBProxy") } else { 0 }
}

/// What bringing a database's data to another region takes.
fn brought() -> u64 {
    scenario::habits().restore + BY_HAND
}

/// The steps of a recovery in their order.
fn steps(to: &Target, stack: &Stack, restored: Vec<Restoration>) -> Vec<Step> {
    let mut steps =
        vec![step("decide", BY_HAND, Work::Decide), step("deploy the stack", deployed(stack), Work::Deploy)];
    let external = |secret: &Secret| secret.value == SecretValue::External;
    let secrets: Vec<String> =
        stack.secrets.iter().filter(|(_, secret)| external(secret)).map(|(name, _)| name.to_string()).collect();
    if !secrets.is_empty() {
        steps.push(step("put the secrets there", BY_HAND, Work::PutSecrets { secrets }));
    }
    for one in restored {
        steps.push(step(format!("restore {}", one.database), brought(), Work::Restore(one)));
    }
    if let Some(recovery) = &stack.recovery {
        if let Some(reset) = &recovery.reset {
            let telling = Telling { database: reset.database.to_string(), sql: reset.sql.trim_end().to_owned() };
            steps.push(step(format!("tell {} what is lost", reset.database), BY_HAND, Work::Tell(telling)));
        }
        if let Some(run) = &recovery.backfill
            && let Some(function) = stack.functions.get(&run.function.name)
        {
            let seconds = function.timeout.as_seconds();
            let backfill = Backfill {
                function: run.function.to_string(),
                called: format!("{}:live", names::physical(to, &run.function.name, names::FUNCTION)),
                input: run.input.clone().unwrap_or_else(|| Value::Object(Map::new())),
                seconds,
                left: run.left.clone(),
            };
            let what = format!("make the rest anew: {BACKFILLS} runs of {}", run.function);
            steps.push(step(what, seconds * BACKFILLS, Work::Backfill(backfill)));
        }
    }
    let names = named(stack);
    if !names.is_empty() {
        steps.push(step("switch the names", BY_HAND + DNS, Work::Switch { names }));
    }
    steps
}

/// The copies that are restored in another region.
fn restored(to: &Target, stack: &Stack) -> Vec<Restoration> {
    let of = |name: &Name| {
        let reference = Reference::new(Kind::Database, name);
        let resource = names::logical(&reference);
        Restoration {
            database: reference.to_string(),
            copy: here::restored(to, name),
            subnets: database::subnets_id(&resource),
            group: firewall::group(&reference),
            resource,
        }
    };
    stack.databases.keys().map(of).collect()
}

/// The way back in its order.
fn back(stack: &Stack, to: &Target) -> Vec<Leg> {
    let leg = |what: String, seconds: u64| Leg { what, seconds };
    let mut legs = vec![leg(
        "see what is left, and deploy the release that served meanwhile".to_owned(),
        BY_HAND + deployed(stack),
    )];
    legs.extend(stack.databases.keys().map(|name| {
        leg(format!("stop what writes in {to}, and bring {} back", Reference::new(Kind::Database, name)), brought())
    }));
    if !named(stack).is_empty() {
        legs.push(leg("switch the names back".to_owned(), BY_HAND + DNS));
    }
    legs
}

fn named(stack: &Stack) -> Vec<Named> {
    let zone = stack.domain.as_ref().and_then(|domain| domain.zone.clone());
    let of = |host: Host| Named {
        leads_to: format!("{}Name", host.output),
        in_zone: format!("{}Zone", host.output),
        host: host.name,
        zone: zone.clone(),
    };
    hosts(stack).into_iter().map(of).collect()
}

/// The part of a runbook about the loss of the region; nothing where the environment promises nothing for that.
///
/// # Errors
/// A defect of the text.
pub fn recovery(target: &Target, stack: &Stack, measured: Option<&Measured>) -> Result<Option<String>, Vec<Finding>> {
    let (Some(recovery), Some(way)) = (&stack.recovery, way(target, stack)) else { return Ok(None) };
    let to = Target { system: target.system.clone(), environment: recovery.environment.clone() };
    let there = Words { target: &to, stack };
    let total = way.seconds();
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
        databases: here::databases(&there),
        secrets: runbook::secrets(stack, &there, |secret| secret.value == SecretValue::External),
        left: left(stack),
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
        old: span(SNAPSHOTS),
        old_fits: SNAPSHOTS <= way.may_lose,
        to: to.to_string(),
    };
    runbook::written(TEXT, &lost).map(Some)
}

/// What is lost with the region: buckets, and messages under way.
pub(super) fn left(stack: &Stack) -> Vec<String> {
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
    let host = |(of, balancer): (Reference, Option<String>)| {
        let what = if balancer.is_some() { load_balancer::LEADS_TO } else { api::LEADS_TO };
        let output = format!("{}{what}", names::logical(&of));
        Some(Host { name: domain::host(stack, &of)?, balancer, output })
    };
    apis.chain(services).filter_map(host).collect()
}
