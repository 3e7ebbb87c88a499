//! The pages that `landfall observe` writes for Grafana, byte for byte; and that they show what the clouds' own dashboards show.

use std::collections::BTreeMap;

use landfall::clouds::pages;
use serde_json::Value;

use crate::case::{Case, Outcome, root};
use crate::kept::Kept;
use crate::written::written_by;

/// The system whose pages are kept: the one that stands on three clouds.
const SYSTEM: &str = "entmoot";

fn read(files: &BTreeMap<String, String>) -> Outcome<BTreeMap<&str, Value>> {
    let pages = files.iter().filter(|(name, _)| name.ends_with(".json"));
    pages.map(|(name, text)| Ok((name.as_str(), serde_json::from_str(text)?))).collect()
}

#[test]
fn pages_are_the_kept_ones() -> Outcome<()> {
    let mut kept = Kept::new();
    for (name, text) in written_by(&["observe", SYSTEM])? {
        kept.compare(&name, &root().join("tests/golden").join(SYSTEM).join("pages").join(&name), &text)?;
    }
    kept.hold();
    Ok(())
}

#[test]
fn every_graph_of_every_dashboard_is_a_panel_on_all_clouds() -> Outcome<()> {
    let mut seen = BTreeMap::new();
    for case in Case::all()? {
        let stack = case.stack()?;
        let pages = pages(&case.target, &stack).map_err(|findings| format!("{}: {findings:#?}", case.target))?;
        assert_eq!(pages.len(), stack.dashboards.len(), "{}", case.target);
        for (page, dashboard) in pages.iter().zip(stack.dashboards.values()) {
            assert_eq!(page.panels.len(), dashboard.graphs.len(), "{} {}", case.target, page.name);
            for (panel, graph) in page.panels.iter().zip(&dashboard.graphs) {
                assert_eq!(panel.title, graph.title);
                assert!(!panel.queries.is_empty(), "{} {}", case.target, panel.title);
                *seen.entry(stack.placement.cloud).or_insert(0) += 1;
            }
        }
    }
    assert!(seen.len() == 3 && seen.values().all(|count| *count >= 10), "{seen:?}");
    Ok(())
}

#[test]
fn alarms_bounds_are_lines_in_the_unit_of_the_cloud() -> Outcome<()> {
    let files = written_by(&["observe", SYSTEM])?;
    let pages = read(&files)?;
    let lines = |page: &str, title: &str| -> Outcome<Vec<(f64, String)>> {
        let panels = pages[page]["panels"].as_array().ok_or("no panels")?;
        let panel = panels.iter().find(|panel| panel["title"] == title).ok_or("no such panel")?;
        assert_eq!(panel["fieldConfig"]["defaults"]["custom"]["thresholdsStyle"]["mode"], "line", "{title}");
        let steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"].as_array().ok_or("no steps")?;
        let told = |step: &Value| Some((step["value"].as_f64()?, step["color"].as_str()?.to_owned()));
        Ok(steps.iter().filter_map(told).collect())
    };
    for target in ["entmoot-prod-aws", "entmoot-prod-gcp"] {
        let slow = lines(&format!("dashboards/{target}/api.json"), "Response time of 95 %")?;
        assert_eq!(slow, [(0.5, "orange".to_owned())], "{target}: goal and alarm in one place, the worse one is seen");
    }
    let disk = lines("dashboards/entmoot-prod-azure/database.json", "Free disk")?;
    assert!(disk.contains(&(10_737_418_240.0, "red".to_owned())), "{disk:?}");
    Ok(())
}
