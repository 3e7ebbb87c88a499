//! An alarm: somebody is told when a measurement leaves its bounds, or stops coming.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::metric::{Metric, Statistic, TermName, Threshold};
use super::reference::Reference;
use super::units::Time;

/// An alarm on one metric, on arithmetic over several, or on the absence of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Alarm {
    /// What it means and what to do, for the person whom it wakes.
    pub description: String,
    /// How bad it is.
    #[serde(default)]
    pub severity: Severity,
    /// The metric under watch; or
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<Metric>,
    /// arithmetic over several metrics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub math: Option<MetricMath>,
    /// How the values of an interval become one; with `metric` only. Needed for what a workload emits; what the cloud measures
    /// has a usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statistic: Option<Statistic>,
    /// The length of an interval.
    #[serde(default = "five_minutes")]
    pub over: Time,
    /// How many intervals in a row must be out of bounds.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 100))]
    pub intervals: u32,
    /// Out of bounds is more than this; or
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<Threshold>,
    /// less than this; or
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<Threshold>,
    /// no value at all (or a sum below one) for so long: a dead man's switch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent_for: Option<Time>,
    /// What an interval without values means.
    #[serde(default)]
    pub missing_data: MissingData,
    /// Who is told, when it begins and when it ends.
    pub notify: Vec<Reference>,
}

impl Alarm {
    /// Every metric that it reads: its own, or those of its arithmetic.
    pub fn metrics(&self) -> impl Iterator<Item = &Metric> {
        self.metric.iter().chain(self.math.iter().flat_map(MetricMath::metrics))
    }
}

fn five_minutes() -> Time {
    Time::minutes(5)
}

fn one() -> u32 {
    1
}

/// How bad an alarm is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Somebody looks at it in the morning.
    #[default]
    Warning,
    /// Somebody gets up.
    Critical,
}

impl Severity {
    /// The word for it, as files have it.
    pub const fn word(self) -> &'static str {
        match self {
            Severity::Warning => "warning",
            Severity::Critical => "critical",
        }
    }
}

/// What an interval without values means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MissingData {
    /// All is well: what counts events emits nothing when there are none.
    #[default]
    Fine,
    /// Out of bounds.
    Breach,
    /// The alarm stays as it is.
    Keep,
}

/// Arithmetic over metrics.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MetricMath {
    /// Numbers, the names below, `+ - * /` and parentheses, such as `errors / requests * 100`.
    #[schemars(regex(pattern = r"^[a-z0-9_.+*/() -]{1,256}$"), extend("x-expects" = "arithmetic over the names below, such as errors / requests * 100"))]
    pub expression: String,
    /// The metrics by the names that the expression uses.
    pub terms: BTreeMap<TermName, MetricTerm>,
}

impl MetricMath {
    /// The metrics of its terms.
    pub fn metrics(&self) -> impl Iterator<Item = &Metric> {
        self.terms.values().map(|term| &term.metric)
    }
}

/// One metric of an expression.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MetricTerm {
    /// The metric.
    pub metric: Metric,
    /// How the values of an interval become one.
    pub statistic: Statistic,
}
