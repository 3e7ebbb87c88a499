//! Two templates compared: what is said, in which form, and with which exit code.

use std::fs;

use serde_json::json;

use crate::ground::{Ground, Ran, Told};

const QUEUE: &str = "Resources: {Queue: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 30}}}";

/// Compares two texts as files of the project.
fn diff(ground: &Ground, old: &str, new: &str, more: &[&str]) -> Result<Ran, Box<dyn std::error::Error>> {
    let paths = ["old.yaml", "new.yaml"].map(|name| ground.path(name));
    fs::write(&paths[0], old)?;
    fs::write(&paths[1], new)?;
    let [old, new] = paths.map(|path| path.to_string_lossy().into_owned());
    ground.run(&[&["diff", old.as_str(), new.as_str()], more].concat())
}

#[test]
fn the_exit_code_tells_differences_only_where_it_is_asked_to() -> Told {
    let ground = Ground::new()?;
    let json = r#"{"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}"#;
    diff(&ground, QUEUE, json, &["--detailed-exitcode"])?
        .exits(0)?
        .says("No changes. Both documents mean the same.")?;
    let other = QUEUE.replace("30", "60");
    diff(&ground, QUEUE, &other, &[])?.exits(0)?.says("~ VisibilityTimeout: 30 → 60")?;
    diff(&ground, QUEUE, &other, &["--detailed-exitcode"])?
        .exits(2)?
        .says("Plan: 0 to add, 1 to change, 0 to destroy.")?;
    Ok(())
}

#[test]
fn the_json_form_is_for_programs_and_the_markdown_form_for_a_pull_request() -> Told {
    let ground = Ground::new()?;
    let gone = "Resources: {Topic: {Type: AWS::SNS::Topic}}";
    let ran = diff(&ground, QUEUE, gone, &["--format", "json"])?.exits(0)?;
    let report = ran.json()?;
    assert_eq!(report["format_version"], 1);
    assert_eq!(report["counts"], json!({"add": 1, "change": 0, "destroy": 1, "forget": 0}));
    assert_eq!(report["approvals_needed"], json!([{"effect": "irreversible", "resource": "Queue"}]));
    diff(&ground, QUEUE, gone, &["--format", "markdown"])?
        .exits(0)?
        .says("\n```diff\n")?
        .says("\n- - Queue (AWS::SQS::Queue)")?;
    ground.run(&["schema", "--of", "plan"])?.exits(0)?.says("approvals_needed")?;
    Ok(())
}

#[test]
fn a_parameter_given_to_both_decides_what_the_defaults_would_have() -> Told {
    let ground = Ground::new()?;
    let with = |size: &str| {
        format!(
            "Parameters: {{Stage: {{Type: String, Default: dev}}}}
Mappings: {{Wait: {{dev: {{s: '{size}'}}, prod: {{s: '10'}}}}}}
Resources: {{Queue: {{Type: AWS::SQS::Queue, Properties: {{VisibilityTimeout: !FindInMap [Wait, !Ref Stage, s]}}}}}}"
        )
    };
    diff(&ground, &with("20"), &with("40"), &[])?.exits(0)?.says("VisibilityTimeout")?;
    diff(&ground, &with("20"), &with("40"), &["--parameter", "Stage=prod"])?.exits(0)?.says("No changes.")?;
    diff(&ground, &with("20"), &with("40"), &["--parameter", "Stage"])?.exits(64)?.says("NAME=VALUE")?;
    Ok(())
}

#[test]
fn a_file_that_is_no_template_is_named_with_the_place() -> Told {
    let ground = Ground::new()?;
    diff(&ground, QUEUE, "Resources: [", &[])?.exits(1)?.says("new.yaml")?.says("line 1")?;
    ground.run(&["diff", "no-such-file", "nor-this"])?.exits(1)?.says("no-such-file")?;
    Ok(())
}

#[test]
fn a_secret_in_a_template_is_in_no_form_of_the_comparison() -> Told {
    let ground = Ground::new()?;
    let with = |secret: &str| {
        format!(
            "Parameters: {{Pass: {{Type: String, NoEcho: true, Default: {secret}-parameter}}}}
Resources:
  Db: {{Type: AWS::RDS::DBInstance, Properties: {{MasterUserPassword: {secret}-property}}}}
  Other: {{Type: AWS::RDS::DBInstance, Properties: {{MasterUserPassword: !Ref Pass}}}}
  Fn: {{Type: AWS::Lambda::Function, Properties: {{Environment: {{Variables: {{API_KEY: {secret}-variable}}}}}}}}
Outputs: {{AdminPassword: {{Value: {secret}-output}}}}"
        )
    };
    for form in ["text", "json", "markdown"] {
        diff(&ground, &with("canary-one"), &with("canary-two"), &["--format", form])?
            .exits(0)?
            .says("MasterUserPassword")?
            .says_nothing_of("canary")?;
    }
    Ok(())
}
