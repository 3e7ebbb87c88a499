//! Measurements in CloudWatch's words.

use serde_json::{Value, json};

use super::expression::{attribute, reference};
use super::service::{load_balancer, rollout};
use super::{database, names, queue, service as services};
use crate::model::metric::{EmittedMetric, MeasuredMetric, Measurement, Metric, Statistic, Threshold};
use crate::model::placement::Target;
use crate::model::reference::Kind;
use crate::model::stack::Stack;
use crate::model::units::Percent;

/// One metric of CloudWatch.
pub(super) struct Base {
    /// The namespace.
    pub(super) namespace: String,
    /// The metric's name.
    pub(super) name: String,
    /// The dimensions, with values as CloudFormation takes them.
    pub(super) dimensions: Vec<(String, Value)>,
}

impl Base {
    fn new(namespace: &str, name: &str, dimensions: Vec<(String, Value)>) -> Self {
        Self { namespace: namespace.to_owned(), name: name.to_owned(), dimensions }
    }

    /// As an alarm names it.
    pub(super) fn properties(&self) -> Value {
        json!({
            "Namespace": self.namespace,
            "MetricName": self.name,
            "Dimensions": self.dimensions.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect::<Vec<_>>(),
        })
    }

    /// As a dashboard names it: namespace, name, then dimensions in turn.
    pub(super) fn row(&self) -> Vec<Value> {
        let mut row = vec![json!(self.namespace), json!(self.name)];
        for (name, value) in &self.dimensions {
            row.extend([json!(name), value.clone()]);
        }
        row
    }
}

/// What a measurement of the model is in CloudWatch: one metric, or several put together.
pub(super) struct Series {
    /// The metrics.
    pub(super) bases: Vec<Base>,
    /// The function of metric math that puts several together; each ignores intervals without values.
    pub(super) together: &'static str,
}

impl Series {
    fn one(base: Base) -> Self {
        Self { bases: vec![base], together: "MAX" }
    }

    /// Each metric with a name of its own: the given one where there is only one.
    pub(super) fn named(&self, name: &str) -> Vec<(String, &Base)> {
        match self.bases.as_slice() {
            [base] => vec![(name.to_owned(), base)],
            several => {
                several.iter().enumerate().map(|(index, base)| (format!("{name}N{}", index + 1), base)).collect()
            }
        }
    }

    /// How metrics under these names are put together, where there are several.
    pub(super) fn joined(&self, names: &[String]) -> Option<String> {
        (names.len() > 1).then(|| format!("{}([{}])", self.together, names.join(", ")))
    }
}

/// Why a measurement or threshold can't be had.
pub(super) type Refusal = String;

/// What a metric is in CloudWatch.
pub(super) fn series(target: &Target, stack: &Stack, metric: &Metric) -> Result<Series, Refusal> {
    match metric {
        Metric::Measured(metric) => measured(target, stack, metric),
        Metric::Emitted(EmittedMetric { namespace, name, dimensions }) => {
            let dimensions = dimensions.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
            Ok(Series::one(Base::new(namespace, name, dimensions)))
        }
    }
}

fn measured(target: &Target, stack: &Stack, metric: &MeasuredMetric) -> Result<Series, Refusal> {
    let of = &metric.of;
    if !stack.has(of) {
        return Err(format!("there is no `{of}`"));
    }
    let id = names::logical(of);
    let dimension = |name: &str, value: Value| vec![(name.to_owned(), value)];
    let series = match of.kind {
        Kind::Database => {
            let instance = |id: &str| dimension("DBInstanceIdentifier", reference(id));
            let name = match metric.name {
                Measurement::Cpu => "CPUUtilization",
                Measurement::FreeMemory => "FreeableMemory",
                Measurement::Connections => "DatabaseConnections",
                Measurement::FreeStorage => "FreeStorageSpace",
                Measurement::ReplicaLag => {
                    let database = stack.databases.get(&of.name);
                    // Where it took over it is silent, and the next copy's name stands here.
                    if database.is_some_and(|database| database.follows.is_some() && database.replicas == 0) {
                        return Ok(Series::one(Base::new("AWS/RDS", "ReplicaLag", instance(&id))));
                    }
                    let replicas = database.map_or(0, |database| database.replicas);
                    let bases: Vec<Base> = (1..=replicas)
                        .map(|number| Base::new("AWS/RDS", "ReplicaLag", instance(&database::replica(&id, number))))
                        .collect();
                    return if bases.is_empty() {
                        Err(format!("`{of}` has no replicas"))
                    } else {
                        Ok(Series { bases, together: "MAX" })
                    };
                }
                other => return Err(not_measured(other, of.kind)),
            };
            Series::one(Base::new("AWS/RDS", name, instance(&id)))
        }
        Kind::Cache => {
            let (name, together) = match metric.name {
                Measurement::Cpu => ("EngineCPUUtilization", "MAX"),
                Measurement::Memory => ("DatabaseMemoryUsagePercentage", "MAX"),
                Measurement::Connections => ("CurrConnections", "MAX"),
                Measurement::HitRate => ("CacheHitRate", "MIN"),
                other => return Err(not_measured(other, of.kind)),
            };
            let nodes = stack.caches.get(&of.name).map_or(1, |cache| cache.nodes);
            // ElastiCache names the nodes of a group by its own name and three digits.
            let node = |number: u32| super::expression::sub(format!("${{{id}}}-{number:03}"));
            let bases = (1..=nodes)
                .map(|number| Base::new("AWS/ElastiCache", name, dimension("CacheClusterId", node(number))))
                .collect();
            Series { bases, together }
        }
        Kind::Function => {
            let name = match metric.name {
                Measurement::Requests => "Invocations",
                Measurement::Errors => "Errors",
                Measurement::Throttles => "Throttles",
                Measurement::Duration => "Duration",
                Measurement::Concurrency => "ConcurrentExecutions",
                other => return Err(not_measured(other, of.kind)),
            };
            let function = names::physical(target, &of.name, names::FUNCTION);
            Series::one(Base::new("AWS/Lambda", name, dimension("FunctionName", json!(function))))
        }
        Kind::Queue => {
            let (queue, name) = match metric.name {
                Measurement::Depth => (id.clone(), "ApproximateNumberOfMessagesVisible"),
                Measurement::Age => (id.clone(), "ApproximateAgeOfOldestMessage"),
                Measurement::DeadLetters => {
                    if stack.queues.get(&of.name).is_none_or(|queue| queue.dead_letters.is_none()) {
                        return Err(format!("`{of}` has no dead letters"));
                    }
                    (queue::dead_letters(&id), "ApproximateNumberOfMessagesVisible")
                }
                other => return Err(not_measured(other, of.kind)),
            };
            Series::one(Base::new("AWS/SQS", name, dimension("QueueName", attribute(queue, "QueueName"))))
        }
        // API Gateway developer guide, "Working with metrics for HTTP APIs".
        Kind::Api => {
            let name = match metric.name {
                Measurement::Requests => "Count",
                Measurement::Errors => "5xx",
                Measurement::Duration => "Latency",
                other => return Err(not_measured(other, of.kind)),
            };
            Series::one(Base::new("AWS/ApiGateway", name, dimension("ApiId", reference(&id))))
        }
        Kind::Service => service(stack, metric, &id)?,
        Kind::Alarm
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
    };
    Ok(series)
}

fn service(stack: &Stack, metric: &MeasuredMetric, id: &str) -> Result<Series, Refusal> {
    let of = &metric.of;
    let found = stack.services.get(&of.name);
    let balanced = found.is_some_and(|service| service.load_balancer.is_some());
    let either = found.is_some_and(|service| service.rollout.is_some());
    let own = || {
        vec![
            ("ClusterName".to_owned(), reference(services::CLUSTER)),
            ("ServiceName".to_owned(), attribute(id, "Name")),
        ]
    };
    let dimensions = |targets: &str| load_balancer::dimensions(id, targets);
    let balancer = || {
        let mut dimensions = dimensions("");
        dimensions.truncate(1);
        dimensions
    };
    let targets = load_balancer::targets(id);
    let asked = |name: &str| {
        if balanced {
            // Where one of two groups serves, it is measured in front of both.
            let dimensions = if either { balancer() } else { dimensions(&targets) };
            Ok(Base::new("AWS/ApplicationELB", name, dimensions))
        } else {
            Err(format!("`{of}` has no load balancer that could measure it"))
        }
    };
    let healthy = |targets: &str| Base::new("AWS/ApplicationELB", "HealthyHostCount", dimensions(targets));
    Ok(match metric.name {
        Measurement::Cpu => Series::one(Base::new("AWS/ECS", "CPUUtilization", own())),
        Measurement::Memory => Series::one(Base::new("AWS/ECS", "MemoryUtilization", own())),
        Measurement::Requests => Series::one(asked("RequestCount")?),
        Measurement::Duration => Series::one(asked("TargetResponseTime")?),
        // What copies answer, and what the load balancer answers when no copy can.
        Measurement::Errors => Series {
            bases: vec![
                asked("HTTPCode_Target_5XX_Count")?,
                Base::new("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", balancer()),
            ],
            together: "SUM",
        },
        Measurement::HealthyTasks if balanced && either => {
            Series { bases: vec![healthy(&targets), healthy(&rollout::other_targets(id))], together: "MAX" }
        }
        Measurement::HealthyTasks if balanced => Series::one(healthy(&targets)),
        Measurement::HealthyTasks => Series::one(Base::new("ECS/ContainerInsights", "RunningTaskCount", own())),
        other => return Err(not_measured(other, of.kind)),
    })
}

fn not_measured(measurement: Measurement, kind: Kind) -> Refusal {
    format!("AWS doesn't measure `{}` of a {}", measurement.word(), kind.word())
}

/// The statistic as CloudWatch writes it.
pub(super) fn statistic(statistic: Statistic) -> &'static str {
    match statistic {
        Statistic::Sum => "Sum",
        Statistic::Average => "Average",
        Statistic::Minimum => "Minimum",
        Statistic::Maximum => "Maximum",
        Statistic::Count => "SampleCount",
        Statistic::P50 => "p50",
        Statistic::P95 => "p95",
        Statistic::P99 => "p99",
    }
}

/// A threshold in the unit in which CloudWatch has the metric. What workloads emit is taken as they emit it: times in
/// seconds, sizes in bytes, shares in percent.
pub(super) fn threshold(stack: &Stack, metric: Option<&Metric>, threshold: Threshold) -> Result<f64, Refusal> {
    let measured = match metric {
        Some(Metric::Measured(metric)) => Some(metric),
        Some(Metric::Emitted(_)) | None => None,
    };
    match (threshold, measured) {
        (Threshold::Number(number), _) => Ok(number),
        (Threshold::Size(size), _) => Ok(size.bytes() as f64),
        (Threshold::Time(time), _) => Ok(time.as_seconds() as f64 * seconds(measured)),
        (Threshold::Milliseconds(count), _) => Ok(f64::from(count) * seconds(measured) / 1000.0),
        (Threshold::Percent(share), Some(metric)) => self::share(stack, metric, share),
        (Threshold::Percent(share), None) => Ok(share.percent()),
    }
}

/// A second in the unit of the metric: AWS/Lambda Duration and AWS/ApiGateway Latency are in milliseconds, every other time in
/// seconds.
pub(super) fn seconds(metric: Option<&MeasuredMetric>) -> f64 {
    match metric {
        Some(metric)
            if matches!(metric.of.kind, Kind::Api | Kind::Function) && metric.name == Measurement::Duration =>
        {
            1000.0
        }
        _ => 1.0,
    }
}

/// A share: of the time-out where it is a function's duration, a percentage where the measurement is one already.
fn share(stack: &Stack, metric: &MeasuredMetric, share: Percent) -> Result<f64, Refusal> {
    let of = &metric.of;
    match (of.kind, metric.name) {
        (_, Measurement::Cpu | Measurement::Memory | Measurement::HitRate) => Ok(share.percent()),
        (Kind::Function, Measurement::Duration) => {
            let function = stack.functions.get(&of.name).ok_or_else(|| format!("there is no `{of}`"))?;
            // AWS/Lambda Duration is in milliseconds.
            Ok((function.timeout.as_seconds() as f64 * 10.0 * share.percent()).round())
        }
        _ => Err(format!("`{}` isn't measured as a share", metric.name.word())),
    }
}
