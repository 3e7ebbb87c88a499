//! Functions: jobs of Container Apps, run by a message, by hand, by another component or by a clock.

use serde_json::{Value, json};

use super::draft::Draft;
use super::environment::{self, environment};
use super::id::Id;
use super::workload::{self, Container};
use super::{artifact, names, queue, topic};
use crate::clouds::Migrating;
use crate::model::function::{Function, Runtime};
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};

/// The variables that tell a function where its messages are.
const NAMESPACE: &str = "SERVICEBUS_NAMESPACE";
const QUEUE: &str = "SERVICEBUS_QUEUE";
const TOPIC: &str = "SERVICEBUS_TOPIC";
const SUBSCRIPTION: &str = "SERVICEBUS_SUBSCRIPTION";
/// How often the queue is looked at, in seconds (Container Apps documentation, "Jobs": the usual figure).
const LOOKS: u32 = 30;
/// How many runs at the same time where nobody says (same place).
const RUNS: u32 = 100;

/// Microsoft's own job that does nothing (Container Apps documentation, "Create a job with Azure Container Apps").
const NOTHING: &str = "mcr.microsoft.com/k8se/quickstart-jobs:latest";

/// The job of a function.
pub(super) fn id(draft: &Draft<'_>, name: &Name) -> Id {
    Id::new("Microsoft.App/jobs", draft.physical(name.as_str(), names::APP))
}

/// Adds a function and the jobs of the clocks that run it.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, function: &Function) {
    let of = Reference::new(Kind::Function, name);
    check(draft, &of, function);
    let Some(workload) = draft.stack.workloads().find(|workload| workload.reference == of) else { return };
    let mut container = workload::container(draft, &workload, &function.artifact);
    let rules = rules(draft, &of, function, &mut container);
    let trigger = if rules.is_empty() {
        json!({ "triggerType": "Manual", "manualTriggerConfig": { "parallelism": 1, "replicaCompletionCount": 1 } })
    } else {
        let most = function.consumes.as_ref().and_then(|consumption| consumption.concurrency);
        json!({
            "triggerType": "Event",
            "eventTriggerConfig": {
                "parallelism": 1,
                "replicaCompletionCount": 1,
                "scale": {
                    "minExecutions": 0,
                    "maxExecutions": most.or(function.concurrency).unwrap_or(RUNS),
                    "pollingInterval": LOOKS,
                    "rules": rules,
                },
            },
        })
    };
    let id = id(draft, name);
    job(draft, &of, &of, &id, function, &container, trigger);
    for (clock, schedule) in draft.stack.schedules.iter().filter(|(_, schedule)| schedule.run == of) {
        let (trigger, input) = super::schedule::trigger(draft, clock, schedule);
        let mut container = container.clone();
        container.environment.extend(input);
        let id = super::schedule::id(draft, clock);
        job(draft, &Reference::new(Kind::Schedule, clock), &of, &id, function, &container, trigger);
    }
}

/// Adds a job that runs a function's code; `of` is the component whose job it is.
fn job(
    draft: &mut Draft<'_>,
    of: &Reference,
    runs: &Reference,
    id: &Id,
    function: &Function,
    container: &Container,
    trigger: Value,
) {
    let environment = environment(draft);
    let names = self::id(draft, &runs.name);
    let resources = workload::resources(draft, runs, 1, function.memory);
    let migrates = of == runs && draft.stack.migrations.as_ref().is_some_and(|migrations| migrations.run == *runs);
    let image = match migrates {
        true => artifact::image_or(&container.image, &function.artifact, NOTHING),
        false => container.image.clone(),
    };
    let mut configuration = container.configuration();
    if let Value::Object(trigger) = trigger {
        configuration.extend(trigger);
    }
    configuration.insert("replicaTimeout".to_owned(), json!(function.timeout.as_seconds()));
    configuration.insert("replicaRetryLimit".to_owned(), json!(function.retry.attempts));
    let mut body = json!({
        "identity": super::access::assigned(&container.identity.id),
        "properties": {
            "environmentId": environment.value(),
            "workloadProfileName": environment::PROFILE,
            "configuration": configuration,
            "template": {
                "containers": [{
                    // By this name the lines of all runs are found in the logs, whichever job made them.
                    "name": names.name,
                    "image": image,
                    "args": [function.handler],
                    "env": container.environment,
                    "resources": resources,
                }],
            },
        },
    });
    if !migrates {
        workload::held_back(&mut body, &function.artifact);
    }
    let waits = container.identity.waits();
    draft.add(&of.to_string(), id, body).depends_on.extend(waits);
}

/// The job that brings the schema up to date.
pub(super) fn migrating(draft: &Draft<'_>) -> Option<Migrating> {
    let run = &draft.stack.migrations.as_ref()?.run;
    let function = draft.stack.functions.get(&run.name)?;
    Some(Migrating {
        function: id(draft, &run.name).label(),
        parameter: artifact::parameter(&function.artifact),
        seconds: function.timeout.as_seconds(),
    })
}

/// What starts a run: messages of the queue that it consumes and of the topics that it hears.
fn rules(draft: &mut Draft<'_>, of: &Reference, function: &Function, container: &mut Container) -> Vec<Value> {
    let mut rules = Vec::new();
    let heard = topic::heard_by(draft, of);
    if function.consumes.is_none() && heard.is_empty() {
        return rules;
    }
    let namespace = queue::namespace(draft).name;
    // Namespaces answer under their names in Azure's public cloud.
    let address = format!("{namespace}.servicebus.windows.net");
    container.environment.push(json!({ "name": NAMESPACE, "value": address }));
    let identity = container.identity.id.value();
    let mut rule = |name: &str, metadata: Value| {
        rules.push(json!({ "name": name, "type": "azure-servicebus", "identity": identity, "metadata": metadata }));
    };
    if let Some(consumption) = &function.consumes {
        let queue = consumption.queue.name.as_str();
        container.environment.push(json!({ "name": QUEUE, "value": queue }));
        let count = consumption.batch.to_string();
        rule("queue", json!({ "namespace": namespace, "queueName": queue, "messageCount": count }));
        draft.nearly(
            "azure-consumer",
            of,
            ["consumes"],
            "runs that are given their messages",
            format!("a job is started for each {count} messages that wait, and takes them itself from the queue that {NAMESPACE} and {QUEUE} name"),
            "let the code take its messages there",
        );
    }
    for (number, topic) in (1..).zip(heard) {
        let subscription = topic::subscription(draft, topic, of);
        let subscription = subscription.name.rsplit('/').next().unwrap_or_default().to_owned();
        if number == 1 {
            container.environment.push(json!({ "name": TOPIC, "value": topic.as_str() }));
            container.environment.push(json!({ "name": SUBSCRIPTION, "value": subscription }));
        }
        rule(
            &format!("topic-{number}"),
            json!({ "namespace": namespace, "topicName": topic.as_str(), "subscriptionName": subscription, "messageCount": "1" }),
        );
    }
    rules
}

fn check(draft: &mut Draft<'_>, of: &Reference, function: &Function) {
    artifact::processor(draft, of, function.architecture);
    if function.runtime != Runtime::Native {
        draft.never(
            "azure-runtime",
            of,
            ["runtime"],
            "code that somebody else's runtime runs",
            "functions run as containers in Azure, and landfall packs only executables into images",
            "leave `runtime` out and give an executable",
        );
    }
    if !function.private && draft.stack.network.is_some() {
        draft.nearly(
            "azure-function-network",
            of,
            ["private"],
            "a function outside of the network",
            "all workloads share one environment, and that stands in the network",
            "write `private: true`",
        );
    }
    if let Some(rollout) = &function.rollout {
        draft.nearly(
            "azure-rollout",
            of,
            ["rollout"],
            format!("{} of the calls for {} while alarms are watched", rollout.canary, rollout.lasts),
            "the new version takes all at once: jobs of Container Apps have one version, and nothing moves it back when an alarm rings",
            "leave `rollout` out",
        );
    }
    if function.concurrency.is_some() && function.consumes.is_none() {
        draft.nearly(
            "azure-concurrency",
            of,
            ["concurrency"],
            "a limit of runs at the same time",
            "only runs that messages start are limited; whoever starts a job by hand or by the clock starts another beside it",
            "let a queue stand before it",
        );
    }
    if function.retry.dead_letter.is_some() {
        draft.nearly(
            "azure-dead-letter",
            of,
            ["retry", "dead-letter"],
            "events that were given up put into a queue",
            format!(
                "a job is tried {} times more, at once and whatever its event's age; a failed run stays in the job's history, and no message of it is made",
                function.retry.attempts
            ),
            "let a queue with dead letters stand before it: `consumes`",
        );
    }
}
