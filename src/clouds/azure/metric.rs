//! Measurements in Azure's words: platform metrics of resources, and what workloads write into their logs.
//!
//! Workloads emit metrics as lines of JSON on their output (the embedded metric format), which reach the workspace as the logs of
//! containers; queries take them out again. What Azure measures of a resource it can watch itself; for anything beyond one
//! interval of one metric the figures are sent to the same workspace and queried too.

use super::draft::Draft;
use super::id::Id;
use super::service;
use super::{artifact, cache, database, function, queue};
use crate::model::metric::{EmittedMetric, MeasuredMetric, Measurement, Metric};
use crate::model::reference::{Kind, Reference};

pub(super) mod query;

/// A metric that Azure takes of resources.
#[derive(Clone, Debug)]
pub(super) struct Platform {
    /// The component that they belong to.
    pub(super) component: String,
    /// The resources, of one type.
    pub(super) of: Vec<Id>,
    /// The metric's name.
    pub(super) name: &'static str,
    /// The values of a dimension that are meant, where not all are.
    pub(super) only: Option<(&'static str, String)>,
    /// How many of the metric's units are one of ours: 1000 where it is in milliseconds.
    pub(super) factor: f64,
    /// The condition under which the resources are there, as an expression without brackets.
    pub(super) condition: Option<String>,
}

/// Where the values of a metric come from.
#[derive(Clone, Debug)]
pub(super) enum Series {
    /// A metric of resources.
    Platform(Platform),
    /// Rows of a query with `TimeGenerated` and `value`.
    Rows(String),
}

/// Why a measurement or threshold can't be had.
pub(super) type Refusal = String;

/// What a metric is in Azure.
pub(super) fn series(draft: &mut Draft<'_>, metric: &Metric) -> Result<Series, Refusal> {
    match metric {
        Metric::Measured(metric) => measured(draft, metric),
        Metric::Emitted(metric) => Ok(Series::Rows(emitted(metric))),
    }
}

/// The lines in which a workload tells a metric.
fn emitted(metric: &EmittedMetric) -> String {
    let EmittedMetric { namespace, name, dimensions } = metric;
    let mut rows = format!(
        "ContainerAppConsoleLogs | where Log has 'CloudWatchMetrics' | extend line = parse_json(Log) | mv-expand told = line._aws.CloudWatchMetrics | where tostring(told.Namespace) == {} | extend value = todouble(line[{}]) | where isnotnull(value)",
        text(namespace),
        text(name)
    );
    for (dimension, value) in dimensions {
        rows.push_str(&format!(" | where tostring(line[{}]) == {}", text(dimension), text(value)));
    }
    rows
}

/// A text inside a query.
fn text(value: &str) -> String {
    format!("'{}'", value.replace('\\', r"\\").replace('\'', r"\'").replace('\n', r"\n"))
}

fn measured(draft: &mut Draft<'_>, metric: &MeasuredMetric) -> Result<Series, Refusal> {
    let of = &metric.of;
    if !draft.stack.has(of) {
        return Err(format!("there is no `{of}`"));
    }
    let component = of.to_string();
    let platform = |of: Vec<Id>, name| Platform {
        component: component.clone(),
        of,
        name,
        only: None,
        factor: 1.0,
        condition: None,
    };
    let name = &of.name;
    // Azure Monitor documentation, "Supported metrics", by resource type.
    Ok(Series::Platform(match of.kind {
        Kind::Database => {
            let server = vec![database::replica::serving(draft, name)];
            match metric.name {
                Measurement::Cpu => platform(server, "cpu_percent"),
                Measurement::Connections => platform(server, "active_connections"),
                Measurement::FreeStorage => platform(server, "storage_free"),
                Measurement::ReplicaLag => {
                    let mut replicas = database::replica::replicas(draft, name);
                    if replicas.is_empty() {
                        if !draft.stack.databases.get(name).is_some_and(|database| database.promoted) {
                            return Err(format!("`{of}` has no replicas"));
                        }
                        // The one that took over is silent.
                        replicas.push(database::replica::serving(draft, name));
                    }
                    platform(replicas, "physical_replication_delay_in_seconds")
                }
                other => return Err(not_measured(other, of.kind)),
            }
        }
        Kind::Cache => {
            let cluster = cache::id(draft, name);
            match metric.name {
                Measurement::Cpu => platform(vec![cluster], "percentProcessorTime"),
                Measurement::Memory => platform(vec![cluster], "usedmemorypercentage"),
                Measurement::Connections => platform(vec![cluster], "connectedclients"),
                Measurement::HitRate => {
                    super::log::measure(draft, &component, &cluster, None);
                    return Ok(Series::Rows(query::hit_rate(&cluster)));
                }
                other => return Err(not_measured(other, of.kind)),
            }
        }
        Kind::Queue => {
            let namespace = queue::namespace(draft);
            let metric = match metric.name {
                Measurement::Depth => "ActiveMessages",
                Measurement::DeadLetters => "DeadletteredMessages",
                other => return Err(not_measured(other, of.kind)),
            };
            // The namespace measures, and tells its queues apart by a dimension.
            let only = Some(("EntityName", name.as_str().to_owned()));
            Platform { only, ..platform(vec![namespace], metric) }
        }
        Kind::Function => return function_rows(draft, of, metric.name).map(Series::Rows),
        Kind::Service => {
            let app = vec![service::id(draft, name)];
            let condition = draft.stack.services.get(name).map(|service| artifact::given(&service.artifact));
            let platform = |name| Platform { condition: condition.clone(), ..platform(app.clone(), name) };
            match metric.name {
                Measurement::Cpu => platform("CpuPercentage"),
                Measurement::Memory => platform("MemoryPercentage"),
                Measurement::HealthyTasks => platform("Replicas"),
                Measurement::Requests => platform("Requests"),
                Measurement::Errors => {
                    Platform { only: Some(("statusCodeCategory", "5xx".to_owned())), ..platform("Requests") }
                }
                Measurement::Duration => Platform { factor: 1000.0, ..platform("ResponseTime") },
                other => return Err(not_measured(other, of.kind)),
            }
        }
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
        | Kind::Topic => return Err(not_measured(metric.name, of.kind)),
    }))
}

fn not_measured(measurement: Measurement, kind: Kind) -> Refusal {
    format!("Azure doesn't measure `{}` of a {}", measurement.word(), kind.word())
}

/// Runs of a function, as its containers write: each run has a container group of its own.
fn function_rows(draft: &Draft<'_>, of: &Reference, measurement: Measurement) -> Result<String, Refusal> {
    let container = text(&function::id(draft, &of.name).name);
    let runs = format!("ContainerAppConsoleLogs | where ContainerName == {container}");
    match measurement {
        Measurement::Requests => Ok(format!(
            "{runs} | summarize TimeGenerated = min(TimeGenerated) by ContainerGroupName | extend value = 1.0"
        )),
        Measurement::Duration => Ok(format!(
            "{runs} | summarize began = min(TimeGenerated), ended = max(TimeGenerated) by ContainerGroupName | project TimeGenerated = ended, value = (ended - began) / 1s"
        )),
        other => Err(not_measured(other, Kind::Function)),
    }
}
