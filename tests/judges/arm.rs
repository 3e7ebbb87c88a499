//! What we render for Azure, judged by checkov.

use std::collections::{BTreeMap, BTreeSet};

use landfall::clouds::Form;
use landfall::model::placement::Cloud;
use serde::Deserialize;

use crate::case::{Case, Outcome};
use crate::python;

#[derive(Debug, Deserialize)]
struct Scan {
    passed: BTreeMap<String, Vec<String>>,
    failed: Vec<String>,
    skipped: Vec<String>,
    unread: Vec<String>,
}

/// A rule that isn't followed, with the type and the reason. Nothing is skipped in the templates themselves.
const UNFOLLOWED: [(&str, &str, &str); 2] = [
    (
        "CKV_AZURE_139",
        "Microsoft.ContainerRegistry/registries",
        "whoever deploys pushes images from outside of the network; nobody is let in without an identity of Microsoft Entra ID, and an override closes it",
    ),
    (
        "CKV_AZURE_166",
        "Microsoft.ContainerRegistry/registries",
        "quarantine keeps every image from being pulled until somebody else's scanner lets it out; images are named by digest instead",
    ),
];

/// How many rules of checkov are evaluated of each type that it has rules for, so that one it can't read doesn't count as good.
const EVALUATED: [(&str, usize); 8] = [
    ("Microsoft.ContainerRegistry/registries", 4),
    ("Microsoft.KeyVault/vaults", 5),
    ("Microsoft.Network/FrontDoorWebApplicationFirewallPolicies", 1),
    ("Microsoft.Network/networkSecurityGroups", 3),
    ("Microsoft.Network/networkWatchers/flowLogs", 1),
    ("Microsoft.Network/virtualNetworks", 2),
    ("Microsoft.Storage/storageAccounts", 7),
    ("Microsoft.Storage/storageAccounts/blobServices/containers", 1),
];

#[test]
fn checkov_finds_no_fault_with_a_template_for_azure() -> Outcome<()> {
    let mut templates = BTreeMap::new();
    for case in Case::on(Cloud::Azure)? {
        templates.insert(case.target.to_string(), case.rendered(Form::Yaml)?.document);
    }
    let script = python::root().join("tests/judges/arm.py");
    let judged: BTreeMap<String, Scan> =
        serde_json::from_str(&python::run(&script, &[], &serde_json::to_string(&templates)?)?)?;
    assert!(judged.len() >= 2, "only {:?} were judged", judged.keys());
    let mut evaluated: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (target, scan) in &judged {
        let followed =
            |failed: &&String| !UNFOLLOWED.iter().any(|(rule, kind, _)| failed.starts_with(&format!("{rule} {kind}.")));
        assert_eq!(scan.failed.iter().filter(followed).collect::<Vec<_>>(), Vec::<&String>::new(), "{target}");
        assert_eq!((&scan.skipped, &scan.unread), (&Vec::new(), &Vec::new()), "{target}");
        for (kind, rules) in &scan.passed {
            evaluated.entry(kind).or_default().extend(rules.iter().map(String::as_str));
        }
    }
    let evaluated: Vec<(&str, usize)> = evaluated.into_iter().map(|(kind, rules)| (kind, rules.len())).collect();
    assert_eq!(evaluated, EVALUATED);
    Ok(())
}
