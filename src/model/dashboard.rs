//! A page of graphs for the people who run the system.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::alarm::MetricMath;
use super::metric::{Metric, Statistic, Threshold};
use super::units::Time;

/// A page of graphs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Dashboard {
    /// Its graphs, left to right, top to bottom.
    pub graphs: Vec<Graph>,
}

/// One graph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Graph {
    /// What it shows.
    pub title: String,
    /// Its curve, a metric; or
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<Metric>,
    /// arithmetic over several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub math: Option<MetricMath>,
    /// How the values of an interval become one; with `metric` only. Needed for what a workload emits; what the cloud measures
    /// has a usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statistic: Option<Statistic>,
    /// The length of an interval.
    #[serde(default = "five_minutes")]
    pub over: Time,
    /// The goal is to stay below this; drawn as a line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal_below: Option<Threshold>,
    /// The goal is to stay above this; drawn as a line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal_above: Option<Threshold>,
}

impl Graph {
    /// Every metric that it reads: its own, or those of its arithmetic.
    pub fn metrics(&self) -> impl Iterator<Item = &Metric> {
        self.metric.iter().chain(self.math.iter().flat_map(MetricMath::metrics))
    }
}

fn five_minutes() -> Time {
    Time::minutes(5)
}
