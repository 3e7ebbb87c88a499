//! A page of graphs as Grafana reads it. The data source is a variable, so that it loads in any Grafana that has one of that kind.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::grafana::{self, COLUMNS, Head, thresholds};
use super::source;
use crate::model::placement::Target;
use crate::page::{Line, LookedUp, Page, Panel, Query, Source, Unit, Weight};

/// The longest name by which Grafana finds something (Grafana documentation, "Dashboard HTTP API", `uid`).
const UID: usize = 40;
/// A graph is half a page wide.
const WIDTH: usize = COLUMNS / 2;
/// Its height in rows.
const HEIGHT: usize = 8;

/// The page.
pub(super) fn dashboard(target: &Target, page: &Page) -> Value {
    let uid = short(&format!("{}-{}-{}", target.system, target.environment, page.name));
    let title = format!("{target}: {}", page.name);
    let head = Head { uid: &uid, title: &title, verb: "observe", refresh: "5m" };
    let told = source::told(&page.source);
    let mut chosen = grafana::chosen(told.plugin);
    // Where it isn't there, Grafana takes the first of its kind.
    chosen["current"] = json!({ "text": told.name, "value": told.uid });
    let variables = page.looked_up.iter().map(|(name, looked_up)| variable(&page.source, name, looked_up)).collect();
    let panels = page.panels.iter().enumerate().map(|(index, panel)| drawn(&page.source, index, panel)).collect();
    grafana::page(&head, chosen, variables, panels)
}

/// A name that Grafana takes: cut where it is too long, with a digest that tells it apart.
pub(super) fn short(name: &str) -> String {
    if name.len() <= UID {
        return name.to_owned();
    }
    let digest = hex::encode(Sha256::digest(name.as_bytes()));
    let kept: String = name.chars().take(UID - 9).collect();
    format!("{kept}-{}", digest.get(..8).unwrap_or_default())
}

/// A name that the cloud makes up, asked for when the page is opened (Grafana documentation, "CloudWatch template variables", resource ARNs).
fn variable(source: &Source, name: &str, looked_up: &LookedUp) -> Value {
    let LookedUp { kind, tags, pattern } = looked_up;
    let tags: BTreeMap<&str, [&String; 1]> = tags.iter().map(|(key, value)| (*key, [value])).collect();
    json!({
        "name": name,
        "type": "query",
        "datasource": grafana::asked(source::plugin(source)),
        "query": { "queryType": "resourceARNs", "region": region(source), "resourceType": kind, "tags": tags, "refId": name },
        "regex": pattern,
        // Once, when the page is opened.
        "refresh": 1,
        "multi": false,
        "includeAll": false,
    })
}

fn region(source: &Source) -> &str {
    match source {
        Source::CloudWatch { region, .. } => region,
        Source::CloudMonitoring { .. } | Source::AzureMonitor { .. } => "",
    }
}

fn drawn(source: &Source, index: usize, panel: &Panel) -> Value {
    let Panel { title, unit, seconds, queries, lines } = panel;
    let targets: Vec<Value> = queries.iter().map(|query| asked(source, title, *seconds, query)).collect();
    let meanings: Vec<&str> = lines.iter().map(|line| line.meaning.as_str()).collect();
    json!({
        "id": index + 1,
        "type": "timeseries",
        "title": title,
        // Its lines, in words; Grafana draws them without.
        "description": meanings.join("\n\n"),
        "datasource": grafana::asked(source::plugin(source)),
        "gridPos": { "x": index % 2 * WIDTH, "y": index / 2 * HEIGHT, "w": WIDTH, "h": HEIGHT },
        "interval": format!("{seconds}s"),
        "targets": targets,
        "fieldConfig": {
            "defaults": {
                "unit": unit_word(*unit),
                "min": 0,
                // One curve a graph, whatever the source calls it.
                "displayName": title,
                "custom": { "thresholdsStyle": { "mode": if lines.is_empty() { "off" } else { "line" } }, "showPoints": "auto", "spanNulls": false },
                "thresholds": thresholds(&steps(lines)),
            },
            "overrides": [],
        },
        "options": {
            "legend": { "showLegend": true, "displayMode": "table", "placement": "bottom", "calcs": ["lastNotNull", "mean", "max"] },
            "tooltip": { "mode": "multi", "sort": "none" },
        },
    })
}

/// The lines as colours from a bound on; where two stand in one place, the worse one is seen.
fn steps(lines: &[Line]) -> Vec<(Option<f64>, &'static str)> {
    let mut steps: Vec<(Option<f64>, &'static str)> = vec![(None, "transparent")];
    for Line { at, weight, .. } in lines {
        let color = match weight {
            Weight::Goal => "green",
            Weight::Warning => "orange",
            Weight::Critical => "red",
        };
        match steps.last_mut() {
            Some((Some(last), seen)) if last == at => *seen = color,
            _ => steps.push((Some(*at), color)),
        }
    }
    steps
}

/// A unit in Grafana's words (Grafana documentation, "Unit").
fn unit_word(unit: Unit) -> &'static str {
    match unit {
        Unit::Plain => "short",
        Unit::Percent => "percent",
        Unit::Seconds => "s",
        Unit::Milliseconds => "ms",
        Unit::Bytes => "bytes",
    }
}

/// A query in the words of its plugin (Grafana's schemas of queries: CloudWatch, Google Cloud Monitoring, Azure Monitor).
fn asked(source: &Source, title: &str, seconds: u64, query: &Query) -> Value {
    let datasource = grafana::asked(source::plugin(source));
    let cloudwatch = |id: &str, shown: bool, more: Value| {
        let mut query = json!({
            "refId": id,
            "id": id,
            "hide": !shown,
            "datasource": datasource,
            "queryMode": "Metrics",
            "metricQueryType": 0,
            "region": region(source),
            "period": seconds.to_string(),
            "label": title,
        });
        if let (Value::Object(query), Value::Object(more)) = (&mut query, more) {
            query.extend(more);
        }
        query
    };
    match query {
        Query::Metric { id, namespace, name, dimensions, statistic, shown } => cloudwatch(
            id,
            *shown,
            json!({
                "metricEditorMode": 0,
                "namespace": namespace,
                "metricName": name,
                "dimensions": dimensions,
                "matchExact": true,
                "statistic": statistic,
                "expression": "",
            }),
        ),
        Query::Arithmetic { id, expression, shown } => {
            let more = json!({ "metricEditorMode": 1, "namespace": "", "metricName": "", "expression": expression });
            cloudwatch(id, *shown, more)
        }
        Query::PromQl(expression) => {
            let project = match source {
                Source::CloudMonitoring { project } => project.as_str(),
                Source::CloudWatch { .. } | Source::AzureMonitor { .. } => "",
            };
            json!({
                "refId": "A",
                "datasource": datasource,
                "queryType": "promQL",
                "promQLQuery": { "projectName": project, "expr": expression, "step": format!("{seconds}s") },
            })
        }
        Query::Kusto { workspace, query } => json!({
            "refId": "A",
            "datasource": datasource,
            "queryType": "Azure Log Analytics",
            "azureLogAnalytics": {
                "query": query,
                "resources": [workspace],
                "resultFormat": "time_series",
                // The page's time is asked for by the table's own column.
                "dashboardTime": true,
                "timeColumn": "TimeGenerated",
            },
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(at: f64, weight: Weight) -> Line {
        Line { at, meaning: String::new(), weight }
    }

    #[test]
    fn where_two_lines_meet_the_worse_one_is_seen() {
        let lines = [line(1.0, Weight::Goal), line(2.0, Weight::Goal), line(2.0, Weight::Critical)];
        assert_eq!(steps(&lines), [(None, "transparent"), (Some(1.0), "green"), (Some(2.0), "red")]);
    }

    #[test]
    fn a_long_name_is_cut_and_stays_apart_from_one_that_begins_alike() {
        let long = "a".repeat(41);
        let other = format!("{}b", "a".repeat(40));
        assert_eq!(short("shop-dev-page"), "shop-dev-page");
        assert_eq!(short(&long).len(), UID);
        assert_ne!(short(&long), short(&other));
    }
}
