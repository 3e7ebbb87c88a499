//! What a target's runbook says: its real names, and the commands that people type when something is wrong.
//!
//! A name that CloudFormation makes up is asked for by the name of its resource in the stack.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;
use serde_json::Value;

use super::{domain, duration, names};
use crate::clouds::stack_name;
use crate::diagnostics::finding::Finding;
use crate::model::alarm::Severity;
use crate::model::function::Function;
use crate::model::metric::Metric;
use crate::model::name::Name;
use crate::model::placement::Target;
use crate::model::procedure::{ByHand, Query};
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;
use crate::model::units::Time;

/// The text of a runbook.
const TEXT: &str = include_str!("../../../templates/runbook/aws.md");
/// The text of its part about the loss of a region.
const RECOVERY: &str = include_str!("../../../templates/runbook/aws-recovery.md");

/// Seconds until a standby has taken over (RDS user guide, "Multi-AZ DB instance deployments": 60 to 120 typically).
const FAILOVER: u64 = 120;
/// Seconds to restore a database from a copy, beside what making an instance takes. A round figure: a drill gives the real one.
const RESTORE: u64 = 1_800;
/// Seconds of a person's hand: to read, to decide, to type.
const BY_HAND: u64 = 600;
/// Seconds until a changed record is asked for anew everywhere, with records that are kept for a minute.
const DNS: u64 = 300;
/// Seconds of a stack's resources that make nobody wait, together.
const QUICK: u64 = 300;
/// How often a backfill is started until it has caught up: a guess that a drill replaces.
const BACKFILLS: u64 = 6;

#[derive(Serialize)]
struct Runbook {
    target: String,
    stack: String,
    account: String,
    region: String,
    databases: Vec<Database>,
    queues: Vec<Queue>,
    silences: Vec<Silence>,
    alarms: Vec<Alarm>,
    apis: Vec<Api>,
    functions: Vec<Workload>,
    procedures: Vec<Procedure>,
    flags: Vec<Flag>,
    secrets: Vec<Kept>,
    recovery: Option<String>,
}

#[derive(Serialize)]
struct Database {
    name: String,
    id: String,
    standby: bool,
    pooler: Option<String>,
    kept_days: u64,
    protected: bool,
    connections: Option<String>,
    failover: String,
    restore: String,
    users: Vec<Workload>,
}

#[derive(Serialize)]
struct Queue {
    name: String,
    physical: String,
    letters: String,
    consumers: Vec<Workload>,
}

/// An alarm on silence, with what breaks it.
#[derive(Serialize)]
struct Silence {
    alarm: String,
    description: String,
    time: String,
    emitters: Vec<Workload>,
}

#[derive(Serialize)]
struct Alarm {
    physical: String,
    description: String,
    critical: bool,
}

#[derive(Serialize)]
struct Api {
    name: String,
    url: Option<String>,
    health: String,
}

#[derive(Serialize)]
struct Workload {
    name: String,
    physical: String,
    logs: String,
    timeout: u64,
}

#[derive(Serialize)]
struct Procedure {
    title: String,
    alarms: Vec<String>,
    steps: Vec<String>,
    run: Option<Run>,
    query: Option<Asked>,
}

#[derive(Serialize)]
struct Run {
    function: String,
    input: String,
    when: String,
    timeout: u64,
}

#[derive(Serialize)]
struct Asked {
    database: String,
    sql: String,
}

#[derive(Serialize)]
struct Flag {
    name: String,
    path: String,
    description: String,
}

#[derive(Serialize)]
struct Kept {
    name: String,
    id: String,
    rotation: u32,
    description: String,
}

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
    databases: Vec<Database>,
    reset: Option<Asked>,
    backfill: Option<Run>,
    hosts: Vec<Host>,
    zone: Option<String>,
    times: Vec<Step>,
    total: String,
    fits: bool,
}

#[derive(Serialize)]
struct Host {
    api: String,
    domain_name: String,
    name: String,
}

#[derive(Serialize)]
struct Step {
    what: &'static str,
    takes: String,
}

/// The runbook of a target, in Markdown.
///
/// # Errors
/// What keeps it from being written; a defect of the templates.
pub fn runbook(target: &Target, stack: &Stack) -> Result<String, Vec<Finding>> {
    let told = Runbook {
        target: target.to_string(),
        stack: stack_name(target),
        account: stack.placement.account.clone(),
        region: stack.placement.region.clone(),
        databases: databases(target, stack),
        queues: queues(target, stack),
        silences: silences(target, stack),
        alarms: alarms(target, stack),
        apis: apis(stack),
        functions: stack.functions.iter().map(|(name, function)| workload(target, name, function)).collect(),
        procedures: procedures(target, stack),
        flags: flags(target, stack),
        secrets: secrets(stack),
        recovery: recovery(target, stack)?,
    };
    written(TEXT, &told)
}

/// The part of a runbook about the loss of the region; nothing where the environment promises nothing for that.
///
/// # Errors
/// What keeps it from being written; a defect of the templates.
pub fn recovery(target: &Target, stack: &Stack) -> Result<Option<String>, Vec<Finding>> {
    let Some(recovery) = &stack.recovery else { return Ok(None) };
    let to = Target { system: target.system.clone(), environment: recovery.environment.clone() };
    let times = times(stack);
    let total = times.iter().map(|(_, seconds)| seconds).sum();
    let lost = Lost {
        target: target.to_string(),
        stack: stack_name(target),
        account: stack.placement.account.clone(),
        region: stack.placement.region.clone(),
        there: stack_name(&to),
        to_region: recovery.region.clone(),
        within: recovery.within.to_string(),
        may_lose: recovery.may_lose.to_string(),
        databases: databases(target, stack),
        reset: recovery.reset.as_ref().map(asked),
        backfill: recovery.backfill.as_ref().and_then(|by_hand| run(&to, stack, by_hand)),
        hosts: hosts(stack),
        zone: stack.domain.as_ref().and_then(|domain| domain.zone.clone()),
        times: times.into_iter().map(|(what, seconds)| Step { what, takes: minutes(seconds) }).collect(),
        total: minutes(total),
        fits: total <= recovery.within.as_seconds(),
        to: to.to_string(),
    };
    written(RECOVERY, &lost).map(Some)
}

/// The steps of a recovery, each with its seconds.
fn times(stack: &Stack) -> Vec<(&'static str, u64)> {
    let made = |kind: &str| duration::usual_seconds(kind).map_or(0, |[seconds, ..]| seconds);
    let deployed = QUICK
        + if stack.databases.is_empty() { 0 } else { made("AWS::RDS::DBInstance") }
        + if stack.databases.values().any(|database| database.pooler) { made("AWS::RDS::DBProxy") } else { 0 };
    let mut times = vec![("decide", BY_HAND), ("deploy the stack", deployed)];
    if !stack.databases.is_empty() {
        times.push(("restore the database", made("AWS::RDS::DBInstance") + RESTORE + BY_HAND));
    }
    if let Some(recovery) = &stack.recovery {
        if recovery.reset.is_some() {
            times.push(("reset its state", BY_HAND));
        }
        if let Some(function) = recovery.backfill.as_ref().and_then(|run| stack.functions.get(&run.function.name)) {
            times.push(("make the rest anew", function.timeout.as_seconds() * BACKFILLS));
        }
    }
    if stack.domain.is_some() {
        times.push(("switch the names", DNS));
    }
    times
}

fn minutes(seconds: u64) -> String {
    Time::minutes(seconds.div_ceil(60)).to_string()
}

fn databases(target: &Target, stack: &Stack) -> Vec<Database> {
    let of = |(name, database): (&Name, &crate::model::database::Database)| {
        let reference = Reference::new(Kind::Database, name);
        let id = names::logical(&reference);
        Database {
            name: reference.to_string(),
            pooler: database.pooler.then(|| super::database::pooler_id(&id)),
            standby: database.high_availability,
            kept_days: database.backup.keep.as_days(),
            protected: database.protected,
            connections: database.parameters.get("max_connections").map(ToString::to_string),
            failover: minutes(FAILOVER),
            restore: minutes(RESTORE),
            users: stack
                .functions
                .iter()
                .filter(|(_, function)| function.access.contains_key(&reference))
                .map(|(name, function)| workload(target, name, function))
                .collect(),
            id,
        }
    };
    stack.databases.iter().map(of).collect()
}

fn queues(target: &Target, stack: &Stack) -> Vec<Queue> {
    let with_letters = stack.queues.iter().filter(|(_, queue)| queue.dead_letters.is_some());
    with_letters
        .map(|(name, queue)| {
            let reference = Reference::new(Kind::Queue, name);
            let consumes = |function: &&Function| {
                function.consumes.as_ref().is_some_and(|consumption| consumption.queue == reference)
            };
            Queue {
                physical: super::queue::physical_name(target, name, "", queue.ordered),
                letters: super::queue::physical_name(target, name, "-dead-letters", queue.ordered),
                consumers: stack
                    .functions
                    .iter()
                    .filter(|(_, function)| consumes(function))
                    .map(|(name, function)| workload(target, name, function))
                    .collect(),
                name: reference.to_string(),
            }
        })
        .collect()
}

fn silences(target: &Target, stack: &Stack) -> Vec<Silence> {
    let silent = stack.alarms.iter().filter_map(|(name, alarm)| alarm.absent_for.map(|time| (name, alarm, time)));
    silent
        .map(|(name, alarm, time)| Silence {
            alarm: names::physical(target, name, names::ALARM),
            description: alarm.description.clone(),
            time: time.to_string(),
            emitters: stack
                .functions
                .iter()
                .filter(|(_, function)| match &alarm.metric {
                    Some(Metric::Emitted(metric)) => function.emits.contains(metric),
                    Some(Metric::Measured(_)) | None => false,
                })
                .map(|(name, function)| workload(target, name, function))
                .collect(),
        })
        .collect()
}

fn alarms(target: &Target, stack: &Stack) -> Vec<Alarm> {
    let of = |(name, alarm): (&Name, &crate::model::alarm::Alarm)| Alarm {
        physical: names::physical(target, name, names::ALARM),
        description: alarm.description.clone(),
        critical: alarm.severity == Severity::Critical,
    };
    stack.alarms.iter().map(of).collect()
}

fn apis(stack: &Stack) -> Vec<Api> {
    let of = |name: &Name| {
        let reference = Reference::new(Kind::Api, name);
        let asked = stack.gates.health.as_ref().filter(|health| health.of == reference);
        Api {
            name: reference.to_string(),
            url: domain::url(stack, &reference),
            health: asked.map_or_else(|| "/".to_owned(), |health| health.path.clone()),
        }
    };
    stack.apis.keys().map(of).collect()
}

fn hosts(stack: &Stack) -> Vec<Host> {
    let of = |name: &Name| {
        let reference = Reference::new(Kind::Api, name);
        let id = names::logical(&reference);
        let host = domain::host(stack, &reference)?;
        Some(Host { api: reference.to_string(), domain_name: format!("{id}DomainName"), name: host })
    };
    stack.apis.keys().filter_map(of).collect()
}

fn workload(target: &Target, name: &Name, function: &Function) -> Workload {
    let reference = Reference::new(Kind::Function, name);
    Workload {
        physical: names::physical(target, name, names::FUNCTION),
        logs: format!("{}Logs", names::logical(&reference)),
        timeout: function.timeout.as_seconds(),
        name: reference.to_string(),
    }
}

fn procedures(target: &Target, stack: &Stack) -> Vec<Procedure> {
    let named = |alarm: &Reference| names::physical(target, &alarm.name, names::ALARM);
    stack
        .procedures
        .values()
        .map(|procedure| Procedure {
            title: procedure.title.clone(),
            alarms: procedure.alarms.iter().map(named).collect(),
            steps: procedure.steps.clone(),
            run: procedure.run.as_ref().and_then(|by_hand| run(target, stack, by_hand)),
            query: procedure.query.as_ref().map(asked),
        })
        .collect()
}

fn run(target: &Target, stack: &Stack, by_hand: &ByHand) -> Option<Run> {
    let function = stack.functions.get(&by_hand.function.name)?;
    Some(Run {
        function: names::physical(target, &by_hand.function.name, names::FUNCTION),
        input: quoted(by_hand.input.as_ref().unwrap_or(&Value::Null)),
        when: by_hand.when.clone(),
        timeout: function.timeout.as_seconds(),
    })
}

fn asked(query: &Query) -> Asked {
    Asked { database: query.database.to_string(), sql: query.sql.trim_end().to_owned() }
}

/// A value as one word of a shell: JSON in single quotes.
fn quoted(value: &Value) -> String {
    let text = if value.is_null() { "{}".to_owned() } else { value.to_string() };
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn flags(target: &Target, stack: &Stack) -> Vec<Flag> {
    let of = |(name, setting): (&Name, &crate::model::setting::Setting)| Flag {
        name: name.to_string(),
        path: super::setting::path(target, stack, name),
        description: setting.description.clone(),
    };
    stack.settings.iter().map(of).collect()
}

fn secrets(stack: &Stack) -> Vec<Kept> {
    let of = |(name, secret): (&Name, &crate::model::secret::Secret)| Kept {
        name: name.to_string(),
        id: names::logical(&Reference::new(Kind::Secret, name)),
        rotation: secret.rotation,
        description: secret.description.clone(),
    };
    stack.secrets.iter().map(of).collect()
}

fn written(template: &str, told: &impl Serialize) -> Result<String, Vec<Finding>> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    let text = syntax.and_then(|syntax| {
        environment.set_syntax(syntax);
        environment.render_str(template, Serde(told))
    });
    text.map_err(|error| {
        vec![
            Finding::error("runbook", ["description"], error.to_string())
                .why("the runbook's own template names something that it isn't told")
                .fix("this is a defect of landfall: please report it"),
        ]
    })
}
