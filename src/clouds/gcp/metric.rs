//! Measurements in Cloud Monitoring's words: metrics of resources, and what workloads write into their logs.
//!
//! Workloads emit metrics as lines of JSON on their output (the embedded metric format); a log-based metric takes the figures out of
//! them. Alarms and graphs read both by queries in PromQL, which has what the model asks for and Cloud Monitoring's own conditions
//! have not: sums of what was emitted, arithmetic, percentiles of several resources together.

use super::draft::Draft;
use super::names::{self, CACHE, RUN};
use super::{database, function, queue};
use crate::model::metric::{MeasuredMetric, Measurement, Metric};
use crate::model::reference::{Kind, Reference};

pub(super) mod emitted;
pub(super) mod query;

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

impl Shape {
    /// How values of a minute become one where it only matters whether any came (Cloud Monitoring API reference,
    /// `Aggregation.Aligner`: what each is valid for; a count isn't for distributions).
    pub(super) fn aligner(self) -> &'static str {
        match self {
            Shape::Level { .. } => "ALIGN_MEAN",
            Shape::Events | Shape::Work | Shape::Distribution => "ALIGN_DELTA",
        }
    }
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
        Metric::Emitted(metric) => emitted::source(draft, metric),
    }
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

/// A text in a filter of Cloud Logging or Cloud Monitoring.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', r#"\""#))
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
        | Kind::Site
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
    let first = database::serving(draft, &of.name);
    let first = |metric| instance(metric, &first);
    Ok(match name {
        Measurement::Cpu => Source::one(first("cpu/utilization"), SIDE_BY_SIDE, 100.0),
        Measurement::Connections => Source::one(first("postgresql/num_backends"), ADDED, 1.0),
        Measurement::FreeMemory => Source::Left { whole: first("memory/quota"), used: first("memory/total_usage") },
        Measurement::FreeStorage => Source::Left { whole: first("disk/quota"), used: first("disk/bytes_used") },
        Measurement::ReplicaLag => {
            let mut replicas = database::replicas(draft, &of.name);
            if replicas.is_empty() {
                let promoted = draft.stack.databases.get(&of.name).is_some_and(|database| database.promoted);
                if !promoted {
                    return Err(format!("`{of}` has no replicas"));
                }
                // The one that took over is silent.
                replicas.push(database::serving(draft, &of.name));
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
