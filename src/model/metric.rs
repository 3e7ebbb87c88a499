//! Measurements: what components emit, and what alarms and dashboards read.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reference::{Kind, Reference};
use super::stack::Stack;
use super::text::{TextError, written_as_text};
use super::units::{Percent, Size, Time};

/// A measurement: either one that the cloud takes of a component (`of` and `name`), or one that a workload emits itself
/// (`namespace` and `name`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Metric {
    /// What the cloud measures of a component.
    Measured(MeasuredMetric),
    /// What a workload emits.
    Emitted(EmittedMetric),
}

impl Metric {
    /// How the values of an interval become one where nobody says: events are summed, levels averaged, and of what may never get
    /// too high the highest counts.
    pub const fn usual(&self) -> Statistic {
        match self {
            Metric::Emitted(_) => Statistic::Sum,
            Metric::Measured(metric) => match metric.name {
                Measurement::Requests | Measurement::Errors | Measurement::Throttles => Statistic::Sum,
                Measurement::Cpu
                | Measurement::Memory
                | Measurement::FreeMemory
                | Measurement::Connections
                | Measurement::HitRate => Statistic::Average,
                Measurement::FreeStorage | Measurement::HealthyTasks => Statistic::Minimum,
                Measurement::ReplicaLag
                | Measurement::Duration
                | Measurement::Concurrency
                | Measurement::Depth
                | Measurement::Age
                | Measurement::DeadLetters => Statistic::Maximum,
            },
        }
    }
}

/// What the cloud measures of a component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MeasuredMetric {
    /// Whose measurement.
    pub of: Reference,
    /// Which measurement.
    pub name: Measurement,
}

/// What a workload emits itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EmittedMetric {
    /// The namespace, as the workload emits it.
    #[schemars(regex(pattern = r"^[A-Za-z][A-Za-z0-9_./#-]{0,254}$"), extend("x-expects" = "a namespace: ASCII letters, digits and _ . / # -"))]
    pub namespace: String,
    /// The name, as the workload emits it.
    #[schemars(regex(pattern = r"^[A-Za-z][A-Za-z0-9_./#-]{0,254}$"), extend("x-expects" = "a metric's name: ASCII letters, digits and _ . / # -"))]
    pub name: String,
    /// The dimensions, as the workload emits them.
    #[serde(default)]
    pub dimensions: BTreeMap<String, String>,
}

/// What the clouds measure, in words they share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Measurement {
    /// Share of the processors in use, in percent: databases, caches, services.
    Cpu,
    /// Share of the memory in use, in percent: caches, services.
    Memory,
    /// Free memory, in bytes: databases.
    FreeMemory,
    /// Open connections: databases, caches.
    Connections,
    /// Free disk, in bytes: databases.
    FreeStorage,
    /// How far replicas are behind, as a time: databases.
    ReplicaLag,
    /// Share of reads that were found, in percent: caches.
    HitRate,
    /// Runs started, requests received: APIs, functions, services.
    Requests,
    /// Runs that failed, answers with a 5xx status: APIs, functions, services.
    Errors,
    /// Runs refused for want of capacity: functions.
    Throttles,
    /// How long a run or an answer takes. As a threshold a share means of the time-out: functions; a time: APIs, functions,
    /// services.
    Duration,
    /// Runs at the same time: functions.
    Concurrency,
    /// Tasks that are up: services.
    HealthyTasks,
    /// Messages waiting: queues.
    Depth,
    /// How long the first message has been waiting: queues.
    Age,
    /// Messages given up: queues.
    DeadLetters,
}

impl Measurement {
    /// Every measurement.
    pub const ALL: [Measurement; 16] = [
        Measurement::Cpu,
        Measurement::Memory,
        Measurement::FreeMemory,
        Measurement::Connections,
        Measurement::FreeStorage,
        Measurement::ReplicaLag,
        Measurement::HitRate,
        Measurement::Requests,
        Measurement::Errors,
        Measurement::Throttles,
        Measurement::Duration,
        Measurement::Concurrency,
        Measurement::HealthyTasks,
        Measurement::Depth,
        Measurement::Age,
        Measurement::DeadLetters,
    ];

    /// The word in the environment file.
    pub const fn word(self) -> &'static str {
        match self {
            Measurement::Cpu => "cpu",
            Measurement::Memory => "memory",
            Measurement::FreeMemory => "free-memory",
            Measurement::Connections => "connections",
            Measurement::FreeStorage => "free-storage",
            Measurement::ReplicaLag => "replica-lag",
            Measurement::HitRate => "hit-rate",
            Measurement::Requests => "requests",
            Measurement::Errors => "errors",
            Measurement::Throttles => "throttles",
            Measurement::Duration => "duration",
            Measurement::Concurrency => "concurrency",
            Measurement::HealthyTasks => "healthy-tasks",
            Measurement::Depth => "depth",
            Measurement::Age => "age",
            Measurement::DeadLetters => "dead-letters",
        }
    }

    /// Whether it is taken of components of that kind.
    pub const fn taken_of(self, kind: Kind) -> bool {
        match self {
            Measurement::Cpu => matches!(kind, Kind::Database | Kind::Cache | Kind::Service),
            Measurement::Memory => matches!(kind, Kind::Cache | Kind::Service),
            Measurement::Connections => matches!(kind, Kind::Database | Kind::Cache),
            Measurement::FreeMemory | Measurement::FreeStorage | Measurement::ReplicaLag => {
                matches!(kind, Kind::Database)
            }
            Measurement::HitRate => matches!(kind, Kind::Cache),
            Measurement::Requests | Measurement::Errors | Measurement::Duration => {
                matches!(kind, Kind::Api | Kind::Function | Kind::Service)
            }
            Measurement::Throttles | Measurement::Concurrency => matches!(kind, Kind::Function),
            Measurement::HealthyTasks => matches!(kind, Kind::Service),
            Measurement::Depth | Measurement::Age | Measurement::DeadLetters => matches!(kind, Kind::Queue),
        }
    }
}

/// How the values of an interval become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Statistic {
    /// Their sum.
    Sum,
    /// Their mean.
    Average,
    /// The smallest.
    Minimum,
    /// The largest.
    Maximum,
    /// How many there were.
    Count,
    /// The value that half of them don't exceed.
    P50,
    /// The value that 95 % of them don't exceed.
    P95,
    /// The value that 99 % of them don't exceed.
    P99,
}

/// A value to compare a measurement with, in the measurement's own kind of unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Threshold {
    /// A bare number, for counts.
    Number(f64),
    /// A share.
    Percent(Percent),
    /// A length of time.
    Time(Time),
    /// A length of time in milliseconds, for answers that take less than a second.
    Milliseconds(u32),
    /// An amount of memory or storage.
    Size(Size),
}

/// What kind of unit a value has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// None: a count.
    Count,
    /// A share, in percent.
    Share,
    /// An amount of memory or storage.
    Size,
    /// A length of time.
    Time,
}

impl Measurement {
    /// The kind of unit that its values have.
    pub const fn unit(self) -> Unit {
        match self {
            Measurement::Cpu | Measurement::Memory | Measurement::HitRate => Unit::Share,
            Measurement::FreeMemory | Measurement::FreeStorage => Unit::Size,
            Measurement::ReplicaLag | Measurement::Duration | Measurement::Age => Unit::Time,
            Measurement::Connections
            | Measurement::Requests
            | Measurement::Errors
            | Measurement::Throttles
            | Measurement::Concurrency
            | Measurement::HealthyTasks
            | Measurement::Depth
            | Measurement::DeadLetters => Unit::Count,
        }
    }
}

impl Threshold {
    /// The kind of unit that it is written in.
    pub const fn unit(self) -> Unit {
        match self {
            Threshold::Number(_) => Unit::Count,
            Threshold::Percent(_) => Unit::Share,
            Threshold::Time(_) | Threshold::Milliseconds(_) => Unit::Time,
            Threshold::Size(_) => Unit::Size,
        }
    }

    /// The figure in the model's units: times in seconds, sizes in bytes, shares in percent, a share of a function's time-out in
    /// seconds.
    ///
    /// # Errors
    /// Where a share is compared with what isn't measured as one, in words.
    pub fn figure(self, stack: &Stack, metric: Option<&Metric>) -> Result<f64, String> {
        match (self, metric) {
            (Threshold::Number(number), _) => Ok(number),
            (Threshold::Size(size), _) => Ok(size.bytes() as f64),
            (Threshold::Time(time), _) => Ok(time.as_seconds() as f64),
            (Threshold::Milliseconds(count), _) => Ok(f64::from(count) / 1000.0),
            (Threshold::Percent(share), Some(Metric::Measured(metric))) => match (metric.of.kind, metric.name) {
                (_, Measurement::Cpu | Measurement::Memory | Measurement::HitRate) => Ok(share.percent()),
                (Kind::Function, Measurement::Duration) => {
                    let function =
                        stack.functions.get(&metric.of.name).ok_or_else(|| format!("there is no `{}`", metric.of))?;
                    Ok(function.timeout.as_seconds() as f64 * share.fraction())
                }
                _ => Err(format!("`{}` isn't measured as a share", metric.name.word())),
            },
            (Threshold::Percent(share), Some(Metric::Emitted(_)) | None) => Ok(share.percent()),
        }
    }
}

const THRESHOLD: &str = "a number, or a share (80%), a time (2m, 500ms) or a size (10GiB) in quotes or bare";

impl FromStr for Threshold {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let number =
            || text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0).map(Self::Number);
        let milliseconds = || {
            let digits = text.strip_suffix("ms").filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
            digits.parse().ok().filter(|_| digits == "0" || !digits.starts_with('0')).map(Self::Milliseconds)
        };
        None.or_else(|| text.parse().ok().map(Self::Percent))
            .or_else(milliseconds)
            .or_else(|| text.parse().ok().map(Self::Time))
            .or_else(|| text.parse().ok().map(Self::Size))
            .or_else(number)
            .ok_or_else(|| TextError::new(text, THRESHOLD))
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Threshold::Number(number) => number.fmt(f),
            Threshold::Percent(percent) => percent.fmt(f),
            Threshold::Time(time) => time.fmt(f),
            Threshold::Milliseconds(count) => write!(f, "{count}ms"),
            Threshold::Size(size) => size.fmt(f),
        }
    }
}

impl Serialize for Threshold {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Threshold::Number(number) => serializer.serialize_f64(*number),
            other => serializer.collect_str(other),
        }
    }
}

impl<'de> Deserialize<'de> for Threshold {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(f64),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Number(number) => Ok(Threshold::Number(number)),
            Written::Text(text) => text.parse().map_err(serde::de::Error::custom),
        }
    }
}

impl JsonSchema for Threshold {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Threshold".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "x-expects": THRESHOLD,
            "anyOf": [
                { "type": "number", "minimum": 0 },
                {
                    "type": "string",
                    "x-expects": THRESHOLD,
                    "pattern": r"^(0|[1-9][0-9]{0,17})(\.[0-9]{1,4})?(%|ms|s|m|h|d|B|KiB|MiB|GiB|TiB)$"
                }
            ]
        })
    }
}

/// A name inside a metric expression.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TermName(String);

impl TermName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TermName {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let grammar = text.len() <= 32
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if grammar {
            Ok(Self(text.to_owned()))
        } else {
            Err(TextError::new(text, "a name inside an expression: lower-case letters, digits and underscores"))
        }
    }
}

impl fmt::Display for TermName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

written_as_text!(
    TermName,
    name: "TermName",
    pattern: r"^[a-z][a-z0-9_]{0,31}$",
    expects: "a name inside an expression: lower-case letters, digits and underscores"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_of_milliseconds_is_read_written_and_compared_in_seconds() {
        let threshold: Threshold = "500ms".parse().unwrap();
        assert_eq!((threshold, threshold.to_string().as_str()), (Threshold::Milliseconds(500), "500ms"));
        let stack = serde_json::from_value(serde_json::json!({
            "description": "x",
            "placement": { "cloud": "aws", "account": "111111111111", "region": "us-east-1" },
        }));
        assert_eq!(threshold.figure(&stack.unwrap(), None), Ok(0.5));
        for wrong in ["ms", "05ms", "-5ms", "0.5ms", "5000000000ms"] {
            assert!(wrong.parse::<Threshold>().is_err(), "{wrong}");
        }
    }
}
