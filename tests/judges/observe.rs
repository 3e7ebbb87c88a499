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
    #[serde(default)]
    discovered: Vec<Discovered>,
}

/// What finds copies of a service, run once.
#[derive(Debug, Deserialize)]
struct Discovered {
    said: String,
    wrote: String,
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
    run(&json!({ "files": files, "prometheus": prometheus }))
}

fn run(given: &Value) -> Outcome<Found> {
    let script = python::root().join("tests/judges/observe.py");
    Ok(serde_json::from_str(&python::run(&script, &[], &given.to_string())?)?)
}

/// What `observe` writes for Grafana.
fn pages(arguments: &[&str]) -> Outcome<BTreeMap<String, String>> {
    let mut files = written_by(&[&["observe"], arguments].concat())?;
    files.retain(|name, _| !name.starts_with("prometheus/"));
    Ok(files)
}

/// What it writes for the Prometheus of each target, by the target's folder.
fn inside(arguments: &[&str]) -> Outcome<BTreeMap<String, BTreeMap<String, String>>> {
    let mut targets: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (path, text) in written_by(&[&["observe"], arguments].concat())? {
        if let Some((target, name)) = path.strip_prefix("prometheus/").and_then(|path| path.split_once('/')) {
            targets.entry(target.to_owned()).or_default().insert(name.to_owned(), text);
        }
    }
    Ok(targets)
}

/// The files of those that Prometheus and its Alertmanager read.
fn read_by_prometheus(files: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    files.iter().filter(|(name, _)| name.ends_with(".yml")).map(|(name, text)| (name.clone(), text.clone())).collect()
}

fn probes() -> Outcome<BTreeMap<String, String>> {
    written_by(&["probe", "watchpoint/prod", "entmoot", "--pagerduty-key", "/etc/alertmanager/pagerduty.key"])
}

#[test]
fn grafanas_own_reader_knows_every_key_and_query_of_the_pages() -> Outcome<()> {
    let mut found = judged(&pages(&[])?, &BTreeMap::new())?;
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
    let files = pages(&["--pages-at", "/srv/pages"])?;
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
    let pages = pages(&["entmoot/prod-gcp"])?;
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
    let mut files = read_by_prometheus(&probes()?);
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
        let mut faulty = read_by_prometheus(&files);
        faulty.insert(name.to_owned(), files[name].replace(from, to));
        let found = judged(&BTreeMap::new(), &faulty)?.prometheus;
        assert_ne!(found[tool].code, 0, "{tool}: {}", found[tool].said);
    }
    Ok(())
}

/// What somebody is told where everything is just within its bound, where everything is just beyond it, and where nobody tells anything.
const BOUNDS: &str = r#"
rule_files: [rules.yml]
evaluation_interval: 15s
tests:
  - name: within
    interval: 15s
    input_series:
      - {series: 'http_requests_total{job="entmoot-prod-aws-service-api",status="200",instance="a"}', values: '0+150x200'}
      - {series: 'http_requests_total{job="entmoot-prod-aws-service-api",status="503",instance="a"}', values: '0+0.1x200'}
      - {series: 'http_request_duration_seconds_bucket{job="entmoot-prod-aws-service-api",le="0.1"}', values: '0+140x200'}
      - {series: 'http_request_duration_seconds_bucket{job="entmoot-prod-aws-service-api",le="0.5"}', values: '0+149x200'}
      - {series: 'http_request_duration_seconds_bucket{job="entmoot-prod-aws-service-api",le="1"}', values: '0+150x200'}
      - {series: 'http_request_duration_seconds_bucket{job="entmoot-prod-aws-service-api",le="+Inf"}', values: '0+150x200'}
      - {series: 'process_cpu_seconds_total{job="entmoot-prod-aws-service-api",instance="a"}', values: '0+22.5x200'}
      - {series: 'process_cpu_seconds_total{job="entmoot-prod-aws-service-api",instance="b"}', values: '0+25x200'}
      - {series: 'redis_keyspace_hits_total{job="entmoot-prod-aws-cache-main"}', values: '0+81x200'}
      - {series: 'redis_keyspace_misses_total{job="entmoot-prod-aws-cache-main"}', values: '0+19x200'}
      - {series: 'redis_memory_used_bytes{job="entmoot-prod-aws-cache-main"}', values: '80+0x200'}
      - {series: 'redis_memory_max_bytes{job="entmoot-prod-aws-cache-main"}', values: '100+0x200'}
      - {series: 'pg_stat_activity_count{job="entmoot-prod-aws-database-main",role="primary",state="active"}', values: '50+0x200'}
      - {series: 'pg_stat_activity_count{job="entmoot-prod-aws-database-main",role="primary",state="idle"}', values: '30+0x200'}
      - {series: 'pg_stat_activity_count{job="entmoot-prod-aws-database-main",role="replica",state="idle"}', values: '90+0x200'}
      - {series: 'pg_database_size_bytes{job="entmoot-prod-aws-database-main",role="primary"}', values: '96000000000+0x200'}
      - {series: 'pg_wal_size_bytes{job="entmoot-prod-aws-database-main",role="primary"}', values: '636764160+0x200'}
      - {series: 'pg_replication_lag_seconds{job="entmoot-prod-aws-database-main",role="replica"}', values: '60+0x200'}
    promql_expr_test:
      - {expr: 'count(ALERTS) or vector(0)', eval_time: 45m, exp_samples: [{labels: '{}', value: 0}]}
  - name: beyond
    interval: 15s
    input_series:
      - {series: 'http_requests_total{job="entmoot-prod-aws-service-api",status="200",instance="a"}', values: '0+150x200'}
      - {series: 'http_requests_total{job="entmoot-prod-aws-service-api",status="503",instance="a"}', values: '0+0.6x200'}
      - {series: 'http_request_duration_seconds_bucket{job="entmoot-prod-aws-service-api",le="0.5"}', values: '0+142x200'}
      - {series: 'http_request_duration_seconds_bucket{job="entmoot-prod-aws-service-api",le="1"}', values: '0+150x200'}
      - {series: 'http_request_duration_seconds_bucket{job="entmoot-prod-aws-service-api",le="+Inf"}', values: '0+150x200'}
      - {series: 'process_cpu_seconds_total{job="entmoot-prod-aws-service-api",instance="a"}', values: '0+22.5x200'}
      - {series: 'process_cpu_seconds_total{job="entmoot-prod-aws-service-api",instance="b"}', values: '0+26x200'}
      - {series: 'redis_keyspace_hits_total{job="entmoot-prod-aws-cache-main"}', values: '0+79x200'}
      - {series: 'redis_keyspace_misses_total{job="entmoot-prod-aws-cache-main"}', values: '0+21x200'}
      - {series: 'redis_memory_used_bytes{job="entmoot-prod-aws-cache-main"}', values: '81+0x200'}
      - {series: 'redis_memory_max_bytes{job="entmoot-prod-aws-cache-main"}', values: '100+0x200'}
      - {series: 'pg_stat_activity_count{job="entmoot-prod-aws-database-main",role="primary",state="active"}', values: '50+0x200'}
      - {series: 'pg_stat_activity_count{job="entmoot-prod-aws-database-main",role="primary",state="idle"}', values: '31+0x200'}
      - {series: 'pg_database_size_bytes{job="entmoot-prod-aws-database-main",role="primary"}', values: '96000000000+0x200'}
      - {series: 'pg_wal_size_bytes{job="entmoot-prod-aws-database-main",role="primary"}', values: '636764161+0x200'}
      - {series: 'pg_replication_lag_seconds{job="entmoot-prod-aws-database-main",role="replica"}', values: '61+0x200'}
    promql_expr_test:
      # The third interval in a row of the cache's memory isn't over.
      - {expr: 'count(ALERTS{alertstate="firing"})', eval_time: 9m, exp_samples: [{labels: '{}', value: 8}]}
      - {expr: 'count(ALERTS{alertstate="firing",alertname="CacheMemory"}) or vector(0)', eval_time: 9m, exp_samples: [{labels: '{}', value: 0}]}
      - expr: 'count by (alertname, severity) (ALERTS{alertstate="firing",system="entmoot",environment="prod-aws"})'
        eval_time: 11m
        exp_samples:
          - {labels: '{alertname="ApiCpu",severity="warning"}', value: 1}
          - {labels: '{alertname="ApiErrorRate",severity="critical"}', value: 1}
          - {labels: '{alertname="ApiErrors",severity="critical"}', value: 1}
          - {labels: '{alertname="ApiLatency",severity="warning"}', value: 1}
          - {labels: '{alertname="CacheHits",severity="warning"}', value: 1}
          - {labels: '{alertname="CacheMemory",severity="warning"}', value: 1}
          - {labels: '{alertname="DatabaseConnections",severity="warning"}', value: 1}
          - {labels: '{alertname="DatabaseStorage",severity="critical"}', value: 1}
          - {labels: '{alertname="ReplicaLag",severity="critical"}', value: 1}
    alert_rule_test:
      - eval_time: 11m
        alertname: DatabaseConnections
        exp_alerts:
          - exp_labels: {system: entmoot, environment: prod-aws, alarm: database-connections, severity: warning}
            exp_annotations:
              summary: "entmoot/prod-aws: alarm.database-connections is above 80"
              description: "Too many connections are open. Find who doesn't close them; end those that have been idle for an hour. `landfall runbook entmoot/prod-aws` says what to do. It is 81 now."
  - name: silent
    interval: 15s
    input_series: []
    promql_expr_test:
      - {expr: 'count(ALERTS{alertstate="firing"}) or vector(0)', eval_time: 9m, exp_samples: [{labels: '{}', value: 0}]}
      - {expr: 'count(ALERTS{alertstate="firing",alertname!="MeasurementMissing"}) or vector(0)', eval_time: 11m, exp_samples: [{labels: '{}', value: 0}]}
      - {expr: 'count(count by (component, measurement) (ALERTS{alertstate="firing",severity="warning"}))', eval_time: 11m, exp_samples: [{labels: '{}', value: 11}]}
"#;

#[test]
fn each_rule_of_an_alarm_goes_off_beyond_its_bound_and_not_before() -> Outcome<()> {
    let targets = inside(&["entmoot/prod-aws"])?;
    let mut files = read_by_prometheus(&targets["entmoot-prod-aws"]);
    files.insert("tests.yml".to_owned(), BOUNDS.to_owned());
    let Ran { code, said } = &judged(&BTreeMap::new(), &files)?.prometheus["tests"];
    assert_eq!(*code, 0, "{said}");
    // The test sees a bound that moved.
    files.insert("rules.yml".to_owned(), files["rules.yml"].replace(" > 80", " > 81"));
    assert_ne!(judged(&BTreeMap::new(), &files)?.prometheus["tests"].code, 0);
    Ok(())
}

#[test]
fn the_prometheus_of_every_target_takes_its_files() -> Outcome<()> {
    let targets = inside(&["--pagerduty-key", "/etc/alertmanager/pagerduty.key"])?;
    let mut rules = 0;
    for (target, files) in &targets {
        let found = judged(&BTreeMap::new(), &read_by_prometheus(files))?.prometheus;
        assert_eq!(found.keys().collect::<Vec<_>>(), ["alertmanager", "config", "rules"], "{target}");
        for (tool, Ran { code, said }) in &found {
            assert_eq!(*code, 0, "{target} {tool}: {said}");
        }
        let written = files["rules.yml"].matches("- alert: ").count();
        assert!(found["rules"].said.contains(&format!("{written} rules found")), "{target}: {}", found["rules"].said);
        rules += written;
    }
    // Entmoot's four targets: nine alarms and eleven measurements on AWS, twice; what a database and a cache tell on Google Cloud; a cache's
    // on Azure.
    assert!(targets.len() >= 4 && rules >= 2 * 20 + 13 + 6, "{rules} rules of {:?}", targets.keys());
    Ok(())
}

#[test]
fn the_tools_of_prometheus_see_a_fault_inside_of_a_network() -> Outcome<()> {
    let targets = inside(&["entmoot/prod-aws"])?;
    let files = read_by_prometheus(&targets["entmoot-prod-aws"]);
    for (name, tool, from, to) in [
        ("prometheus.yml", "config", "file_sd_configs", "files_sd_configs"),
        ("rules.yml", "rules", "sum(increase(", "sum((increase("),
        ("rules.yml", "rules", "{{ $value | humanize }}", "{{ $value | humanise }}"),
    ] {
        let mut faulty = files.clone();
        faulty.insert(name.to_owned(), files[name].replace(from, to));
        let found = judged(&BTreeMap::new(), &faulty)?.prometheus;
        assert_ne!(found[tool].code, 0, "{tool}: {}", found[tool].said);
    }
    Ok(())
}

#[test]
fn copies_are_found_one_by_one_and_kept_where_the_cloud_does_not_answer() -> Outcome<()> {
    let targets = inside(&["entmoot/prod-aws"])?;
    let files = &targets["entmoot-prod-aws"];
    let runs = [("cluster-1", "api-1"), ("cluster-1", "none"), ("cluster-2", "api-1")];
    let runs = runs.map(|(cluster, service)| json!({ "SERVICES_CLUSTER": cluster, "SERVICE_API_NAME": service }));
    let found = run(&json!({ "discovery": [files["compose.yaml"], "service-api-copies", runs] }))?.discovered;
    assert_eq!(found.len(), 3);
    // The one that is still starting has no address.
    let expected = json!([{ "targets": ["10.0.10.5:8000"] }]);
    assert_eq!(serde_json::from_str::<Value>(&found[0].wrote)?, expected, "{}", found[0].said);
    assert_eq!(serde_json::from_str::<Value>(&found[1].wrote)?, json!([]), "{}", found[1].said);
    assert_eq!(found[2].wrote, "what was there");
    assert!(found[2].said.contains("ClusterNotFoundException"), "{}", found[2].said);
    // Prometheus reads what was found.
    let mut read = read_by_prometheus(files);
    read.insert("targets/service-api.json".to_owned(), found[0].wrote.clone());
    let Ran { code, said } = &judged(&BTreeMap::new(), &read)?.prometheus["config"];
    assert!(*code == 0 && !said.contains("does not exist"), "{said}");
    Ok(())
}
