//! What the runbooks of all clouds say alike: alarms, procedures, settings and secrets, under the names that a cloud has for them. The
//! commands differ, and stand in the cloud's own folder and text.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;
use serde_json::Value;

use super::scenario::Scenarios;
use super::stack_name;
use crate::diagnostics::finding::Finding;
use crate::model::alarm::{Alarm, Severity};
use crate::model::bucket::Bucket;
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

/// The text that every cloud's own fills in.
const TEXT: &str = include_str!("../../templates/runbook/runbook.md");
/// Its name for the texts of clouds.
const NAME: &str = "runbook.md";

/// What a cloud calls the components of a target.
pub(super) trait Dialect {
    /// The name that its commands take for a component, or that its pages show.
    fn called(&self, of: &Reference) -> String;
    /// What finds the lines that a workload wrote.
    fn logs(&self, of: &Reference) -> String;
    /// The address of a service or an API; none where nobody reaches it.
    fn url(&self, of: &Reference) -> Option<String>;
    /// Whether a function gets what it is given as a request, and isn't a job that is started.
    fn answers(&self, of: &Reference) -> bool;
}

/// What every runbook says.
#[derive(Serialize)]
pub(super) struct Common {
    target: String,
    stack: String,
    account: String,
    region: String,
    alarms: Vec<Ringing>,
    silences: Vec<Silence>,
    given_up: Vec<GivenUp>,
    answers: Vec<String>,
    procedures: Vec<Procedure>,
    flags: Vec<Flag>,
    secrets: Vec<Hidden>,
    scenarios: Scenarios,
    copies: Vec<Copied>,
}

/// A bucket whose objects another region has too.
#[derive(Serialize)]
pub(super) struct Copied {
    name: String,
    physical: String,
    region: String,
    /// The bucket that has them there, where it is another one.
    into: Option<String>,
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

/// Code that people run or read the logs of.
#[derive(Serialize)]
pub(super) struct Workload {
    pub(super) name: String,
    pub(super) physical: String,
    pub(super) logs: String,
    pub(super) timeout: u64,
    pub(super) answers: bool,
}

#[derive(Serialize)]
struct Procedure {
    title: String,
    alarms: Vec<String>,
    steps: Vec<String>,
    run: Option<Run>,
    query: Option<Asked>,
}

/// A function that is run by hand.
#[derive(Serialize)]
pub(super) struct Run {
    pub(super) name: String,
    pub(super) function: String,
    /// One word of a shell; an empty object where it is given nothing.
    pub(super) input: String,
    /// Whether it is given something.
    pub(super) given: bool,
    pub(super) when: String,
    pub(super) timeout: u64,
    pub(super) answers: bool,
}

/// What a database is asked.
#[derive(Serialize)]
pub(super) struct Asked {
    pub(super) database: String,
    pub(super) sql: String,
}

#[derive(Serialize)]
struct Flag {
    name: String,
    path: String,
    value: String,
    other: String,
    description: String,
}

/// A secret, without its value.
#[derive(Serialize)]
pub(super) struct Hidden {
    pub(super) name: String,
    pub(super) physical: String,
    pub(super) description: String,
    pub(super) users: Vec<String>,
}

/// What every runbook says of a stack.
pub(super) fn common(target: &Target, stack: &Stack, dialect: &impl Dialect, scenarios: Scenarios) -> Common {
    Common {
        target: target.to_string(),
        stack: stack_name(target),
        account: stack.placement.account.clone(),
        region: stack.placement.region.clone(),
        alarms: alarms(stack, dialect),
        silences: silences(stack, dialect),
        given_up: given_up(stack, dialect),
        answers: answers(stack, dialect),
        procedures: procedures(stack, dialect),
        flags: flags(stack, dialect),
        secrets: secrets(stack, dialect, |_| true),
        scenarios,
        copies: copies(stack, dialect),
    }
}

/// The buckets whose objects another region has too.
pub(super) fn copies(stack: &Stack, dialect: &impl Dialect) -> Vec<Copied> {
    let of = |(name, bucket): (&Name, &Bucket)| {
        let reference = Reference::new(Kind::Bucket, name);
        let region = bucket.copied_to.clone()?;
        Some(Copied {
            name: reference.to_string(),
            physical: dialect.called(&reference),
            region,
            into: bucket.copied_into.clone(),
        })
    };
    stack.buckets.iter().filter_map(of).collect()
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

/// Who may use a component: functions by their names at the cloud, services by theirs in the environment.
pub(super) fn users(stack: &Stack, dialect: &impl Dialect, of: &Reference) -> Vec<String> {
    let functions = stack.functions.iter().filter(|(_, function)| function.access.contains_key(of));
    let services = stack.services.iter().filter(|(_, service)| service.access.contains_key(of));
    functions
        .map(|(name, _)| dialect.called(&Reference::new(Kind::Function, name)))
        .chain(services.map(|(name, _)| Reference::new(Kind::Service, name).to_string()))
        .collect()
}

/// The alarms on what is measured of a component, or of an API whose function uses it.
pub(super) fn alarms_of(stack: &Stack, dialect: &impl Dialect, of: &Reference) -> Vec<String> {
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
    ring.map(|(name, _)| dialect.called(&Reference::new(Kind::Alarm, name))).collect()
}

/// The functions that a queue's messages run.
pub(super) fn consumers(stack: &Stack, dialect: &impl Dialect, queue: &Reference) -> Vec<Workload> {
    let consumes =
        |function: &&Function| function.consumes.as_ref().is_some_and(|consumption| consumption.queue == *queue);
    let consuming = stack.functions.iter().filter(|(_, function)| consumes(function));
    consuming.map(|(name, function)| workload(dialect, name, function)).collect()
}

fn silences(stack: &Stack, dialect: &impl Dialect) -> Vec<Silence> {
    let silent = stack.alarms.iter().filter_map(|(name, alarm)| alarm.absent_for.map(|time| (name, alarm, time)));
    silent
        .map(|(name, alarm, time)| Silence {
            alarm: dialect.called(&Reference::new(Kind::Alarm, name)),
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
                .map(|(name, function)| workload(dialect, name, function))
                .collect(),
        })
        .collect()
}

fn alarms(stack: &Stack, dialect: &impl Dialect) -> Vec<Ringing> {
    let of = |(name, alarm): (&Name, &Alarm)| Ringing {
        physical: dialect.called(&Reference::new(Kind::Alarm, name)),
        description: alarm.description.clone(),
        critical: alarm.severity == Severity::Critical,
    };
    stack.alarms.iter().map(of).collect()
}

fn given_up(stack: &Stack, dialect: &impl Dialect) -> Vec<GivenUp> {
    let of = |(name, _): (&Name, &Queue)| {
        let reference = Reference::new(Kind::Queue, name);
        let functions =
            stack.functions.iter().filter(|(_, function)| function.retry.dead_letter.as_ref() == Some(&reference));
        let functions: Vec<Workload> = functions.map(|(name, function)| workload(dialect, name, function)).collect();
        let physical = dialect.called(&reference);
        (!functions.is_empty()).then(|| GivenUp { name: reference.to_string(), physical, functions })
    };
    stack.queues.iter().filter_map(of).collect()
}

/// The addresses that say whether APIs and services with a load balancer are well.
fn answers(stack: &Stack, dialect: &impl Dialect) -> Vec<String> {
    let asked = stack.gates.health.as_ref();
    let apis = stack.apis.keys().map(|name| (Reference::new(Kind::Api, name), None));
    let services = stack.services.iter().filter_map(|(name, service)| {
        let balancer = service.load_balancer.as_ref()?;
        Some((Reference::new(Kind::Service, name), Some(balancer.health.path.as_str())))
    });
    let of = |(reference, path): (Reference, Option<&str>)| {
        let gate = asked.filter(|health| health.of == reference).map(|health| health.path.as_str());
        Some(format!("{}{}", dialect.url(&reference)?, gate.or(path).unwrap_or("/")))
    };
    apis.chain(services).filter_map(of).collect()
}

fn workload(dialect: &impl Dialect, name: &Name, function: &Function) -> Workload {
    let reference = Reference::new(Kind::Function, name);
    Workload {
        physical: dialect.called(&reference),
        logs: dialect.logs(&reference),
        timeout: function.timeout.as_seconds(),
        answers: dialect.answers(&reference),
        name: reference.to_string(),
    }
}

fn procedures(stack: &Stack, dialect: &impl Dialect) -> Vec<Procedure> {
    stack
        .procedures
        .values()
        .map(|procedure| Procedure {
            title: procedure.title.clone(),
            alarms: procedure.alarms.iter().map(|alarm| dialect.called(alarm)).collect(),
            steps: procedure.steps.clone(),
            run: procedure.run.as_ref().and_then(|by_hand| run(stack, dialect, by_hand)),
            query: procedure.query.as_ref().map(asked),
        })
        .collect()
}

/// A function that is run by hand; nothing where there is no such function.
pub(super) fn run(stack: &Stack, dialect: &impl Dialect, by_hand: &ByHand) -> Option<Run> {
    let function = stack.functions.get(&by_hand.function.name)?;
    Some(Run {
        name: by_hand.function.to_string(),
        function: dialect.called(&by_hand.function),
        input: quoted(by_hand.input.as_ref().unwrap_or(&Value::Null)),
        given: by_hand.input.is_some(),
        when: by_hand.when.clone(),
        timeout: function.timeout.as_seconds(),
        answers: dialect.answers(&by_hand.function),
    })
}

/// What a database is asked.
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

fn flags(stack: &Stack, dialect: &impl Dialect) -> Vec<Flag> {
    let of = |(name, setting): (&Name, &Setting)| Flag {
        name: name.to_string(),
        path: dialect.called(&Reference::new(Kind::Setting, name)),
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
pub(super) fn secrets(stack: &Stack, dialect: &impl Dialect, of: impl Fn(&Secret) -> bool) -> Vec<Hidden> {
    let hidden = |(name, secret): (&Name, &Secret)| {
        let reference = Reference::new(Kind::Secret, name);
        let reads = stack.workloads().filter(|workload| workload.reads(&reference));
        Hidden {
            name: name.to_string(),
            physical: dialect.called(&reference),
            description: secret.description.clone(),
            users: reads.map(|workload| workload.reference.to_string()).collect(),
        }
    };
    stack.secrets.iter().filter(|(_, secret)| of(secret)).map(hidden).collect()
}

/// A text with what it is told filled in.
///
/// # Errors
/// A defect of the text.
pub(super) fn written(text: &str, told: &impl Serialize) -> Result<String, Vec<Finding>> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    let text = syntax.and_then(|syntax| {
        environment.set_syntax(syntax);
        environment.add_template(NAME, TEXT)?;
        environment.render_str(text, Serde(told))
    });
    text.map_err(|error| {
        vec![
            Finding::error("runbook", ["description"], error.to_string())
                .why("the runbook's own template names something that it isn't told")
                .fix("this is a defect of landfall: please report it"),
        ]
    })
}
