//! Questions that are asked from outside.

use std::fs;

use crate::ground::{Ground, Told};

const SHOP: &str = r#"
description: A shop
placement: {cloud: aws, account: "111122223333", region: us-east-1}
domain: {name: shop.example.com}
artifacts:
  code: {description: The function, zip: dist/code.zip}
functions:
  answer: {description: Answers, artifact: code, handler: answer, memory: 128MiB, timeout: 10s}
apis:
  v1: {description: The address, run: function.answer, throttle: {per-second: 1, burst: 1}}
probes:
  health: {of: api.v1, path: /v1/health, within: 2s, every: 30s, failures: 4}
"#;

#[test]
fn the_questions_of_every_target_are_written_for_one_prober() -> Told {
    let ground = Ground::new()?;
    ground.environment(SHOP)?;
    ground.file("prod", &SHOP.replace("shop.example.com", "www.example.com"))?;
    let out = ground.path("probes").to_string_lossy().into_owned();
    ground.run(&["probe", "shop", "--out", &out, "--exporter", "blackbox:9115"])?.exits(0)?.says("prometheus.yml")?;
    let read = |name: &str| fs::read_to_string(ground.path("probes").join(name));
    let (asked, asks, told) = (read("blackbox.yml")?, read("prometheus.yml")?, read("rules.yml")?);
    for name in ["shop-dev-health", "shop-prod-health"] {
        assert!(asked.contains(&format!("  {name}:\n")) && asks.contains(&format!("job_name: {name}\n")), "{asks}");
        assert!(told.contains(&format!("probe_success{{job=\"{name}\"}} == 0")), "{told}");
    }
    assert!(asked.contains("timeout: 2s") && asked.contains("valid_status_codes: [200]"), "{asked}");
    assert!(asks.contains("https://shop.example.com/v1/health") && asks.contains("scrape_interval: 30s"), "{asks}");
    assert!(asks.contains("replacement: \"blackbox:9115\""), "{asks}");
    assert!(asks.contains("- targets: [\"127.0.0.1:9093\"]"), "{asks}");
    assert!(!ground.path("probes/alertmanager.yml").exists(), "nobody said where alerts go");
    let page: serde_json::Value = serde_json::from_str(&read("grafana.json")?)?;
    assert_eq!(page["panels"].as_array().map(Vec::len), Some(8), "{page:#}");
    // The first of four failures is seen at once, the fourth a minute and a half later.
    assert!(told.contains("for: 90s"), "{told}");
    Ok(())
}

#[test]
fn alerts_go_to_pagerduty_by_a_key_that_no_file_holds() -> Told {
    let ground = Ground::new()?;
    ground.environment(SHOP)?;
    let out = ground.path("probes").to_string_lossy().into_owned();
    let key = ["--pagerduty-key", "/etc/alertmanager/pagerduty.key", "--alertmanager", "alerts:9093"];
    ground.run(&[&["probe", "shop", "--out", &out], &key[..]].concat())?.exits(0)?.says("alertmanager.yml")?;
    let told = fs::read_to_string(ground.path("probes/alertmanager.yml"))?;
    assert!(told.contains("routing_key_file: \"/etc/alertmanager/pagerduty.key\""), "{told}");
    assert!(told.contains("severity: \"{{ .CommonLabels.severity }}\""), "{told}");
    let asks = fs::read_to_string(ground.path("probes/prometheus.yml"))?;
    assert!(asks.contains("- targets: [\"alerts:9093\"]"), "{asks}");
    for wrong in ["key", "/a\"b", "/a\nb", "/"] {
        ground
            .run(&["probe", "shop", "--out", &out, "--pagerduty-key", wrong])?
            .exits(64)?
            .says("a path from the root")?;
    }
    Ok(())
}

#[test]
fn a_site_is_asked_under_its_own_name() -> Told {
    let ground = Ground::new()?;
    let site = "buckets: {window: {}}\nsites:\n  web: {bucket: bucket.window, host: app}\n";
    ground.environment(&format!("{SHOP}  site: {{of: site.web, path: /}}\n{site}"))?;
    let out = ground.path("probes").to_string_lossy().into_owned();
    ground.run(&["probe", "shop", "--out", &out])?.exits(0)?;
    let asks = fs::read_to_string(ground.path("probes/prometheus.yml"))?;
    assert!(asks.contains("https://app.shop.example.com/"), "{asks}");
    Ok(())
}

#[test]
fn without_a_question_nothing_is_written() -> Told {
    let ground = Ground::new()?;
    let out = ground.path("probes").to_string_lossy().into_owned();
    ground.run(&["probe", "shop/dev", "--out", &out])?.exits(3)?.says("there is nothing to ask")?;
    ground.run(&["probe", "shop/dev", "--out", &out, "--exporter", "a\nb:1"])?.exits(64)?.says("HOST:PORT")?;
    assert!(!ground.path("probes").exists());
    Ok(())
}
