//! What we render, judged by cfn-lint, by AWS's own validator and by checkov.

use std::collections::{BTreeMap, BTreeSet};

use landfall::clouds::Form;
use landfall::clouds::aws::document::Template;
use landfall::clouds::aws::sam;
use landfall::model::placement::Cloud;
use serde::Deserialize;
use serde_json::json;

use crate::case::{Case, Outcome};
use crate::python;

/// The fewest checks that checkov has to pass in a template of ours, so that one that it couldn't read doesn't count as good.
const FEWEST_PASSED: usize = 165;
/// The fewest rules of checkov that have to be among them.
const FEWEST_RULES: usize = 40;
/// A stack of fewer resources holds a part of a system: as many checks have to pass on it as it has resources.
const WHOLE: usize = 100;

/// What cloudformation-validate only informs of and holds for every template like ours, with the reason.
const INFORMS: [(&str, &str); 3] = [
    (
        "I9001",
        "says of each create-only property that changing it would replace the resource: our plan says so when it does",
    ),
    ("I4010", "asks for descriptions of the architecture in its own metadata: ours stand in the environment files"),
    (
        "I1022",
        "prefers Fn::Sub to Fn::Join: text of users with `$` in it is joined, so that it can't become an expression",
    ),
];

#[derive(Debug, Deserialize)]
struct Judgement {
    linted: Vec<String>,
    validated: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    scanned: Scan,
}

#[derive(Debug, Deserialize)]
struct Scan {
    passed: usize,
    rules: BTreeSet<String>,
    failed: Vec<String>,
    skipped: Vec<(String, String, String)>,
    unread: Vec<String>,
}

/// What cloudformation-validate says of a dependency on a resource that only the transform makes: it judges the template as it is
/// written. cfn-lint expands it and finds the resource; so does this. The diagnostics that are left.
fn left_after_the_transform(rules: BTreeMap<String, Vec<String>>, made: &BTreeSet<String>) -> Vec<String> {
    let by_the_transform = |rule: &str, said: &str| {
        let named = said.strip_prefix("DependsOn target '").and_then(|rest| rest.split_once('\''));
        rule == "E3005" && named.is_some_and(|(id, _)| made.contains(id))
    };
    let said = rules.into_iter().flat_map(|(rule, said)| said.into_iter().map(move |said| (rule.clone(), said)));
    said.filter(|(rule, said)| !by_the_transform(rule, said)).map(|(rule, said)| format!("{rule} {said}")).collect()
}

/// The resources of each case once the transform has run.
fn made() -> Outcome<BTreeMap<String, BTreeSet<String>>> {
    let mut made = BTreeMap::new();
    for case in Case::on(Cloud::Aws)? {
        let expanded = sam::expand(&Template::read(case.rendered(Form::Yaml)?.document.as_bytes())?)?;
        made.insert(case.target.to_string(), expanded.resources.into_keys().collect());
    }
    Ok(made)
}

fn judged() -> Outcome<BTreeMap<String, Judgement>> {
    let mut templates = BTreeMap::new();
    for case in Case::on(Cloud::Aws)? {
        let region = case.stack()?.placement.region;
        let text = case.rendered(Form::Yaml)?.document;
        templates.insert(case.target.to_string(), json!({ "region": region, "text": text }));
    }
    let script = python::root().join("tests/judges/documents.py");
    Ok(serde_json::from_str(&python::run(&script, &[], &serde_json::to_string(&templates)?)?)?)
}

#[test]
fn nobody_finds_fault_with_what_is_rendered() -> Outcome<()> {
    let judged = judged()?;
    assert!(judged.len() >= 7, "only {:?} were judged", judged.keys());
    let made = made()?;
    for (target, Judgement { linted, validated, scanned }) in judged {
        assert_eq!(linted, Vec::<String>::new(), "cfn-lint, {target}");
        for (severity, rules) in validated {
            if severity != "INFO" {
                let left = left_after_the_transform(rules, &made[&target]);
                assert_eq!(left, Vec::<String>::new(), "cloudformation-validate, {target}: {severity}");
                continue;
            }
            let new: Vec<_> = rules.iter().filter(|(rule, _)| INFORMS.iter().all(|(known, _)| rule != known)).collect();
            assert!(new.is_empty(), "cloudformation-validate, {target}: {new:#?}");
        }
        assert_eq!(scanned.unread, Vec::<String>::new(), "checkov, {target}");
        assert_eq!(scanned.failed, Vec::<String>::new(), "checkov, {target}");
        let resources = made[&target].len();
        let (passed, rules) =
            if resources < WHOLE { (resources, resources / 2) } else { (FEWEST_PASSED, FEWEST_RULES) };
        assert!(scanned.passed >= passed, "checkov, {target}: {} passed", scanned.passed);
        assert!(scanned.rules.len() >= rules, "checkov, {target}: {} rules", scanned.rules.len());
        let silent: Vec<_> = scanned.skipped.iter().filter(|(_, _, reason)| reason.len() < 20).collect();
        assert!(silent.is_empty(), "checkov, {target}: no reason beside {silent:?}");
    }
    Ok(())
}
