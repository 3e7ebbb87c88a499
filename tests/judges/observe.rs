//! What `landfall observe` and `landfall probe` write, judged by others: pages by Grafana's own SDK, which knows every key of its schemas and of
//! its plugins' queries; PromQL by its grammar; Prometheus' files by promtool, the Alertmanager's by amtool, the exporter's by the exporter.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::case::Outcome;
use crate::python;
use crate::written::written_by;

/// What was found.
#[derive(Debug, Deserialize)]
struct Found {
    pages: BTreeMap<String, Page>,
    provisioned: BTreeMap<String, Value>,
    prometheus: BTreeMap<String, Ran>,
}

#[derive(Debug, Deserialize)]
struct Page {
    wrong: Vec<String>,
    panels: usize,
    queries: BTreeMap<String, usize>,
    /// Queries in PromQL that were parsed.
    parsed: usize,
}

#[derive(Debug, Deserialize)]
struct Ran {
    code: i32,
    said: String,
}

fn judged(files: &BTreeMap<String, String>, prometheus: &BTreeMap<String, String>) -> Outcome<Found> {
    let script = python::root().join("tests/judges/observe.py");
    let given = json!({ "files": files, "prometheus": prometheus });
    Ok(serde_json::from_str(&python::run(&script, &[], &given.to_string())?)?)
}

fn probes() -> Outcome<BTreeMap<String, String>> {
    written_by(&["probe", "watchpoint/prod", "entmoot", "--pagerduty-key", "/etc/alertmanager/pagerduty.key"])
}

#[test]
fn grafanas_own_reader_knows_every_key_and_query_of_the_pages() -> Outcome<()> {
    let mut found = judged(&written_by(&["observe"])?, &BTreeMap::new())?;
    let asked =
        judged(&BTreeMap::from([("probes.json".to_owned(), probes()?["grafana.json"].clone())]), &BTreeMap::new())?;
    found.pages.extend(asked.pages);
    let mut queries: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, page) in &found.pages {
        assert_eq!(page.wrong, Vec::<String>::new(), "{name}");
        assert!(page.panels > 0, "{name} shows nothing");
        page.queries.iter().for_each(|(kind, count)| *queries.entry(kind).or_default() += count);
    }
    for kind in [
        "cloudwatch.CloudWatchMetricsQuery",
        "googlecloudmonitoring.CloudMonitoringQuery",
        "azuremonitor.AzureMonitorQuery",
        "prometheus.Dataquery",
    ] {
        assert!(queries.get(kind).is_some_and(|count| *count >= 12), "{kind}: {queries:?}");
    }
    assert_eq!(queries.len(), 4, "queries that the SDK reads as something else: {queries:?}");
    let parsed: usize = found.pages.values().map(|page| page.parsed).sum();
    let promql = queries["googlecloudmonitoring.CloudMonitoringQuery"] + queries["prometheus.Dataquery"];
    assert_eq!(parsed, promql);
    Ok(())
}

#[test]
fn pages_ask_the_sources_that_are_provisioned() -> Outcome<()> {
    let files = written_by(&["observe", "--pages-at", "/srv/pages"])?;
    let found = judged(&files, &BTreeMap::new())?;
    let sources = found.provisioned["provisioning/datasources/landfall.yaml"]["datasources"].clone();
    let sources = sources.as_array().ok_or("no sources")?;
    for (name, text) in files.iter().filter(|(name, _)| name.ends_with(".json")) {
        let page: Value = serde_json::from_str(text)?;
        let chosen = &page["templating"]["list"][0];
        let source = sources.iter().find(|source| source["uid"] == chosen["current"]["value"]);
        let source = source.ok_or_else(|| format!("{name} asks nobody that is provisioned"))?;
        assert_eq!(source["type"], chosen["query"], "{name}");
        assert!(page["uid"].as_str().is_some_and(|uid| uid.len() <= 40), "{name}");
    }
    let pages = &found.provisioned["provisioning/dashboards/landfall.yaml"]["providers"][0];
    assert_eq!(pages["options"]["path"], "/srv/pages");
    Ok(())
}

#[test]
fn grafanas_reader_and_the_grammar_see_a_fault() -> Outcome<()> {
    let pages = written_by(&["observe", "entmoot/prod-gcp"])?;
    let page = &pages["dashboards/entmoot-prod-gcp/api.json"];
    let faulty = [
        ("key", page.replace("\"promQLQuery\"", "\"promqlQuery\"")),
        ("panel", page.replace("\"gridPos\"", "\"gridpos\"")),
        ("grammar", page.replace("sum(increase(", "sum((increase(")),
    ];
    let files = faulty.map(|(name, text)| (format!("{name}.json"), text)).into_iter().collect();
    for (name, page) in judged(&files, &BTreeMap::new())?.pages {
        assert!(!page.wrong.is_empty(), "{name}");
    }
    Ok(())
}

/// A question that stops being answered, and one that stops being asked.
const ALERTS: &str = r#"
rule_files: [rules.yml]
evaluation_interval: 30s
tests:
  - interval: 60s
    input_series:
      - {series: 'probe_success{job="watchpoint-prod-health"}', values: '1 1 0 0 0 0 0 0 0 0'}
    promql_expr_test:
      - {expr: 'count(ALERTS{alertname="ProbeFailed",alertstate="firing",system="watchpoint"}) or vector(0)', eval_time: 3m, exp_samples: [{labels: '{}', value: 0}]}
      - {expr: 'count(ALERTS{alertname="ProbeFailed",alertstate="firing",system="watchpoint",severity="critical"})', eval_time: 4m, exp_samples: [{labels: '{}', value: 1}]}
      - {expr: 'count(ALERTS{alertname="ProbeSilent",alertstate="firing",system="watchpoint"}) or vector(0)', eval_time: 9m, exp_samples: [{labels: '{}', value: 0}]}
      - {expr: 'count(ALERTS{alertname="ProbeSilent",alertstate="firing",system="watchpoint"})', eval_time: 30m, exp_samples: [{labels: '{}', value: 1}]}
"#;

#[test]
fn prometheus_and_its_alertmanager_take_the_files_of_a_prober_and_alerts_go_off() -> Outcome<()> {
    let mut files: BTreeMap<String, String> =
        probes()?.into_iter().filter(|(name, _)| name.ends_with(".yml")).collect();
    files.insert("tests.yml".to_owned(), ALERTS.to_owned());
    let found = judged(&BTreeMap::new(), &files)?.prometheus;
    assert_eq!(found.keys().collect::<Vec<_>>(), ["alertmanager", "blackbox", "config", "rules", "tests"]);
    for (tool, Ran { code, said }) in &found {
        assert_eq!(*code, 0, "{tool}: {said}");
    }
    // Two rules a probe: one of watchpoint's, two for each of Entmoot's environments.
    let rules = files["rules.yml"].matches("- alert: ").count();
    assert!(rules >= 10 && found["rules"].said.contains(&format!("{rules} rules found")), "{}", found["rules"].said);
    assert!(found["config"].said.contains("1 rule files found"), "{}", found["config"].said);
    assert!(found["alertmanager"].said.contains("1 receivers"), "{}", found["alertmanager"].said);
    Ok(())
}

#[test]
fn the_tools_of_prometheus_see_a_fault() -> Outcome<()> {
    let files = probes()?;
    for (name, tool, from, to) in [
        ("prometheus.yml", "config", "scrape_interval", "scrape_intervall"),
        ("rules.yml", "rules", "probe_success{", "probe_success{{"),
        ("blackbox.yml", "blackbox", "valid_status_codes", "valid_statuses"),
        ("alertmanager.yml", "alertmanager", "routing_key_file", "routing_key_files"),
    ] {
        let mut faulty: BTreeMap<String, String> = files
            .iter()
            .filter(|(name, _)| name.ends_with(".yml"))
            .map(|(name, text)| (name.clone(), text.clone()))
            .collect();
        faulty.insert(name.to_owned(), files[name].replace(from, to));
        let found = judged(&BTreeMap::new(), &faulty)?.prometheus;
        assert_ne!(found[tool].code, 0, "{tool}: {}", found[tool].said);
    }
    Ok(())
}
