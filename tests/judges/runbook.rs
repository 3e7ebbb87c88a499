//! The commands of runbooks, judged by the AWS client's own model of every service and by tables of the other clients' commands, and
//! their names by what is rendered.

use std::collections::{BTreeMap, BTreeSet};

use landfall::clouds;
use landfall::clouds::Form;
use landfall::clouds::aws::document::Template;
use landfall::clouds::aws::sam;
use landfall::model::placement::Cloud;
use serde::Deserialize;
use serde_json::Value;

use crate::case::{Case, Outcome};
use crate::python;
use crate::written::written_by;

/// What the judge found in a runbook.
#[derive(Debug, Deserialize)]
struct Judged {
    commands: usize,
    faults: Vec<String>,
    resources: BTreeSet<String>,
    named: BTreeMap<String, BTreeSet<String>>,
}

fn judged(runbooks: &BTreeMap<String, String>) -> Outcome<BTreeMap<String, Judged>> {
    let script = python::root().join("tests/judges/runbook.py");
    Ok(serde_json::from_str(&python::run(&script, &[], &serde_json::to_string(runbooks)?)?)?)
}

#[test]
fn commands_for_google_cloud_and_azure_are_the_clients() -> Outcome<()> {
    for (cloud, fewest) in [(Cloud::Gcp, 60), (Cloud::Azure, 80)] {
        let mut runbooks = BTreeMap::new();
        for case in Case::on(cloud)? {
            let text = clouds::runbook(&case.target, &case.stack()?).map_err(|findings| format!("{findings:#?}"))?;
            runbooks.insert(case.target.to_string(), text);
        }
        let judged = judged(&runbooks)?;
        for (target, Judged { faults, .. }) in &judged {
            assert_eq!(faults, &Vec::<String>::new(), "{target}");
        }
        let commands: usize = judged.values().map(|judged| judged.commands).sum();
        assert!(commands >= fewest, "{cloud}: only {commands} commands were judged");
    }
    Ok(())
}

#[test]
fn a_command_that_its_client_would_not_take_is_found() -> Outcome<()> {
    let wrong = [
        "gcloud sql instances fail-over main",
        "gcloud sql instances failover",
        "gcloud sql instances clone main other --at=12:00",
        "gcloud secrets versions add key",
        "az postgres flexible-server restore --name other --resource-group group",
        "az postgres flexible-server restart --name main --resource-group group --fail-over Forced",
        "az account show --query '[id'",
        "aws rds reboot-db-instance --force-failover",
    ];
    let text = wrong.iter().map(|line| (line.to_string(), format!("```sh\n{line}\n```\n"))).collect();
    for (line, Judged { commands, faults, .. }) in judged(&text)? {
        assert_eq!((commands, faults.len()), (1, 1), "{line}: {faults:?}");
    }
    Ok(())
}

#[test]
fn what_a_prometheus_needs_to_know_is_asked_by_commands_of_the_clients() -> Outcome<()> {
    let files = written_by(&["observe", "entmoot"])?;
    let scripts = files.iter().filter(|(name, _)| name.ends_with("/addresses.sh"));
    let asked = scripts.map(|(name, text)| (name.clone(), format!("```sh\n{text}```\n"))).collect();
    let judged = judged(&asked)?;
    assert_eq!(judged.len(), 5);
    for (name, Judged { faults, .. }) in &judged {
        assert_eq!(faults, &Vec::<String>::new(), "{name}");
    }
    // On AWS a cluster, a service, a cache, and two servers with what CloudFormation called each; four addresses on Google Cloud, one on Azure; where a
    // database follows production's, that one.
    let commands: usize = judged.values().map(|judged| judged.commands).sum();
    assert_eq!(commands, 7 + 7 + 4 + 1 + 2);
    for (target, resources) in ["prod-aws", "staging"]
        .map(|name| (name, &judged[&format!("prometheus/entmoot-{name}/addresses.sh")].resources))
    {
        let cases = Case::on(Cloud::Aws)?;
        let case =
            cases.iter().find(|case| case.target.to_string() == format!("entmoot/{target}")).ok_or("no such target")?;
        let template = sam::expand(&Template::read(case.rendered(Form::Yaml)?.document.as_bytes())?)?;
        assert_eq!(resources.len(), 2, "{resources:?}");
        assert!(resources.iter().all(|id| template.resources.contains_key(id)), "{resources:?}");
        let text = &files[&format!("prometheus/entmoot-{target}/addresses.sh")];
        for output in ["ServicesCluster", "ServiceApiName", "CacheMainHost"] {
            assert!(
                text.contains(&format!("OutputKey=='{output}'")) && template.outputs.contains_key(output),
                "{output}"
            );
        }
    }
    Ok(())
}

#[test]
fn commands_are_the_clients_and_name_what_is_rendered() -> Outcome<()> {
    let cases = Case::on(Cloud::Aws)?;
    let mut runbooks = BTreeMap::new();
    for case in &cases {
        let text = clouds::runbook(&case.target, &case.stack()?).map_err(|findings| format!("{findings:#?}"))?;
        runbooks.insert(case.target.to_string(), text);
    }
    let judged = judged(&runbooks)?;
    assert_eq!(judged.len(), cases.len());
    let mut commands = 0;
    for case in &cases {
        let judged = &judged[&case.target.to_string()];
        assert_eq!(judged.faults, Vec::<String>::new(), "{}", case.target);
        commands += judged.commands;
        let template = sam::expand(&Template::read(case.rendered(Form::Yaml)?.document.as_bytes())?)?;
        for id in &judged.resources {
            assert!(template.resources.contains_key(id), "{}: no resource {id}", case.target);
        }
        let recovered =
            case.stack()?.recovery.map(|recovery| format!("{}-{}", case.target.system, recovery.environment));
        for (kind, names) in &judged.named {
            let property = if kind == "AWS::Lambda::Function" { "FunctionName" } else { "QueueName" };
            let there: BTreeSet<&str> = template
                .resources
                .values()
                .filter(|resource| resource.kind == *kind)
                .filter_map(|resource| resource.properties.get(property).and_then(Value::as_str))
                .collect();
            for name in names {
                // What stands in the recovery region has the names of that environment.
                let elsewhere = recovered.as_ref().is_some_and(|stack| name.starts_with(stack.as_str()));
                assert!(elsewhere || there.contains(name.as_str()), "{}: no {kind} {name}", case.target);
            }
        }
    }
    assert!(commands >= 100, "only {commands} commands were judged");
    Ok(())
}
