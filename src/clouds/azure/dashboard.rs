//! Dashboards: workbooks of Azure Monitor, two graphs a row, each a query over the workspace.

pub(in crate::clouds) mod page;

use serde_json::{Value, json};

use super::draft::Draft;
use super::expression::{expression, quoted};
use super::id::Id;
use super::metric::{Refusal, query};
use super::{alarm, log, names};
use crate::diagnostics::finding::Finding;
use crate::model::dashboard::{Dashboard, Graph};
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};

/// How far back a page looks where nobody says: a day, in milliseconds.
const DAY: u64 = 86_400_000;
/// Stands in the page's text where the workspace's identifier goes.
const WORKSPACE: &str = "{workspace}";

/// Adds a dashboard.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, dashboard: &Dashboard) {
    let of = Reference::new(Kind::Dashboard, name);
    let component = of.to_string();
    let mut items = Vec::new();
    for (index, graph) in dashboard.graphs.iter().enumerate() {
        match item(draft, index, graph) {
            Ok(item) => items.push(item),
            Err(refusal) => {
                let [section, key] = of.path();
                draft.findings.push(
                    Finding::refused("azure-graph", [section, key, "graphs".to_owned(), index.to_string()], refusal)
                        .why("the graph would stay empty")
                        .fix("show something else in this environment, or take the graph out"),
                );
            }
        }
    }
    let page = json!({
        "version": "Notebook/1.0",
        "items": items,
        "fallbackResourceIds": [WORKSPACE],
        "$schema": "https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json",
    });
    // An expression is short (24,576 characters at most; Azure Resource Manager documentation, template limits), so that the
    // page's text stands in a variable.
    let variable = format!("dashboard{}", names::pascal(name.as_str()));
    draft.variable(&variable, page.to_string());
    let workspace = log::workspace(draft);
    let text = format!("replace(variables({}), '{WORKSPACE}', {})", quoted(&variable), workspace.text());
    let id = Id::new("Microsoft.Insights/workbooks", draft.guid(&component));
    let display = draft.physical(name.as_str(), names::ALARM);
    draft.add(
        &component,
        &id,
        json!({
            "kind": "shared",
            "properties": {
                "category": "workbook",
                "displayName": display,
                "sourceId": workspace.value(),
                "version": "Notebook/1.0",
                "serializedData": expression(text),
            },
        }),
    );
}

/// What a graph asks over the workspace: rows of `TimeGenerated` and `value`.
pub(super) fn query(draft: &mut Draft<'_>, graph: &Graph) -> Result<String, Refusal> {
    let seconds = graph.over.as_seconds();
    match (&graph.metric, &graph.math) {
        (Some(metric), None) => {
            let statistic = graph.statistic.unwrap_or(metric.usual());
            query::by_interval(draft, metric, statistic, seconds, None)
        }
        (None, Some(math)) => query::arithmetic(draft, &math.expression, &alarm::terms(math), seconds, None),
        (Some(_), Some(_)) | (None, None) => Err("a graph shows either a `metric` or `math`".to_owned()),
    }
}

fn item(draft: &mut Draft<'_>, index: usize, graph: &Graph) -> Result<Value, Refusal> {
    let mut query = query(draft, graph)?;
    let mut columns = String::new();
    for (goal, column) in [(graph.goal_below, "goal_below"), (graph.goal_above, "goal_above")] {
        if let Some(goal) = goal {
            let figure = goal.figure(draft.stack, graph.metric.as_ref())?;
            columns.push_str(&format!(", {column} = {figure:?}"));
        }
    }
    query.push_str(&format!(" | project TimeGenerated, value{columns} | order by TimeGenerated asc"));
    Ok(json!({
        "type": 3,
        "name": format!("graph-{}", index + 1),
        "customWidth": "50",
        "content": {
            "version": "KqlItem/1.0",
            "title": graph.title,
            "query": query,
            "size": 0,
            "queryType": 0,
            "resourceType": "microsoft.operationalinsights/workspaces",
            "crossComponentResources": [WORKSPACE],
            "timeContext": { "durationMs": DAY },
            "visualization": "timechart",
        },
    }))
}
