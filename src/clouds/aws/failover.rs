//! The way to another region as data: its steps, what takes them back, and what each usually takes.

use serde::Serialize;
use serde_json::{Map, Value};

use super::network::firewall;
use super::runbook::{self, made};
use super::service::load_balancer;
use super::{api, database, domain, duration, names, scenario};
use crate::clouds::scenario::BY_HAND;
use crate::clouds::stack_name;
use crate::model::name::Name;
use crate::model::placement::Target;
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;
use crate::plan::failover::{Backfill, Failover, Leg, Named, Restoration, Step, Telling, Work};

/// Seconds until a changed record is asked for anew everywhere, with records that are kept for a minute.
pub(super) const DNS: u64 = 300;
/// Seconds of a stack's resources that make nobody wait, together.
const QUICK: u64 = 300;
/// How often a backfill is started until it has caught up: a guess that a drill replaces.
const BACKFILLS: u64 = 6;

/// A name under which people find something.
#[derive(Serialize)]
pub(super) struct Host {
    pub(super) name: String,
    /// The load balancer that it leads to; an API's own name at AWS where there is none.
    pub(super) balancer: Option<String>,
    /// How the outputs begin that say what it leads to.
    pub(super) output: String,
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

/// What deploying the stack takes; where every database has a copy there, none is made on the day.
pub(super) fn deployed(stack: &Stack) -> u64 {
    let pooled = stack.databases.values().any(|database| database.pooler);
    let stand = stack.databases.values().all(|database| database.replica_in.is_some());
    QUICK + if stand { 0 } else { made("AWS::RDS::DBInstance") } + if pooled { made("AWS::RDS::DBProxy") } else { 0 }
}

/// What bringing a database's data to another region takes.
fn brought() -> u64 {
    scenario::habits().restore + BY_HAND
}

/// The steps of a recovery in their order.
fn steps(to: &Target, stack: &Stack, restored: Vec<Restoration>) -> Vec<Step> {
    let mut steps =
        vec![step("decide", BY_HAND, Work::Decide), step("deploy the stack", deployed(stack), Work::Deploy)];
    let external = stack.secrets.iter().filter(|(_, secret)| secret.is_external());
    let secrets: Vec<String> = external.map(|(name, _)| name.to_string()).collect();
    if !secrets.is_empty() {
        steps.push(step("put the secrets there", BY_HAND, Work::PutSecrets { secrets }));
    }
    for (name, _) in stack.databases.iter().filter(|(_, database)| database.replica_in.is_some()) {
        let database = Reference::new(Kind::Database, name).to_string();
        let what = format!("promote the copy of {database}");
        steps.push(step(what, scenario::habits().promote, Work::Promote { database }));
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

/// The databases that are restored in another region: those of which no copy stands there.
fn restored(to: &Target, stack: &Stack) -> Vec<Restoration> {
    let of = |name: &Name| {
        let reference = Reference::new(Kind::Database, name);
        let resource = names::logical(&reference);
        Restoration {
            database: reference.to_string(),
            copy: runbook::restored(to, name),
            subnets: database::subnets_id(&resource),
            group: firewall::group(&reference),
            resource,
        }
    };
    let left = stack.databases.iter().filter(|(_, database)| database.replica_in.is_none());
    left.map(|(name, _)| of(name)).collect()
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

/// The names under which the stack is found.
pub(super) fn hosts(stack: &Stack) -> Vec<Host> {
    let apis = stack.apis.keys().map(|name| (Reference::new(Kind::Api, name), None));
    let services = stack.services.keys().map(|name| {
        let reference = Reference::new(Kind::Service, name);
        let balancer = load_balancer::id(&names::logical(&reference));
        (reference, Some(balancer))
    });
    let host = |(of, balancer): (Reference, Option<String>)| {
        let what = if balancer.is_some() { load_balancer::LEADS_TO } else { api::LEADS_TO };
        let output = format!("{}{what}", names::logical(&of));
        Some(Host { name: domain::host(stack, &of)?, balancer, output })
    };
    apis.chain(services).filter_map(host).collect()
}
