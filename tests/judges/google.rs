//! What we render for Google Cloud, judged by Terraform itself and by checkov.

use std::collections::{BTreeMap, BTreeSet};

use landfall::clouds::{Form, Parameter};
use landfall::model::placement::Cloud;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::case::{Case, Outcome};
use crate::python;

/// The fewest checks that checkov has to pass in a document of ours, so that one that it couldn't read doesn't count as good.
const FEWEST_PASSED: usize = 40;
/// The fewest rules of checkov that have to be among them.
const FEWEST_RULES: usize = 25;
/// The fewest queries of alarms and dashboards.
const FEWEST_QUERIES: usize = 12;

#[derive(Debug, Deserialize)]
struct Judgement {
    engine: Engine,
    scanned: Scan,
}

#[derive(Debug, Deserialize)]
struct Engine {
    valid: Vec<String>,
    #[serde(default)]
    before: Vec<String>,
    #[serde(default)]
    first: Vec<String>,
    #[serde(default)]
    unlike: Vec<String>,
    #[serde(default)]
    second: BTreeMap<String, Value>,
    #[serde(default)]
    queries: Queries,
}

#[derive(Debug, Default, Deserialize)]
struct Queries {
    read: usize,
    wrong: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Scan {
    passed: usize,
    rules: BTreeSet<String>,
    failed: Vec<String>,
    skipped: Vec<(String, String, String)>,
    idle: Vec<String>,
    unread: Vec<String>,
}

fn judged() -> Outcome<BTreeMap<String, Judgement>> {
    let mut documents = BTreeMap::new();
    for case in Case::on(Cloud::Gcp)? {
        let rendered = case.rendered(Form::Json)?;
        let digest = format!("sha256:{}", "0".repeat(64));
        let variables: BTreeMap<String, String> = rendered
            .parameters
            .iter()
            .map(|(name, given)| match given {
                Parameter::Image(_) => (name.clone(), digest.clone()),
                Parameter::Bucket | Parameter::Archive(_, _) | Parameter::Gradually => {
                    (name.clone(), "there".to_owned())
                }
            })
            .collect();
        let mut files = BTreeMap::from([(rendered.name, rendered.document)]);
        files.extend(rendered.beside);
        documents.insert(case.target.to_string(), json!({ "files": files, "variables": variables }));
    }
    let provider = std::fs::read_to_string(python::root().join("src/clouds/gcp/provider.json"))?;
    let provider: Value = serde_json::from_str(&provider)?;
    let script = python::root().join("tests/judges/google.py");
    let asked = json!({ "provider": provider, "documents": documents });
    Ok(serde_json::from_str(&python::run(&script, &[], &asked.to_string())?)?)
}

/// What brings a schema up to date is there before its first image, with one that does nothing.
const MIGRATES: &str = "google_cloud_run_v2_job.function_migrate[0]";

#[test]
fn terraform_takes_what_is_rendered_and_then_has_nothing_to_do() -> Outcome<()> {
    let judged = judged()?;
    assert!(judged.len() >= 2, "only {:?} were judged", judged.keys());
    for (target, Judgement { engine, scanned }) in judged {
        assert_eq!(engine.valid, Vec::<String>::new(), "{target}");
        assert_eq!(engine.unlike, Vec::<String>::new(), "{target}: a first plan that does more than create");
        assert!(engine.first.len() >= 80, "{target}: only {} resources", engine.first.len());
        assert_eq!(engine.queries.wrong, Vec::<String>::new(), "{target}: a query that PromQL doesn't know");
        assert!(engine.queries.read >= FEWEST_QUERIES, "{target}: {} queries", engine.queries.read);
        assert!(engine.second.is_empty(), "{target}: {:#?}", engine.second);
        // Before the first image there is a place for it and nothing that runs it.
        assert!(engine.before.iter().any(|id| id.starts_with("google_artifact_registry_repository.")), "{target}");
        let runs = |id: &&String| id.starts_with("google_cloud_run_v2_") && *id != MIGRATES;
        assert_eq!(engine.before.iter().filter(runs).collect::<Vec<_>>(), Vec::<&String>::new(), "{target}");
        assert_eq!(scanned.unread, Vec::<String>::new(), "checkov, {target}");
        assert_eq!(scanned.failed, Vec::<String>::new(), "checkov, {target}");
        assert_eq!(scanned.idle, Vec::<String>::new(), "checkov, {target}: left out for nothing");
        assert!(scanned.passed >= FEWEST_PASSED, "checkov, {target}: {} passed", scanned.passed);
        assert!(scanned.rules.len() >= FEWEST_RULES, "checkov, {target}: {} rules", scanned.rules.len());
        let silent: Vec<_> = scanned.skipped.iter().filter(|(_, _, reason)| reason.len() < 20).collect();
        assert!(silent.is_empty(), "checkov, {target}: no reason beside {silent:?}");
    }
    Ok(())
}
