//! What `landfall ci github` writes, judged by others: the workflows by GitHub's schema and zizmor's audits, the deploy roles by
//! cfn-lint, AWS's validator and checkov.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::case::Outcome;
use crate::python;
use crate::written::{SYSTEMS, written};

/// cfn-lint's warning of an action that it doesn't know. The handlers' schemas name some that AWS's own list of actions hasn't, such as
/// `s3:DeleteBucketEncryption`; IAM takes them, and they permit nothing. They are given as the schemas ask for them.
const UNKNOWN_ACTION: &str = "W3037 ";

/// What was found in a workflow.
#[derive(Debug, Deserialize)]
struct Found {
    schema: Vec<String>,
    audited: Vec<String>,
}

fn all() -> Outcome<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    for system in SYSTEMS {
        files.extend(written(system)?.into_iter().map(|(name, text)| (format!("{system} {name}"), text)));
    }
    Ok(files)
}

fn judged(files: &BTreeMap<String, String>) -> Outcome<BTreeMap<String, Found>> {
    let script = python::root().join("tests/judges/pipelines.py");
    Ok(serde_json::from_str(&python::run(&script, &[], &serde_json::to_string(files)?)?)?)
}

#[test]
fn workflows_are_what_github_takes_and_no_audit_finds_fault_with_them() -> Outcome<()> {
    let files: BTreeMap<String, String> =
        all()?.into_iter().filter(|(name, _)| name.contains(".github/workflows/")).collect();
    let judged = judged(&files)?;
    assert!(judged.len() >= 8, "only {:?} were judged", judged.keys());
    for (name, Found { schema, audited }) in judged {
        assert_eq!(schema, Vec::<String>::new(), "GitHub's schema, {name}");
        assert_eq!(audited, Vec::<String>::new(), "zizmor, {name}");
    }
    Ok(())
}

#[test]
fn the_judges_of_workflows_see_a_fault() -> Outcome<()> {
    let faulty = "name: a\non: pull_request\njobs:\n  b:\n    runs-in: ubuntu-latest\n    steps:\n      - run: echo ${{ github.event.pull_request.title }}\n";
    let judged = judged(&BTreeMap::from([("faulty.yml".to_owned(), faulty.to_owned())]))?;
    let found = &judged["faulty.yml"];
    assert!(!found.schema.is_empty(), "{found:?}");
    let sound = faulty.replace("runs-in", "runs-on");
    let judged = self::judged(&BTreeMap::from([("unsafe.yml".to_owned(), sound)]))?;
    assert!(judged["unsafe.yml"].audited.iter().any(|found| found.starts_with("template-injection")), "{judged:?}");
    Ok(())
}

#[test]
fn nobody_finds_fault_with_the_deploy_roles() -> Outcome<()> {
    let roles = all()?.into_iter().filter(|(name, _)| name.contains("deploy-roles/"));
    let templates: BTreeMap<String, Value> =
        roles.map(|(name, text)| (name, json!({ "region": "us-east-1", "text": text }))).collect();
    assert!(templates.len() >= 3, "only {:?} are judged", templates.keys());
    let script = python::root().join("tests/judges/documents.py");
    let answer: BTreeMap<String, Value> =
        serde_json::from_str(&python::run(&script, &[], &serde_json::to_string(&templates)?)?)?;
    for (name, found) in answer {
        let linted = found["linted"].as_array().ok_or("no answer")?.iter().filter_map(Value::as_str);
        let left: Vec<&str> = linted.filter(|said| !said.starts_with(UNKNOWN_ACTION)).collect();
        assert_eq!(left, Vec::<&str>::new(), "cfn-lint, {name}");
        for (severity, rules) in found["validated"].as_object().ok_or("no severities")? {
            assert!(severity == "INFO", "cloudformation-validate, {name}: {severity} {rules:#}");
        }
        assert_eq!(found["scanned"]["unread"], json!([]), "checkov, {name}");
        assert_eq!(found["scanned"]["failed"], json!([]), "checkov, {name}");
    }
    Ok(())
}

#[test]
fn what_is_known_of_actions_is_what_the_service_authorization_reference_says() -> Outcome<()> {
    let said = python::run(&python::root().join("tools/actions.py"), &["--check"], "")?;
    assert!(said.ends_with("lines\n"), "{said}");
    Ok(())
}
