//! Measurements in Cloud Monitoring's words: metrics of resources, and what workloads write into their logs.
//!
//! Workloads emit metrics as lines of JSON on their output (the embedded metric format); a log-based metric takes the figures out of
//! them. Alarms and graphs read both by queries in PromQL, which has what the model asks for and Cloud Monitoring's own conditions
//! have not: sums of what was emitted, arithmetic, percentiles of several resources together.

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::draft::Draft;
use super::names::{self, CACHE, LOG_METRIC, RUN};
use super::{database, function, queue};
use crate::model::metric::{EmittedMetric, MeasuredMetric, Measurement, Metric};
use crate::model::reference::{Kind, Reference};

pub(super) mod query;

/// The type of a metric that is taken out of logs.
pub(super) const FROM_LOGS: &str = "google_logging_metric";

/// Why a measurement can't be had.
pub(super) type Refusal = String;

/// Time series of one metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Selector {
    /// The metric's type, such as `run.googleapis.com/request_count`.
    pub(super) metric: String,
    /// The type of resource that it belongs to.
    pub(super) resource: &'static str,
    /// Labels with the values that are meant.
    pub(super) only: Vec<(&'static str, String)>,
}

/// What the points of a series are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A level at a moment; `added` where the whole is the sum of the series, and not their mean.
    Level {
        /// Whether series are added up.
        added: bool,
    },
    /// How many there were since the point before.
    Events,
    /// Seconds of work since the point before: a share of the time.
    Work,
    /// Many values with how often each came.
    Distribution,
}

/// Where the values of a metric come from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Source {
    /// Series of one shape.
    Series {
        /// Which series; more than one where several kinds of resource emit the metric.
        of: Vec<Selector>,
        /// What their points are.
        shape: Shape,
        /// What a point is multiplied with to be in the model's unit.
        scale: f64,
    },
    /// What is left of a whole: two levels.
    Left {
        /// All that there is.
        whole: Selector,
        /// What is used of it.
        used: Selector,
    },
}

impl Source {
    fn one(of: Selector, shape: Shape, scale: f64) -> Self {
        Source::Series { of: vec![of], shape, scale }
    }
}

/// What a metric is in Cloud Monitoring.
pub(super) fn source(draft: &Draft<'_>, metric: &Metric) -> Result<Source, Refusal> {
    match metric {
        Metric::Measured(metric) => measured(draft, metric),
        Metric::Emitted(metric) => emitted(draft, metric),
    }
}

/// A metric that workloads write into their logs.
fn emitted(draft: &Draft<'_>, metric: &EmittedMetric) -> Result<Source, Refusal> {
    let kind = format!("logging.googleapis.com/user/{}", from_logs_name(draft, metric));
    let mut resources: Vec<&'static str> =
        emitters(draft, metric).iter().map(|of| runs_as(draft, of).resource).collect();
    resources.sort_unstable();
    resources.dedup();
    if resources.is_empty() {
        return Err(format!("nothing emits `{}` of `{}`", metric.name, metric.namespace));
    }
    let selector = |resource| Selector { metric: kind.clone(), resource, only: Vec::new() };
    Ok(Source::Series { of: resources.into_iter().map(selector).collect(), shape: Shape::Distribution, scale: 1.0 })
}

/// The workloads that say that they emit a metric.
fn emitters(draft: &Draft<'_>, metric: &EmittedMetric) -> Vec<Reference> {
    let functions = draft.stack.functions.iter().map(|(name, it)| (Kind::Function, name, &it.emits));
    let services = draft.stack.services.iter().map(|(name, it)| (Kind::Service, name, &it.emits));
    functions
        .chain(services)
        .filter(|(_, _, emits)| emits.contains(metric))
        .map(|(kind, name, _)| Reference::new(kind, name))
        .collect()
}

/// How Cloud Monitoring and Cloud Logging name what a workload runs as.
struct RunsAs {
    resource: &'static str,
    label: &'static str,
    name: String,
}

fn runs_as(draft: &Draft<'_>, of: &Reference) -> RunsAs {
    let job = of.kind == Kind::Function && !function::answers(draft.stack, &of.name);
    let pool = of.kind == Kind::Service
        && draft.stack.services.get(&of.name).is_some_and(|service| service.load_balancer.is_none());
    let (resource, label) = match (job, pool) {
        (true, _) => ("cloud_run_job", "job_name"),
        (false, true) => ("cloud_run_worker_pool", "worker_pool_name"),
        (false, false) => ("cloud_run_revision", "service_name"),
    };
    RunsAs { resource, label, name: names::physical(draft.target, &of.name, RUN) }
}

/// The name of the metric that is taken out of logs. Signs that queries don't take in names are replaced; where that or the
/// dimensions could make two metrics one, a digest tells them apart.
fn from_logs_name(draft: &Draft<'_>, metric: &EmittedMetric) -> String {
    let EmittedMetric { namespace, name, dimensions } = metric;
    let plain = |text: &str| -> String {
        text.chars().map(|sign| if sign.is_ascii_alphanumeric() { sign } else { '_' }).collect()
    };
    let whole = format!("{namespace}_{name}");
    let told = format!(
        "{}_{}_{}",
        plain(draft.target.system.as_str()),
        plain(draft.target.environment.as_str()),
        plain(&whole)
    );
    if plain(&whole) == whole && dimensions.is_empty() && told.len() <= LOG_METRIC {
        return told;
    }
    let digest = hex::encode(Sha256::digest(json!([namespace, name, dimensions]).to_string().as_bytes()));
    let kept: String = told.chars().take(LOG_METRIC - 9).collect();
    format!("{kept}_{}", digest.get(..8).unwrap_or_default())
}

/// The name, inside the document, of a metric that is taken out of logs.
pub(super) fn from_logs_local(draft: &Draft<'_>, metric: &EmittedMetric) -> String {
    format!("emitted_{}", from_logs_name(draft, metric))
}

/// Adds the metrics that are taken out of logs: one for each that a workload emits and an alarm or a graph reads.
pub(super) fn render(draft: &mut Draft<'_>) {
    let alarms = draft.stack.alarms.iter().flat_map(|(name, alarm)| {
        let terms = alarm.math.iter().flat_map(|math| math.terms.values().map(|term| &term.metric));
        alarm.metric.iter().chain(terms).map(move |metric| (Reference::new(Kind::Alarm, name), metric))
    });
    let graphs = draft.stack.dashboards.iter().flat_map(|(name, dashboard)| {
        dashboard.graphs.iter().flat_map(move |graph| {
            let terms = graph.math.iter().flat_map(|math| math.terms.values().map(|term| &term.metric));
            graph.metric.iter().chain(terms).map(move |metric| (Reference::new(Kind::Dashboard, name), metric))
        })
    });
    let read: Vec<(Reference, &EmittedMetric)> = alarms
        .chain(graphs)
        .filter_map(|(of, metric)| match metric {
            Metric::Emitted(metric) => Some((of, metric)),
            Metric::Measured(_) => None,
        })
        .collect();
    for (of, metric) in read {
        let local = from_logs_local(draft, metric);
        let there = draft.document.resources.get(FROM_LOGS).is_some_and(|named| named.contains_key(&local));
        let emitters = emitters(draft, metric);
        if there || emitters.is_empty() {
            continue;
        }
        from_logs(draft, &of, &local, metric, &emitters);
    }
}

/// A text in a filter of Cloud Logging or Cloud Monitoring.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', r#"\""#))
}

fn from_logs(draft: &mut Draft<'_>, of: &Reference, local: &str, metric: &EmittedMetric, emitters: &[Reference]) {
    let EmittedMetric { namespace, name, dimensions } = metric;
    let runs: Vec<String> = emitters
        .iter()
        .map(|of| {
            let RunsAs { resource, label, name } = runs_as(draft, of);
            format!("resource.type={} AND resource.labels.{label}={}", quoted(resource), quoted(&name))
        })
        .map(|one| if emitters.len() == 1 { one } else { format!("({one})") })
        .collect();
    let runs = if runs.len() == 1 { runs.concat() } else { format!("({})", runs.join(" OR ")) };
    let mut filter = format!(
        "{runs} AND jsonPayload._aws.CloudWatchMetrics.Namespace={} AND jsonPayload.{}:*",
        quoted(namespace),
        quoted(name)
    );
    for (dimension, value) in dimensions {
        filter.push_str(&format!(" AND jsonPayload.{}={}", quoted(dimension), quoted(value)));
    }
    let called = from_logs_name(draft, metric);
    draft.add(
        &of.to_string(),
        FROM_LOGS,
        local,
        json!({
            "name": called,
            "description": format!("{name} of {namespace}, as workloads write it"),
            "filter": filter,
            "value_extractor": format!("EXTRACT(jsonPayload.{})", quoted(name)),
            "metric_descriptor": { "metric_kind": "DELTA", "value_type": "DISTRIBUTION", "unit": "1" },
            // From a thousandth on, each bound a tenth above the one before, up to about 10^15: a percentile is off by a tenth at most.
            "bucket_options": { "exponential_buckets": { "num_finite_buckets": 199, "growth_factor": 1.1, "scale": 0.001 } },
        }),
    );
}

/// What Cloud Monitoring measures (Cloud Monitoring documentation, "Google Cloud metrics", by service).
fn measured(draft: &Draft<'_>, metric: &MeasuredMetric) -> Result<Source, Refusal> {
    let of = &metric.of;
    if !draft.stack.has(of) {
        return Err(format!("there is no `{of}`"));
    }
    match of.kind {
        Kind::Database => of_database(draft, of, metric.name),
        Kind::Cache => of_cache(draft, of, metric.name),
        Kind::Queue => of_queue(draft, of, metric.name),
        Kind::Function | Kind::Service => of_workload(draft, of, metric.name),
        Kind::Alarm
        | Kind::Api
        | Kind::Artifact
        | Kind::Bucket
        | Kind::Budget
        | Kind::CostAnomaly
        | Kind::Dashboard
        | Kind::Registry
        | Kind::Schedule
        | Kind::Secret
        | Kind::Setting
        | Kind::Topic => Err(not_measured(metric.name, of.kind)),
    }
}

fn not_measured(measurement: Measurement, kind: Kind) -> Refusal {
    format!("Google Cloud doesn't measure `{}` of a {}", measurement.word(), kind.word())
}

const ADDED: Shape = Shape::Level { added: true };
const SIDE_BY_SIDE: Shape = Shape::Level { added: false };

fn of_database(draft: &Draft<'_>, of: &Reference, name: Measurement) -> Result<Source, Refusal> {
    let project = draft.project();
    let instance = |metric: &str, instance: &str| Selector {
        metric: format!("cloudsql.googleapis.com/database/{metric}"),
        resource: "cloudsql_database",
        only: vec![("database_id", format!("{project}:{instance}"))],
    };
    let first = database::physical(draft, &of.name);
    let first = |metric| instance(metric, &first);
    Ok(match name {
        Measurement::Cpu => Source::one(first("cpu/utilization"), SIDE_BY_SIDE, 100.0),
        Measurement::Connections => Source::one(first("postgresql/num_backends"), ADDED, 1.0),
        Measurement::FreeMemory => Source::Left { whole: first("memory/quota"), used: first("memory/total_usage") },
        Measurement::FreeStorage => Source::Left { whole: first("disk/quota"), used: first("disk/bytes_used") },
        Measurement::ReplicaLag => {
            let replicas = database::replicas(draft, &of.name);
            if replicas.is_empty() {
                return Err(format!("`{of}` has no replicas"));
            }
            let of = replicas.iter().map(|replica| instance("replication/replica_lag", replica)).collect();
            Source::Series { of, shape: SIDE_BY_SIDE, scale: 1.0 }
        }
        other => return Err(not_measured(other, of.kind)),
    })
}

fn of_cache(draft: &Draft<'_>, of: &Reference, name: Measurement) -> Result<Source, Refusal> {
    let called = names::physical(draft.target, &of.name, CACHE);
    let instance = format!("projects/{}/locations/{}/instances/{called}", draft.project(), draft.region());
    let of_instance = |metric: &str| Selector {
        metric: format!("redis.googleapis.com/{metric}"),
        resource: "redis_instance",
        only: vec![("instance_id", instance.clone())],
    };
    Ok(match name {
        Measurement::Cpu => Source::one(of_instance("stats/cpu_utilization_main_thread"), Shape::Work, 100.0),
        Measurement::Memory => Source::one(of_instance("stats/memory/usage_ratio"), SIDE_BY_SIDE, 100.0),
        Measurement::Connections => Source::one(of_instance("clients/connected"), ADDED, 1.0),
        Measurement::HitRate => Source::one(of_instance("stats/cache_hit_ratio"), SIDE_BY_SIDE, 100.0),
        other => return Err(not_measured(other, of.kind)),
    })
}

fn of_queue(draft: &Draft<'_>, of: &Reference, name: Measurement) -> Result<Source, Refusal> {
    let subscription = |metric: &str, called: String| Selector {
        metric: format!("pubsub.googleapis.com/subscription/{metric}"),
        resource: "pubsub_subscription",
        only: vec![("subscription_id", called)],
    };
    let called = queue::physical(draft, &of.name);
    let asked = draft.stack.queues.get(&of.name);
    Ok(match name {
        Measurement::Depth => Source::one(subscription("num_undelivered_messages", called), ADDED, 1.0),
        Measurement::Age => Source::one(subscription("oldest_unacked_message_age", called), SIDE_BY_SIDE, 1.0),
        Measurement::DeadLetters if asked.is_some_and(|queue| queue.dead_letters.is_some()) => {
            Source::one(subscription("num_undelivered_messages", queue::dead(draft, &of.name)), ADDED, 1.0)
        }
        Measurement::DeadLetters => return Err(format!("`{of}` has no dead letters")),
        other => return Err(not_measured(other, of.kind)),
    })
}

fn of_workload(draft: &Draft<'_>, of: &Reference, name: Measurement) -> Result<Source, Refusal> {
    let RunsAs { resource, label, name: called } = runs_as(draft, of);
    let run = |metric: &str, more: Option<(&'static str, &str)>| Selector {
        metric: format!("run.googleapis.com/{metric}"),
        resource,
        only: std::iter::once((label, called.clone()))
            .chain(more.map(|(label, value)| (label, value.to_owned())))
            .collect(),
    };
    let answers = resource == "cloud_run_revision";
    let job = resource == "cloud_run_job";
    Ok(match name {
        Measurement::Cpu if of.kind == Kind::Service => {
            Source::one(run("container/cpu/utilizations", None), Shape::Distribution, 100.0)
        }
        Measurement::Memory if of.kind == Kind::Service => {
            Source::one(run("container/memory/utilizations", None), Shape::Distribution, 100.0)
        }
        Measurement::Requests if answers => Source::one(run("request_count", None), Shape::Events, 1.0),
        Measurement::Requests if job => Source::one(run("job/completed_execution_count", None), Shape::Events, 1.0),
        Measurement::Errors if answers => {
            Source::one(run("request_count", Some(("response_code_class", "5xx"))), Shape::Events, 1.0)
        }
        Measurement::Errors if job => {
            Source::one(run("job/completed_execution_count", Some(("result", "failed"))), Shape::Events, 1.0)
        }
        Measurement::Throttles if answers && of.kind == Kind::Function => {
            Source::one(run("request_count", Some(("response_code", "429"))), Shape::Events, 1.0)
        }
        // Latencies are in milliseconds.
        Measurement::Duration if answers => Source::one(run("request_latencies", None), Shape::Distribution, 0.001),
        // A copy answers one request at a time.
        Measurement::Concurrency if answers && of.kind == Kind::Function => {
            Source::one(run("container/instance_count", Some(("state", "active"))), ADDED, 1.0)
        }
        Measurement::Concurrency if job => Source::one(run("job/running_executions", None), ADDED, 1.0),
        Measurement::HealthyTasks if of.kind == Kind::Service => {
            Source::one(run("container/instance_count", None), ADDED, 1.0)
        }
        other if job => {
            return Err(format!("Google Cloud doesn't measure `{}` of a function that a clock starts", other.word()));
        }
        other => return Err(not_measured(other, of.kind)),
    })
}
