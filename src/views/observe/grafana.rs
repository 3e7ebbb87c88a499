//! What every page of Grafana that is written has in common.

use serde_json::{Value, json};

/// The version of Grafana's dashboard model that is written: Grafana 11's (its documentation, "JSON model"). Newer ones migrate it as they
/// read it.
const SCHEMA: u32 = 39;
/// The columns of a page (Grafana's documentation, JSON model, `gridPos`).
pub(in crate::views) const COLUMNS: usize = 24;
/// The name of the variable that says which data source is asked.
const SOURCE: &str = "source";

/// What a page says of itself.
pub(in crate::views) struct Head<'a> {
    /// What it is found by: 40 characters at most.
    pub(in crate::views) uid: &'a str,
    /// Its title.
    pub(in crate::views) title: &'a str,
    /// The verb that wrote it.
    pub(in crate::views) verb: &'a str,
    /// How often it is drawn anew.
    pub(in crate::views) refresh: &'a str,
}

/// A page; `variables` come behind the one for the data source.
pub(in crate::views) fn page(head: &Head<'_>, source: Value, variables: Vec<Value>, panels: Vec<Value>) -> Value {
    let variables: Vec<Value> = std::iter::once(source).chain(variables).collect();
    json!({
        "uid": head.uid,
        "title": head.title,
        "description": format!("Written by `landfall {}` from the environments; write it anew rather than change it.", head.verb),
        "tags": ["landfall"],
        "schemaVersion": SCHEMA,
        "version": 1,
        "editable": true,
        "graphTooltip": 1,
        "refresh": head.refresh,
        "time": { "from": "now-6h", "to": "now" },
        "timezone": "browser",
        "templating": { "list": variables },
        "annotations": { "list": [] },
        "panels": panels,
    })
}

/// The variable for the data source, a plugin's: the first of it, until somebody chooses another.
pub(in crate::views) fn chosen(plugin: &str) -> Value {
    json!({ "name": SOURCE, "label": "Source", "type": "datasource", "query": plugin })
}

/// The data source that is chosen, as queries name it.
pub(in crate::views) fn asked(plugin: &str) -> Value {
    json!({ "type": plugin, "uid": format!("${{{SOURCE}}}") })
}

/// The colours of values, each from its bound on.
pub(in crate::views) fn thresholds(steps: &[(Option<f64>, &str)]) -> Value {
    let steps: Vec<Value> = steps.iter().map(|(value, color)| json!({ "value": value, "color": color })).collect();
    json!({ "mode": "absolute", "steps": steps })
}
