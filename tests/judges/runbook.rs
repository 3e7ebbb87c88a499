//! The commands of runbooks, judged by the AWS client's own model of every service, and their names by what is rendered.

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

/// What the judge found in a runbook.
#[derive(Debug, Deserialize)]
struct Judged {
    commands: usize,
    faults: Vec<String>,
    resources: BTreeSet<String>,
    named: BTreeMap<String, BTreeSet<String>>,
}

#[test]
fn commands_are_the_clients_and_name_what_is_rendered() -> Outcome<()> {
    let cases = Case::on(Cloud::Aws)?;
    let mut runbooks = BTreeMap::new();
    for case in &cases {
        let text = clouds::runbook(&case.target, &case.stack()?).map_err(|findings| format!("{findings:#?}"))?;
        runbooks.insert(case.target.to_string(), text);
    }
    let script = python::root().join("tests/judges/runbook.py");
    let answer = python::run(&script, &[], &serde_json::to_string(&runbooks)?)?;
    let judged: BTreeMap<String, Judged> = serde_json::from_str(&answer)?;
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
