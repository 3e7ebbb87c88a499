//! The metrics that alarms and dashboards read, each with its place.

use crate::model::alarm::MetricMath;
use crate::model::metric::{Metric, Statistic, Threshold};
use crate::model::stack::Stack;

/// A metric that somebody reads.
pub(super) struct Watched<'stack> {
    /// Where it stands.
    pub(super) path: Vec<String>,
    /// The metric.
    pub(super) metric: &'stack Metric,
}

/// An alarm or a graph: what they have in common.
pub(super) struct Watch<'stack> {
    /// Where it stands.
    pub(super) path: Vec<String>,
    /// What it is, for people.
    pub(super) what: String,
    pub(super) metric: Option<&'stack Metric>,
    pub(super) math: Option<&'stack MetricMath>,
    pub(super) statistic: Option<Statistic>,
    /// Whether it reads values; an alarm on their absence doesn't.
    pub(super) reads_values: bool,
    /// The values it compares with, by key.
    pub(super) thresholds: Vec<(&'static str, Threshold)>,
}

/// Every alarm, then every graph.
pub(super) fn watches(stack: &Stack) -> Vec<Watch<'_>> {
    let alarms = stack.alarms.iter().map(|(name, alarm)| Watch {
        path: vec!["alarms".into(), name.to_string()],
        what: format!("alarm.{name}"),
        metric: alarm.metric.as_ref(),
        math: alarm.math.as_ref(),
        statistic: alarm.statistic,
        reads_values: alarm.absent_for.is_none(),
        thresholds: given([("above", alarm.above), ("below", alarm.below)]),
    });
    let graphs = stack.dashboards.iter().flat_map(|(name, dashboard)| {
        dashboard.graphs.iter().enumerate().map(move |(at, graph)| Watch {
            path: vec!["dashboards".into(), name.to_string(), "graphs".into(), at.to_string()],
            what: format!("graph {} of dashboard.{name}", at + 1),
            metric: graph.metric.as_ref(),
            math: graph.math.as_ref(),
            statistic: graph.statistic,
            reads_values: true,
            thresholds: given([("goal-below", graph.goal_below), ("goal-above", graph.goal_above)]),
        })
    });
    alarms.chain(graphs).collect()
}

fn given(all: [(&'static str, Option<Threshold>); 2]) -> Vec<(&'static str, Threshold)> {
    all.into_iter().filter_map(|(key, threshold)| threshold.map(|threshold| (key, threshold))).collect()
}

/// Every metric that an alarm or a graph reads, alone or as a term.
pub(super) fn watched(stack: &Stack) -> Vec<Watched<'_>> {
    let mut all = Vec::new();
    for watch in watches(stack) {
        let at = |rest: &[&str]| watch.path.iter().cloned().chain(rest.iter().map(|part| (*part).to_owned())).collect();
        if let Some(metric) = watch.metric {
            all.push(Watched { path: at(&["metric"]), metric });
        }
        for (name, term) in watch.math.into_iter().flat_map(|math| &math.terms) {
            all.push(Watched { path: at(&["math", "terms", name.as_str(), "metric"]), metric: &term.metric });
        }
    }
    all
}
