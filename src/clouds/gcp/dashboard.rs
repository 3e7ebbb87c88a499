//! Dashboards of Cloud Monitoring: two graphs a row, each a query.

pub(in crate::clouds) mod page;

use serde_json::{Value, json};

use super::draft::{Draft, at};
use super::metric::{Refusal, emitted, query};
use super::{alarm, names};
use crate::diagnostics::finding::Finding;
use crate::model::dashboard::{Dashboard, Graph};
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};

/// Columns of a page (Cloud Monitoring API reference, `MosaicLayout.columns`).
const COLUMNS: usize = 48;
/// Rows that a graph takes.
const HEIGHT: usize = 16;

/// Adds a dashboard.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, dashboard: &Dashboard) {
    let of = Reference::new(Kind::Dashboard, name);
    let mut tiles = Vec::new();
    let mut first = Vec::new();
    for (index, graph) in dashboard.graphs.iter().enumerate() {
        match chart(draft, graph) {
            Ok(chart) => tiles.push(json!({
                "xPos": index % 2 * (COLUMNS / 2),
                "yPos": index / 2 * HEIGHT,
                "width": COLUMNS / 2,
                "height": HEIGHT,
                "widget": { "title": graph.title, "xyChart": chart },
            })),
            Err(refusal) => draft.findings.push(
                Finding::refused("gcp-graph", at(&of, &["graphs", &index.to_string()]), refusal)
                    .why("the graph would stay empty")
                    .fix("show something else in this environment, or take the graph out"),
            ),
        }
        first.extend(emitted::first(draft, graph.metrics()));
    }
    let page = json!({
        "displayName": names::physical(draft.target, name, names::DISPLAY),
        "mosaicLayout": { "columns": COLUMNS, "tiles": tiles },
    });
    let arguments = json!({ "dashboard_json": page.to_string() });
    draft.add(&of.to_string(), "google_monitoring_dashboard", names::local(&of), arguments).depends_on.extend(first);
}

/// What a graph asks, in PromQL.
pub(super) fn query(draft: &Draft<'_>, graph: &Graph) -> Result<String, Refusal> {
    let math = graph.math.as_ref().map(alarm::arithmetic);
    query::either(draft, graph.metric.as_ref(), math.as_ref(), graph.statistic, graph.over.as_seconds())
}

fn chart(draft: &Draft<'_>, graph: &Graph) -> Result<Value, Refusal> {
    let query = query(draft, graph)?;
    let mut goals = Vec::new();
    for (goal, label) in [(graph.goal_below, "stay below"), (graph.goal_above, "stay above")] {
        if let Some(goal) = goal {
            let figure = goal.figure(draft.stack, graph.metric.as_ref())?;
            goals.push(json!({ "label": label, "value": figure, "targetAxis": "Y1" }));
        }
    }
    Ok(json!({
        "dataSets": [{ "timeSeriesQuery": { "prometheusQuery": query }, "plotType": "LINE", "targetAxis": "Y1" }],
        "thresholds": goals,
        "yAxis": { "scale": "LINEAR" },
    }))
}
