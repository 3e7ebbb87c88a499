//! What pages of graphs are in all clouds' words: the unit of a graph, and the lines across it.

use crate::diagnostics::finding::Finding;
use crate::model::alarm::{Alarm, Severity};
use crate::model::dashboard::{Dashboard, Graph};
use crate::model::metric::{self, Metric, Statistic, Threshold};
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;
use crate::page::{Line, Page, Panel, Source, Unit, Weight};

/// Why a graph or a threshold can't be had.
type Refusal = String;

/// A threshold as a figure in the unit in which the cloud has the metric.
pub(super) type Figure<'a> = &'a dyn Fn(Option<&Metric>, Threshold) -> Result<f64, Refusal>;

/// The pages of a stack; `panel` says what a graph asks, and what of it is looked up is put on the page.
///
/// # Errors
/// The graphs that the cloud has nothing for.
pub(super) fn pages(
    stack: &Stack,
    source: &Source,
    mut panel: impl FnMut(&mut Page, &Graph) -> Result<Panel, Refusal>,
) -> Result<Vec<Page>, Vec<Finding>> {
    let (mut pages, mut findings) = (Vec::new(), Vec::new());
    for (name, dashboard) in &stack.dashboards {
        let mut page =
            Page { name: name.to_string(), source: source.clone(), looked_up: Default::default(), panels: Vec::new() };
        let Dashboard { graphs } = dashboard;
        for (index, graph) in graphs.iter().enumerate() {
            match panel(&mut page, graph) {
                Ok(panel) => page.panels.push(panel),
                Err(refusal) => findings.push(refused(name, index, refusal)),
            }
        }
        pages.push(page);
    }
    if findings.is_empty() { Ok(pages) } else { Err(findings) }
}

fn refused(name: &Name, index: usize, refusal: Refusal) -> Finding {
    let [section, key] = Reference::new(Kind::Dashboard, name).path();
    Finding::refused("graph-of-nothing", [section, key, "graphs".to_owned(), index.to_string()], refusal)
        .why("the graph would stay empty")
        .fix("show something that is measured there, or take the graph out")
}

/// The unit of a graph's values, in the model's units. Of what workloads emit, only the goal tells.
pub(super) fn unit(graph: &Graph) -> Unit {
    let unit = match &graph.metric {
        _ if matches!(graph.statistic, Some(Statistic::Count)) => metric::Unit::Count,
        Some(Metric::Measured(metric)) => metric.name.unit(),
        Some(Metric::Emitted(_)) | None => {
            graph.goal_below.or(graph.goal_above).map_or(metric::Unit::Count, Threshold::unit)
        }
    };
    match unit {
        metric::Unit::Count => Unit::Plain,
        metric::Unit::Share => Unit::Percent,
        metric::Unit::Size => Unit::Bytes,
        metric::Unit::Time => Unit::Seconds,
    }
}

/// The lines across a graph, lowest first: its goals, and the bounds of alarms that watch the same.
///
/// # Errors
/// A threshold that means nothing for the metric.
pub(super) fn lines(stack: &Stack, graph: &Graph, figure: Figure<'_>) -> Result<Vec<Line>, Refusal> {
    let mut lines = Vec::new();
    let mut line = |metric: Option<&Metric>, bound: Option<Threshold>, weight, meaning: String| {
        if let Some(bound) = bound {
            lines.push(Line { at: figure(metric, bound)?, meaning: format!("{meaning} {bound}"), weight });
        }
        Ok::<(), Refusal>(())
    };
    line(graph.metric.as_ref(), graph.goal_below, Weight::Goal, "goal: below".to_owned())?;
    line(graph.metric.as_ref(), graph.goal_above, Weight::Goal, "goal: above".to_owned())?;
    for (name, alarm) in stack.alarms.iter().filter(|(_, alarm)| watches(alarm, graph)) {
        let weight = match alarm.severity {
            Severity::Warning => Weight::Warning,
            Severity::Critical => Weight::Critical,
        };
        line(alarm.metric.as_ref(), alarm.above, weight, format!("alarm.{name}: above"))?;
        line(alarm.metric.as_ref(), alarm.below, weight, format!("alarm.{name}: below"))?;
    }
    lines.sort_by(|one, other| one.at.total_cmp(&other.at).then(one.weight.cmp(&other.weight)));
    Ok(lines)
}

/// Whether an alarm's bound means something in a graph: it watches the same, put together the same way. A sum or a count grows with the
/// interval, so that the interval has to be the same too.
fn watches(alarm: &Alarm, graph: &Graph) -> bool {
    let statistic =
        |metric: &Option<Metric>, asked: Option<Statistic>| asked.or_else(|| metric.as_ref().map(Metric::usual));
    let (watched, shown) = (statistic(&alarm.metric, alarm.statistic), statistic(&graph.metric, graph.statistic));
    let grows = alarm.math.is_some() || matches!(shown, Some(Statistic::Sum | Statistic::Count));
    alarm.metric == graph.metric && alarm.math == graph.math && watched == shown && (!grows || alarm.over == graph.over)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn alarm(more: Value) -> Alarm {
        let mut whole = json!({ "description": "d", "notify": [], "metric": { "of": "service.api", "name": "errors" }, "above": 10 });
        if let (Value::Object(whole), Value::Object(more)) = (&mut whole, more) {
            whole.extend(more);
        }
        serde_json::from_value(whole).unwrap()
    }

    fn graph() -> Graph {
        let metric = json!({ "of": "service.api", "name": "errors" });
        serde_json::from_value(json!({ "title": "t", "metric": metric })).unwrap()
    }

    #[test]
    fn an_alarms_bound_is_a_line_only_where_it_watches_what_is_shown() {
        assert!(watches(&alarm(json!({})), &graph()));
        assert!(watches(&alarm(json!({ "statistic": "sum" })), &graph()), "the usual one, named");
        assert!(!watches(&alarm(json!({ "statistic": "maximum" })), &graph()));
        assert!(!watches(&alarm(json!({ "metric": { "of": "service.api", "name": "requests" } })), &graph()));
        assert!(!watches(&alarm(json!({ "over": "1h" })), &graph()), "ten an hour is not ten in five minutes");
        let level = json!({ "of": "service.api", "name": "cpu" });
        let shown = Graph { metric: Some(serde_json::from_value(level.clone()).unwrap()), ..graph() };
        assert!(
            watches(&alarm(json!({ "metric": level, "over": "1h" })), &shown),
            "a mean is one whatever the interval"
        );
    }
}
