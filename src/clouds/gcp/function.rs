//! Functions: a Cloud Run job for what a clock or a caller starts, a Cloud Run service for what answers messages and requests.
//!
//! Both run the artifact's image with the handler as its argument. A job does its work and ends; a service gets each event as a
//! request.

use serde_json::{Value, json};

use super::artifact::{self, container};
use super::draft::{Draft, at, attribute};
use super::names::{self, RUN};
use super::network::{self, firewall};
use super::{access, registry, topic, variable};
use crate::diagnostics::finding::Finding;
use crate::model::function::{Function, Runtime};
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;

pub(super) const JOB: &str = "google_cloud_run_v2_job";
const SERVICE: &str = "google_cloud_run_v2_service";

/// Memory in MiB that comes with a whole processor (AWS Lambda developer guide, "Configure Lambda function memory": the measure by
/// which the model's memory brings processors).
const WHOLE_PROCESSOR: u64 = 1_769;
/// The longest that a job's try and a service's answer may take, in seconds (Cloud Run documentation, "Set task timeout" and "Set
/// request timeout").
const JOB_TIME: u64 = 604_800;
const ANSWER_TIME: u64 = 3_600;
/// Google's own job that does nothing (Cloud Run documentation, "Quickstart: Create and execute a job").
const NOTHING: &str = "us-docker.pkg.dev/cloudrun/container/job:latest";
/// Copies of a function where nothing is said (Cloud Run documentation, "Set maximum instances": 100).
const COPIES: u32 = 100;

/// Whether a function answers messages or requests, and isn't only started.
pub(super) fn answers(stack: &Stack, name: &Name) -> bool {
    let of = Reference::new(Kind::Function, name);
    stack.functions.get(name).is_some_and(|function| function.consumes.is_some())
        || topic::hears(stack, name)
        || stack.apis.values().any(|api| api.run == of)
}

/// The name, inside the document, of the account in whose name a function is called.
pub(super) fn caller(local: &str) -> String {
    format!("{local}_caller")
}

/// The topic, inside the document, of the queue that gets what a function gave up.
pub(super) fn dead_letters(stack: &Stack, function: &Function) -> Option<String> {
    function.retry.dead_letter.as_ref().filter(|queue| queue.kind == Kind::Queue && stack.has(queue)).map(names::local)
}

/// Adds a function and what belongs to it.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, function: &Function) {
    let of = Reference::new(Kind::Function, name);
    let component = of.to_string();
    let local = names::local(&of);
    let answers = answers(draft.stack, name);
    check(draft, &of, function, answers);
    let placed = !function.private || network::needed(draft, at(&of, &["private"]), "a private function").is_some();
    access::account(draft, &of);
    access::grants(draft, &of, &function.access);
    if function.private && placed {
        firewall::workload(draft, &of, &function.access);
    }
    let rotations = draft.stack.rotations(&function.environment, &function.access);
    let variables = variable::render(draft, &of, function.environment.iter(), rotations, &function.artifact);
    let thousandths = function.memory.as_mebibytes() * 1_000 / WHOLE_PROCESSOR;
    let Some(room) = container::needed(draft, &of, thousandths, function.memory) else { return };
    let repository = registry::of_functions(draft);
    let migrates = draft.stack.migrations.as_ref().is_some_and(|migrations| migrations.run == of);
    let image = if migrates {
        artifact::address_or(draft, &repository, &function.artifact, NOTHING)
    } else {
        artifact::address(draft, &repository, &function.artifact)
    };
    let container = container::render(&image, vec![json!(function.handler)], &variables, room);
    let runs_as = attribute(access::ACCOUNT, &local, "email");
    let interface = function.private.then(|| network::interface(draft, &of));
    let timeout = format!("{}s", function.timeout.as_seconds());
    let (called, region) = (names::physical(draft.target, name, RUN), draft.region());
    let (kind, arguments) = if answers {
        let template = json!({
            "service_account": runs_as,
            "timeout": timeout,
            "max_instance_request_concurrency": 1,
            "scaling": { "min_instance_count": 0, "max_instance_count": function.concurrency.unwrap_or(COPIES) },
            "vpc_access": interface,
            "containers": container,
        });
        let arguments = json!({
            "name": called,
            "location": region,
            "description": function.description,
            "deletion_protection": false,
            // Messages and clocks of the project come in so, and nobody else does.
            "ingress": "INGRESS_TRAFFIC_INTERNAL_ONLY",
            "template": template,
        });
        (SERVICE, arguments)
    } else {
        let template = json!({
            "service_account": runs_as,
            "timeout": timeout,
            "max_retries": function.retry.attempts,
            "vpc_access": interface,
            "containers": container,
        });
        let arguments = json!({
            "name": called,
            "location": region,
            "deletion_protection": false,
            "template": { "task_count": 1, "parallelism": 1, "template": template },
        });
        (JOB, arguments)
    };
    let resource = draft.add(&component, kind, &local, arguments);
    resource.count = Some(if migrates { json!(1) } else { artifact::count(&function.artifact) });
    resource.depends_on.extend(variables.first);
    if started_by_others(draft.stack, &of) {
        called_by(draft, &of);
    }
    draft.output(format!("{local}_name"), format!("The name of {of}"), Value::String(called));
}

/// Whether a clock, a queue or a topic starts it.
fn started_by_others(stack: &Stack, of: &Reference) -> bool {
    let consumes = stack.functions.get(&of.name).is_some_and(|function| function.consumes.is_some());
    consumes || topic::hears(stack, &of.name) || stack.schedules.values().any(|schedule| schedule.run == *of)
}

/// The account in whose name clocks, queues and topics call the function.
fn called_by(draft: &mut Draft<'_>, of: &Reference) {
    let caller = caller(&names::local(of));
    let id = names::account(draft.target, &format!("{}-caller", of.name));
    draft.add(
        &of.to_string(),
        access::ACCOUNT,
        &caller,
        json!({ "account_id": id, "display_name": format!("{} starts {of}", draft.target) }),
    );
    access::invoke(draft, of, &caller, of);
}

/// What Google Cloud has nearly or not at all, and what it would refuse only when it is asked.
fn check(draft: &mut Draft<'_>, of: &Reference, function: &Function, answers: bool) {
    container::processor(draft, of, function.architecture);
    match function.runtime {
        Runtime::Native => {}
        Runtime::Nodejs22 | Runtime::Python313 => draft.refuse(
            "gcp-runtime",
            of,
            &["runtime"],
            "code that the cloud's own runtime runs",
            "landfall renders functions as images that run by themselves",
            "build the artifact as a crate or an executable, and leave `runtime` out",
        ),
    }
    if answers && draft.stack.migrations.as_ref().is_some_and(|migrations| migrations.run == *of) {
        draft.refuse(
            "gcp-migrations",
            of,
            &[],
            "a function that brings the schema up to date, and answers requests or messages",
            "Cloud Run runs migrations as a job, and what answers is a service",
            "let a function of its own bring the schema up to date",
        );
    }
    let most = if answers { ANSWER_TIME } else { JOB_TIME };
    if !(1..=most).contains(&function.timeout.as_seconds()) {
        draft.findings.push(
            Finding::error("gcp-function-timeout", at(of, &["timeout"]), format!("a run of `{}`", function.timeout))
                .why("Cloud Run's jobs may take seven days, its answers an hour")
                .fix("choose from 1s to 1h"),
        );
    }
    if let Some(rollout) = &function.rollout {
        draft.nearly(
            "gcp-rollout",
            of,
            &["rollout"],
            format!("{} of the calls for {} while alarms are watched", rollout.canary, rollout.lasts),
            "the new version takes all at once: Terraform sets shares of traffic, and nothing moves them on or back when an alarm rings",
            "leave `rollout` out",
        );
    }
    if !answers {
        if let Some(queue) = &function.retry.dead_letter {
            draft.nearly(
                "gcp-job-dead-letters",
                of,
                &["retry", "dead-letter"],
                format!("events that were given up go to `{queue}`"),
                "a Cloud Run job is tried again so often and its failed execution stays in the list of executions: no message is sent",
                "watch the job's errors with an alarm, or let a queue run the function",
            );
        }
        if let Some(most) = function.concurrency {
            draft.nearly(
                "gcp-job-concurrency",
                of,
                &["concurrency"],
                format!("at most {most} runs at the same time"),
                "each start of a Cloud Run job is an execution of its own, and nothing holds one back",
                "let a queue run the function",
            );
        }
    }
    if let Some(consumption) = &function.consumes {
        if consumption.batch > 1 {
            draft.nearly(
                "gcp-batch",
                of,
                &["consumes", "batch"],
                format!("{} messages a run", consumption.batch),
                "Pub/Sub posts each message as a request of its own",
                "write `batch: 1`",
            );
        }
        if consumption.concurrency.is_some() && consumption.concurrency != function.concurrency {
            draft.nearly(
                "gcp-consumption-concurrency",
                of,
                &["consumes", "concurrency"],
                "a limit on the runs that messages cause",
                "Cloud Run limits all runs of a function together",
                "set `concurrency` of the function",
            );
        }
    }
}
