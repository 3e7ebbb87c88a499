//! Dashboards: Amazon CloudWatch, two graphs a row.

pub(in crate::clouds) mod page;

use serde_json::{Value, json};

use super::draft::Draft;
use super::expression::{Text, number, sub};
use super::metric::{self, Refusal};
use super::names;
use crate::diagnostics::finding::Finding;
use crate::model::dashboard::{Dashboard, Graph};
use crate::model::metric::{Metric, Statistic};
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};

/// A graph is half of the page's 24 columns wide (CloudWatch user guide, "Dashboard body structure and syntax").
const WIDTH: usize = 12;
/// Its height in rows.
const HEIGHT: usize = 6;
/// The most graphs of a page (CloudWatch user guide, "CloudWatch service quotas").
const GRAPHS: usize = 500;

/// Adds a dashboard.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, dashboard: &Dashboard) {
    let of = Reference::new(Kind::Dashboard, name);
    if dashboard.graphs.len() > GRAPHS {
        let [section, key] = of.path();
        draft.findings.push(
            Finding::error(
                "dashboard-graphs",
                [section, key, "graphs".to_owned()],
                format!("{} graphs are too many", dashboard.graphs.len()),
            )
            .why("CloudWatch takes 500 on one page")
            .fix("spread them over several dashboards"),
        );
    }
    let mut widgets = Vec::new();
    for (index, graph) in dashboard.graphs.iter().enumerate() {
        match widget(draft, index, graph) {
            Ok(widget) => widgets.push(widget),
            Err(refusal) => {
                let [section, key] = of.path();
                draft.findings.push(
                    Finding::error("not-measured", [section, key, "graphs".to_owned(), index.to_string()], refusal)
                        .why("the graph would stay empty")
                        .fix("show something that is measured"),
                );
            }
        }
    }
    let mut body = Text::default();
    body.json(&json!({ "widgets": widgets }));
    draft.add(
        &of.to_string(),
        names::logical(&of),
        "AWS::CloudWatch::Dashboard",
        json!({
            "DashboardName": names::physical(draft.target, name, names::DASHBOARD),
            "DashboardBody": body.finish(),
        }),
    );
}

/// What the curve of a graph is called where it is put together from several metrics.
pub(super) const RESULT: &str = "resultOfAll";

/// A metric of a graph, with its name in the graph's arithmetic, if there is any.
type Term<'a> = (Option<&'a str>, &'a Metric, Statistic);

/// The metrics of a graph.
pub(super) fn terms(graph: &Graph) -> Result<Vec<Term<'_>>, Refusal> {
    match (&graph.metric, &graph.math) {
        (Some(metric), None) => Ok(vec![(None, metric, graph.statistic.unwrap_or(metric.usual()))]),
        (None, Some(math)) => {
            Ok(math.terms.iter().map(|(name, term)| (Some(name.as_str()), &term.metric, term.statistic)).collect())
        }
        (Some(_), Some(_)) | (None, None) => Err("a graph shows either a `metric` or `math`".to_owned()),
    }
}

fn widget(draft: &Draft<'_>, index: usize, graph: &Graph) -> Result<Value, Refusal> {
    let mut rows = Vec::new();
    for (name, metric, statistic) in terms(graph)? {
        let series = metric::series(draft.target, draft.stack, metric)?;
        let expression = term(&mut rows, name.unwrap_or("m"), &series, statistic, name.is_none());
        if let Some(expression) = expression {
            rows.push(match name {
                None => json!([{ "id": RESULT, "expression": expression, "label": graph.title }]),
                Some(name) => json!([{ "id": name, "expression": expression, "visible": false }]),
            });
        }
    }
    if let Some(math) = &graph.math {
        rows.push(json!([{ "id": RESULT, "expression": math.expression, "label": graph.title }]));
    }
    let mut goals = Vec::new();
    for (goal, words, fill) in [(graph.goal_below, "goal: below", "below"), (graph.goal_above, "goal: above", "above")]
    {
        if let Some(goal) = goal {
            let value = metric::threshold(draft.stack, graph.metric.as_ref(), goal)?;
            goals.push(json!({ "value": number(value), "label": format!("{words} {goal}"), "fill": fill }));
        }
    }
    Ok(json!({
        "type": "metric",
        "x": index % 2 * WIDTH,
        "y": index / 2 * HEIGHT,
        "width": WIDTH,
        "height": HEIGHT,
        "properties": {
            "title": graph.title,
            "view": "timeSeries",
            "region": sub("${AWS::Region}"),
            "period": graph.over.as_seconds(),
            "metrics": rows,
            "annotations": { "horizontal": goals },
        },
    }))
}

/// Adds the rows of a term's metrics; gives back how they are put together, where there are several.
fn term(
    rows: &mut Vec<Value>,
    name: &str,
    series: &metric::Series,
    statistic: Statistic,
    visible: bool,
) -> Option<String> {
    let alone = series.bases.len() == 1;
    let mut ids = Vec::new();
    for (id, base) in series.named(name) {
        let mut row = base.row();
        row.push(json!({ "id": id, "stat": metric::statistic(statistic), "visible": visible && alone }));
        rows.push(Value::Array(row));
        ids.push(id);
    }
    series.joined(&ids)
}
