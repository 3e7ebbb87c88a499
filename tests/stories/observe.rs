//! Dashboards as pages for Grafana.

use std::fs;

use crate::ground::{Ground, Told};

const DASHBOARD: &str = r#"
alarms:
  slow: {description: Slow, severity: critical, metric: {of: function.answer, name: duration}, statistic: p95, above: 80%, notify: [topic.told]}
topics: {told: {description: People, subscribers: [{email: on-call@example.com}]}}
dashboards:
  answers:
    graphs:
      - {title: Runs, metric: {of: function.answer, name: requests}}
      - {title: How long, metric: {of: function.answer, name: duration}, statistic: p95, goal-below: 2s}
"#;

const SHOP: &str = r#"
description: A shop
placement: {cloud: aws, account: "111122223333", region: us-east-1}
artifacts:
  code: {description: The function, zip: dist/code.zip}
functions:
  answer: {description: Answers, artifact: code, handler: answer, memory: 128MiB, timeout: 10s}
"#;

#[test]
fn a_page_asks_what_the_clouds_own_dashboard_shows_with_the_bounds_of_its_alarms() -> Told {
    let ground = Ground::new()?;
    ground.environment(&format!("{SHOP}{DASHBOARD}"))?;
    let out = ground.path("pages").to_string_lossy().into_owned();
    ground
        .run(&["observe", "shop/dev", "--out", &out, "--pages-at", "/srv/pages"])?
        .exits(0)?
        .says("dashboards/shop-dev/answers.json")?;
    let read = |name: &str| fs::read_to_string(ground.path("pages").join(name));
    let page: serde_json::Value = serde_json::from_str(&read("dashboards/shop-dev/answers.json")?)?;
    let asked = &page["panels"][0]["targets"][0];
    assert_eq!((&asked["namespace"], &asked["metricName"]), (&"AWS/Lambda".into(), &"Invocations".into()), "{asked:#}");
    assert_eq!(asked["dimensions"]["FunctionName"], "shop-dev-answer", "{asked:#}");
    // Milliseconds, as AWS has it: the goal of two seconds, and four fifths of the time-out of ten.
    let shown = &page["panels"][1]["fieldConfig"]["defaults"];
    assert_eq!(shown["unit"], "ms");
    assert_eq!(shown["thresholds"]["steps"][1], serde_json::json!({ "value": 2000.0, "color": "green" }));
    assert_eq!(shown["thresholds"]["steps"][2], serde_json::json!({ "value": 8000.0, "color": "red" }));
    assert!(read("provisioning/dashboards/landfall.yaml")?.contains("path: \"/srv/pages\""));
    let sources = read("provisioning/datasources/landfall.yaml")?;
    assert!(sources.contains("uid: \"landfall-aws-111122223333-us-east-1\""), "{sources}");
    Ok(())
}

#[test]
fn without_a_dashboard_no_page_is_written() -> Told {
    let ground = Ground::new()?;
    ground.environment(SHOP)?;
    let out = ground.path("pages").to_string_lossy().into_owned();
    ground.run(&["observe", "shop/dev", "--out", &out])?.exits(3)?.says("there is no page to write")?;
    ground.run(&["observe", "shop/dev", "--out", &out, "--pages-at", "a"])?.exits(64)?.says("a path from the root")?;
    assert!(!ground.path("pages").exists());
    Ok(())
}

const MEASURED: &str = r#"
description: A shop
placement: {cloud: CLOUD, account: "ACCOUNT", region: REGION}
network: {range: 10.0.0.0/16, public: [10.0.1.0/24, 10.0.2.0/24], private: [10.0.10.0/24, 10.0.11.0/24]}
artifacts:
  code: {description: The function, zip: dist/code.zip}
  web: {description: The website, executables: {aarch64: dist/web}}
registries: {images: {}}
functions:
  answer: {description: Answers, artifact: code, handler: answer, memory: 128MiB, timeout: 10s}
services:
  web:
    artifact: web
    registry: images
    vcpu: 1
    memory: 2GiB
    port: 8080
    scale: {min: MOST, max: MOST}
    emits: [{namespace: Shop, name: OrdersTaken}]
    metrics: {port: 9100}
topics: {told: {description: People, subscribers: [{email: on-call@example.com}]}}
alarms:
  failed: {description: "Say {{ .nothing }}", metric: {of: function.answer, name: errors}, above: 1, notify: [topic.told]}
  gone: {description: "Look \"twice\" at {{ .Labels }}", metric: {of: service.web, name: healthy-tasks}, below: 1, missing-data: breach, notify: [topic.told]}
  idle: {description: Nobody orders, metric: {namespace: Shop, name: OrdersTaken}, absent-for: 1h, notify: [topic.told]}
"#;

#[test]
fn a_service_is_asked_copy_by_copy_and_alarms_that_nobody_can_measure_are_named() -> Told {
    let ground = Ground::new()?;
    let on = |cloud: &str, account: &str, region: &str, most: &str| {
        let placed = MEASURED.replace("CLOUD", cloud).replace("ACCOUNT", account);
        placed.replace("REGION", region).replace("MOST", most)
    };
    ground.environment(&on("aws", "111122223333", "us-east-1", "4"))?;
    ground.file("google", &on("gcp", "shop-project", "us-central1", "4"))?;
    ground.file("large", &on("aws", "111122223333", "us-east-1", "51"))?;
    let out = ground.path("out").to_string_lossy().into_owned();
    ground
        .run(&["observe", "shop/dev", "--out", &out])?
        .exits(0)?
        .says("shop/dev: Prometheus asks service.web")?
        .says("none  failed  nothing in the network tells what `function.answer` does")?
        .says("near  gone")?
        .says("of 3 alarms 0 are rules, 2 nearly, 1 not")?;
    let read = |name: &str| fs::read_to_string(ground.path("out/prometheus/shop-dev").join(name));
    let (asks, rules) = (read("prometheus.yml")?, read("rules.yml")?);
    assert!(
        asks.contains("- files: [targets/service-web.json]") && asks.contains("metrics_path: \"/metrics\""),
        "{asks}"
    );
    assert!(!asks.contains("static_configs:\n      - targets: [\"service"), "{asks}");
    assert!(read("compose.yaml")?.contains("privateIpv4Address, '9100'"), "the port of measurements, not of requests");
    // Nobody is let in yet, and that is said.
    assert!(read("compose.yaml")?.contains("network: {monitoring: 10.0.20.0/28}"));
    // The name that the workload would give it, over the last minutes of an hour.
    let idle = r#"((sum(increase(shop_orders_taken_total{job="shop-dev-service-web"}[300s]))) or vector(0)) < 1"#;
    assert!(rules.contains(idle) && rules.contains("for: 3300s"), "{rules}");
    assert!(rules.contains(r#"Look \"twice\" at {{ \"{{\" }} .Labels }}."#), "{rules}");
    assert!(!rules.contains("function") || rules.contains("# failed: not here: "), "{rules}");
    // With half as many again in a deployment they would be more than are described at once.
    ground
        .run(&["observe", "shop/large", "--out", &out])?
        .exits(3)?
        .says("nobody whom a Prometheus could ask")?
        .says("more than 100 copies")?;
    let report = ground.run(&["observe", "shop", "--out", &out, "--format", "json"])?.exits(0)?.json()?;
    assert_eq!(report["format_version"], 1);
    let asked: Vec<&serde_json::Value> =
        report["targets"].as_array().into_iter().flatten().map(|target| &target["asked"]).collect();
    assert_eq!(asked, [&serde_json::json!(["service.web"]), &serde_json::json!([]), &serde_json::json!([])]);
    assert!(
        report["targets"][1]["unasked"][0]["why"].as_str().is_some_and(|why| why.contains("Cloud Run")),
        "{report:#}"
    );
    // On Cloud Run nobody can be asked, so that nothing is written for it.
    assert!(!ground.path("out/prometheus/shop-google").exists());
    Ok(())
}
