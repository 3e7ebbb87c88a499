//! What a target's runbook says: its real names, and the commands that people type when something is wrong.
//!
//! A name that CloudFormation makes up is asked for by the name of its resource in the stack.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;
use serde_json::Value;

use super::{domain, duration, names, recovery};
use crate::clouds::stack_name;
use crate::diagnostics::finding::Finding;
use crate::model::alarm::{Alarm, Severity};
use crate::model::database::{Database, POSTGRESQL_PORT};
use crate::model::function::Function;
use crate::model::metric::Metric;
use crate::model::name::Name;
use crate::model::placement::Target;
use crate::model::procedure::{ByHand, Query};
use crate::model::queue::Queue;
use crate::model::reference::{Kind, Reference};
use crate::model::secret::Secret;
use crate::model::setting::{Setting, SettingValue};
use crate::model::stack::Stack;

/// The text of a runbook.
const TEXT: &str = include_str!("../../../templates/runbook/aws.md");

/// Seconds until a standby has taken over (RDS user guide, "Multi-AZ DB instance deployments": 60 to 120 typically).
const FAILOVER: u64 = 120;
/// Seconds to restore a database from a copy, beside what making an instance takes. A round figure: a drill gives the real one.
pub(super) const RESTORE: u64 = 1_800;
/// The longest name of a database instance (RDS API reference, CreateDBInstance).
const INSTANCE: usize = 63;

#[derive(Serialize)]
struct Runbook {
    target: String,
    stack: String,
    account: String,
    region: String,
    databases: Vec<Kept>,
    queues: Vec<Letters>,
    silences: Vec<Silence>,
    alarms: Vec<Ringing>,
    given_up: Vec<GivenUp>,
    answers: Vec<String>,
    services: Vec<Served>,
    procedures: Vec<Procedure>,
    flags: Vec<Flag>,
    secrets: Vec<Hidden>,
    recovery: Option<String>,
}

/// A database, and the copy of it that people restore beside it.
#[derive(Serialize)]
pub(super) struct Kept {
    name: String,
    pub(super) id: String,
    alarms: Vec<String>,
    standby: bool,
    pooler: Option<String>,
    kept_days: u64,
    connections: Option<String>,
    failover: String,
    restore: String,
    restored: String,
    holds: String,
    user: &'static str,
    port: u16,
    users: Vec<String>,
}

#[derive(Serialize)]
struct Letters {
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
    minutes: u64,
    emitters: Vec<Workload>,
    procedures: Vec<String>,
}

/// A queue that holds the events that functions gave up.
#[derive(Serialize)]
struct GivenUp {
    name: String,
    physical: String,
    functions: Vec<Workload>,
}

#[derive(Serialize)]
struct Ringing {
    physical: String,
    description: String,
    critical: bool,
}

/// A service.
#[derive(Serialize)]
struct Served {
    name: String,
    id: String,
    cluster: &'static str,
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
pub(super) struct Run {
    function: String,
    input: String,
    when: String,
    timeout: u64,
}

#[derive(Serialize)]
pub(super) struct Asked {
    database: String,
    sql: String,
}

#[derive(Serialize)]
struct Flag {
    name: String,
    path: String,
    value: String,
    other: String,
    description: String,
}

#[derive(Serialize)]
pub(super) struct Hidden {
    name: String,
    description: String,
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
        given_up: given_up(target, stack),
        answers: answers(stack),
        services: stack.services.keys().map(served).collect(),
        procedures: procedures(target, stack),
        flags: flags(target, stack),
        secrets: secrets(stack, |_| true),
        recovery: recovery::recovery(target, stack)?,
    };
    written(TEXT, &told)
}

pub(super) fn databases(target: &Target, stack: &Stack) -> Vec<Kept> {
    let of = |(name, database): (&Name, &Database)| {
        let reference = Reference::new(Kind::Database, name);
        let id = names::logical(&reference);
        Kept {
            name: reference.to_string(),
            alarms: alarms_of(target, stack, &reference),
            pooler: database.pooler.then(|| super::database::pooler_id(&id)),
            standby: database.high_availability,
            kept_days: database.backup.keep.as_days(),
            connections: database.parameters.get("max_connections").map(ToString::to_string),
            failover: span(FAILOVER),
            restore: span(made("AWS::RDS::DBInstance") + RESTORE),
            restored: names::shortened(&format!("{}-{}-{name}-restored", target.system, target.environment), INSTANCE),
            holds: database.name.clone(),
            user: super::database::FIRST_USER,
            port: POSTGRESQL_PORT,
            users: users(target, stack, &reference),
            id,
        }
    };
    stack.databases.iter().map(of).collect()
}

/// Who may use a component: functions by their names at AWS, services by theirs in the environment.
fn users(target: &Target, stack: &Stack, of: &Reference) -> Vec<String> {
    let functions = stack.functions.iter().filter(|(_, function)| function.access.contains_key(of));
    let services = stack.services.iter().filter(|(_, service)| service.access.contains_key(of));
    functions
        .map(|(name, _)| names::physical(target, name, names::FUNCTION))
        .chain(services.map(|(name, _)| Reference::new(Kind::Service, name).to_string()))
        .collect()
}

/// The alarms on what is measured of a component, or of an API whose function uses it.
fn alarms_of(target: &Target, stack: &Stack, of: &Reference) -> Vec<String> {
    let behind = |api: &Reference| {
        let api = stack.apis.get(&api.name).filter(|_| api.kind == Kind::Api);
        let function = api.and_then(|api| stack.functions.get(&api.run.name));
        function.is_some_and(|function| function.access.contains_key(of))
    };
    let rings = |metric: &Metric| match metric {
        Metric::Measured(measured) => measured.of == *of || behind(&measured.of),
        Metric::Emitted(_) => false,
    };
    let ring = stack.alarms.iter().filter(|(_, alarm)| alarm.metric.as_ref().is_some_and(rings));
    ring.map(|(name, _)| names::physical(target, name, names::ALARM)).collect()
}

/// Seconds that AWS usually takes to make a resource of a type.
pub(super) fn made(kind: &str) -> u64 {
    duration::usual_seconds(kind).map_or(0, |[seconds, ..]| seconds)
}

/// A time for people, in hours and minutes.
pub(super) fn span(seconds: u64) -> String {
    let minutes = seconds.div_ceil(60);
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes}m"),
        (hours, 0) => format!("{hours}h"),
        (hours, minutes) => format!("{hours}h {minutes}m"),
    }
}

fn queues(target: &Target, stack: &Stack) -> Vec<Letters> {
    let with_letters = stack.queues.iter().filter(|(_, queue)| queue.dead_letters.is_some());
    with_letters
        .map(|(name, queue)| {
            let reference = Reference::new(Kind::Queue, name);
            let consumes = |function: &&Function| {
                function.consumes.as_ref().is_some_and(|consumption| consumption.queue == reference)
            };
            Letters {
                physical: super::queue::physical_name(target, name, "", queue.ordered),
                letters: super::queue::physical_name(target, name, super::queue::DEAD_LETTERS, queue.ordered),
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
            time: span(time.as_seconds()),
            // As long again as it had to be silent: what was said before stands there too.
            minutes: time.as_minutes() * 2,
            procedures: stack
                .procedures
                .values()
                .filter(|procedure| procedure.alarms.contains(&Reference::new(Kind::Alarm, name)))
                .map(|procedure| procedure.title.clone())
                .collect(),
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

fn alarms(target: &Target, stack: &Stack) -> Vec<Ringing> {
    let of = |(name, alarm): (&Name, &Alarm)| Ringing {
        physical: names::physical(target, name, names::ALARM),
        description: alarm.description.clone(),
        critical: alarm.severity == Severity::Critical,
    };
    stack.alarms.iter().map(of).collect()
}

fn given_up(target: &Target, stack: &Stack) -> Vec<GivenUp> {
    let of = |name: &Name, queue: &Queue| {
        let reference = Reference::new(Kind::Queue, name);
        let functions =
            stack.functions.iter().filter(|(_, function)| function.retry.dead_letter.as_ref() == Some(&reference));
        let functions: Vec<Workload> = functions.map(|(name, function)| workload(target, name, function)).collect();
        let physical = super::queue::physical_name(target, name, "", queue.ordered);
        (!functions.is_empty()).then(|| GivenUp { name: reference.to_string(), physical, functions })
    };
    stack.queues.iter().filter_map(|(name, queue)| of(name, queue)).collect()
}

/// The addresses that say whether APIs and services with a load balancer are well.
fn answers(stack: &Stack) -> Vec<String> {
    let asked = stack.gates.health.as_ref();
    let apis = stack.apis.keys().map(|name| (Reference::new(Kind::Api, name), None));
    let services = stack.services.iter().filter_map(|(name, service)| {
        let balancer = service.load_balancer.as_ref()?;
        Some((Reference::new(Kind::Service, name), Some(balancer.health.path.as_str())))
    });
    let of = |(reference, path): (Reference, Option<&str>)| {
        let gate = asked.filter(|health| health.of == reference).map(|health| health.path.as_str());
        Some(format!("{}{}", domain::url(stack, &reference)?, gate.or(path).unwrap_or("/")))
    };
    apis.chain(services).filter_map(of).collect()
}

fn served(name: &Name) -> Served {
    let reference = Reference::new(Kind::Service, name);
    Served { id: names::logical(&reference), name: reference.to_string(), cluster: super::service::CLUSTER }
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

pub(super) fn run(target: &Target, stack: &Stack, by_hand: &ByHand) -> Option<Run> {
    let function = stack.functions.get(&by_hand.function.name)?;
    Some(Run {
        function: names::physical(target, &by_hand.function.name, names::FUNCTION),
        input: quoted(by_hand.input.as_ref().unwrap_or(&Value::Null)),
        when: by_hand.when.clone(),
        timeout: function.timeout.as_seconds(),
    })
}

pub(super) fn asked(query: &Query) -> Asked {
    Asked { database: query.database.to_string(), sql: query.sql.trim_end().to_owned() }
}

/// What a function is given, as one word of a shell.
fn quoted(value: &Value) -> String {
    word(&if value.is_null() { "{}".to_owned() } else { value.to_string() })
}

/// A text as one word of a shell.
fn word(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn flags(target: &Target, stack: &Stack) -> Vec<Flag> {
    let of = |(name, setting): (&Name, &Setting)| Flag {
        name: name.to_string(),
        path: super::setting::path(target, stack, name),
        value: setting.value.to_string(),
        other: match &setting.value {
            SettingValue::Switch(on) => (!on).to_string(),
            other @ (SettingValue::Number(_) | SettingValue::Decimal(_) | SettingValue::Text(_)) => {
                word(&other.to_string())
            }
        },
        description: setting.description.clone(),
    };
    stack.settings.iter().map(of).collect()
}

/// The secrets that somebody keeps.
pub(super) fn secrets(stack: &Stack, of: impl Fn(&Secret) -> bool) -> Vec<Hidden> {
    let hidden =
        |(name, secret): (&Name, &Secret)| Hidden { name: name.to_string(), description: secret.description.clone() };
    stack.secrets.iter().filter(|(_, secret)| of(secret)).map(hidden).collect()
}

pub(super) fn written(template: &str, told: &impl Serialize) -> Result<String, Vec<Finding>> {
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
