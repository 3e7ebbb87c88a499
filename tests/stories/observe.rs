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
