//! A rollback has earlier versions serve again in seconds; the stack follows.

use serde_json::{Value, json};

use crate::ground::{Ground, Told, until};
use crate::images;
use crate::rolled_back::{WITH_CODE, seal};
use crate::scene::on_every_cloud;

/// A shop whose function runs release 2.0.0, which is wrong; 1.0.0 was good.
fn wrong(environment: &str) -> Result<Ground, Box<dyn std::error::Error>> {
    let ground = Ground::new()?;
    ground.environment(environment)?;
    seal(&ground, "1.0.0", 1, 1)?;
    ground.landfall(&["apply", "shop/dev", "--release", "1.0.0"])?.exits(0)?;
    seal(&ground, "2.0.0", 1, 1)?;
    Ok(ground)
}

fn deployed_wrong() -> Result<Ground, Box<dyn std::error::Error>> {
    let ground = wrong(WITH_CODE)?;
    ground.landfall(&["apply", "shop/dev", "--release", "2.0.0"])?.exits(0)?;
    serves(&ground, "2")?;
    Ok(ground)
}

fn serves(ground: &Ground, version: &str) -> Told {
    let found = ground.property("AWS::Lambda::Alias", "FunctionVersion")?;
    if found == [json!(version)] { Ok(()) } else { Err(format!("{found:?}").into()) }
}

fn runs_code_of(ground: &Ground, release: &str) -> Told {
    let key = format!("artifacts/{}.zip", landfall::plan::digest::Digest::of(release.as_bytes()).hex());
    let found = ground.property("AWS::Lambda::Function", "Code")?;
    if found[0]["S3Key"] == json!(key) { Ok(()) } else { Err(format!("{found:?}").into()) }
}

#[test]
fn a_function_is_switched_first_then_the_stack_follows_and_no_drift_stays() -> Told {
    let ground = deployed_wrong()?;
    let outlook = ground.landfall(&["rollback", "shop/dev", "--dry-run"])?.exits(0)?;
    outlook.says("Switched in seconds")?.says("function:shop-dev-worker:1")?;
    let told = ground.landfall(&["rollback", "shop/dev", "--dry-run", "--format", "json"])?.exits(0)?.json()?;
    assert_eq!(told["switches"][0]["id"], "FunctionWorkerAliaslive");
    let back = ground.landfall(&["rollback", "shop/dev"])?.exits(0)?;
    back.says("calls go to arn:aws:lambda:us-east-1:111122223333:function:shop-dev-worker:1 again")?
        .says("Back at release 1.0.0")?;
    // The old code is a version of its own: the stack publishes what it deploys.
    serves(&ground, "3")?;
    runs_code_of(&ground, "1.0.0")?;
    ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
    ground.landfall(&["apply", "shop/dev", "--release", "1.0.0"])?.exits(0)?.says("No changes")?;
    ground.is_sound()
}

#[test]
fn killed_between_the_switch_and_the_stack_the_old_version_serves_and_recover_finishes() -> Told {
    let ground = deployed_wrong()?;
    ground.fault(&json!({"fault": "delay", "action": "CreateChangeSet", "milliseconds": 20000, "times": 1}))?;
    let mut killed = ground.start(&["rollback", "shop/dev"])?;
    until(&mut killed, "calls go to")?;
    killed.kill()?;
    killed.wait()?;
    serves(&ground, "1")?;
    runs_code_of(&ground, "2.0.0")?;
    ground.no_faults()?;
    ground.landfall(&["recover", "shop/dev"])?.exits(0)?;
    runs_code_of(&ground, "1.0.0")?;
    ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
    ground.is_sound()
}

#[test]
fn what_cannot_be_switched_goes_back_with_the_stack() -> Told {
    let ground = deployed_wrong()?;
    ground.fault(&json!({
        "fault": "call", "service": "lambda", "code": "ResourceNotFoundException", "status": 404,
        "message": "Function not found: arn:aws:lambda:us-east-1:111122223333:function:shop-dev-worker:1",
    }))?;
    let back = ground.landfall(&["rollback", "shop/dev"])?.exits(0)?;
    back.says("can't be switched ahead of the stack")?.says("Back at release 1.0.0")?;
    serves(&ground, "3")?;
    runs_code_of(&ground, "1.0.0")?;
    ground.is_sound()
}

#[test]
fn where_a_failed_update_could_not_be_undone_the_old_version_serves_before_anything_else() -> Told {
    let with_queue = format!("{WITH_CODE}queues: {{orders: {{hidden-for: 30s, dead-letters: {{after: 5}}}}}}\n");
    let ground = wrong(&with_queue)?;
    ground.environment(&with_queue.replace("30s", "45s"))?;
    seal(&ground, "3.0.0", 1, 1)?;
    ground.fault(&json!({"fault": "slow", "resource": "QueueOrders", "seconds": 2.0}))?;
    ground.fault(&json!({"fault": "resource", "resource": "QueueOrders", "on": "update", "times": 1}))?;
    ground.fault(&json!({"fault": "resource", "resource": "FunctionWorkerAliaslive", "on": "rollback", "times": 1}))?;
    ground.landfall(&["apply", "shop/dev", "--release", "3.0.0"])?.exits(1)?.says("UPDATE_ROLLBACK_FAILED")?;
    serves(&ground, "2")?;
    let back = ground.landfall(&["rollback", "shop/dev"])?.exits(0)?;
    let said = back.said();
    let (switched, undone) = (said.find("calls go to"), said.find("is undone first"));
    assert!(switched.is_some() && undone.is_some(), "{said}");
    serves(&ground, "1")?;
    ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
    ground.is_sound()
}

#[test]
fn a_rollback_that_the_cloud_undid_leaves_the_old_version_serving() -> Told {
    let ground = deployed_wrong()?;
    ground.fault(&json!({"fault": "resource", "resource": "FunctionWorker", "on": "update", "times": 1}))?;
    ground.landfall(&["rollback", "shop/dev"])?.exits(1)?.says("calls go to")?;
    serves(&ground, "1")?;
    ground.landfall(&["rollback", "shop/dev"])?.exits(0)?.says("Back at release 1.0.0")?;
    runs_code_of(&ground, "1.0.0")?;
    ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
    ground.is_sound()
}

#[test]
fn a_service_is_switched_to_the_task_definition_that_it_ran_which_stays_registered() -> Told {
    let ground = Ground::new()?;
    let website = include_str!("../environments/valid/public-website.yaml");
    let approve = ["--approve", "widened-access,public-access"];
    for (release, level) in [("1.0.0", "info"), ("2.0.0", "debug")] {
        ground.environment(&website.replace("LOG_LEVEL: info", &format!("LOG_LEVEL: {level}")))?;
        ground.release(release)?;
        ground.landfall(&[&["apply", "shop/dev", "--release", release][..], &approve].concat())?.exits(0)?;
    }
    let back = ground.landfall(&[&["rollback", "shop/dev"][..], &approve].concat())?.exits(0)?;
    back.says("ServiceWeb: calls go to arn:aws:ecs:us-east-1:111111111111:task-definition/shop-dev-web:1 again")?;
    let runs = ground.property("AWS::ECS::Service", "TaskDefinition")?;
    assert!(runs[0].as_str().is_some_and(|arn| arn.ends_with("shop-dev-web:3")), "{runs:?}");
    assert_eq!(ground.property("AWS::ECS::TaskDefinition", "Family")?, vec![Value::from("shop-dev-web"); 3]);
    ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
    ground.is_sound()
}

const ALLOWED: [&str; 2] = ["--approve", "widened-access,public-access"];

/// The page, which says at its health path which build answers. Release 1.0.0 was good; 2.0.0 is wrong. Gives the digests of both.
fn page_deployed_wrong(ground: &Ground) -> Result<[String; 2], Box<dyn std::error::Error>> {
    let gates = "gates: {health: {of: service.page, path: /health, build: /build, within: 1s}}";
    ground.environment(&format!("{}{gates}\n", ground.page()))?;
    let mut digests = Vec::new();
    for (release, build) in [("1.0.0", "one"), ("2.0.0", "two")] {
        let bundle = images::bundle(ground, "shop", "page", build)?;
        ground.commit()?;
        ground.landfall(&["release", "create", "shop", "--name", release, "--artifacts", &bundle])?.exits(0)?;
        apply(ground, release)?;
        digests.push(images::digest(&bundle, "shop", "page")?);
    }
    Ok(<[String; 2]>::try_from(digests).map_err(|_| "two builds")?)
}

fn apply(ground: &Ground, release: &str) -> Told {
    ground.landfall(&[&["apply", "shop/dev", "--release", release][..], &ALLOWED].concat())?.exits(0).map(|_| ())
}

/// Fails unless that build answers.
fn answers(ground: &Ground, build: &str) -> Told {
    let found = ground.visit("http://page.example.com/health")?;
    if found["build"] == json!(build) { Ok(()) } else { Err(format!("{found} answers, and not {build}").into()) }
}

#[test]
fn a_service_is_switched_first_then_the_stack_follows_and_no_drift_stays_on_every_cloud() -> Told {
    on_every_cloud(|ground| {
        let [one, two] = page_deployed_wrong(ground)?;
        answers(ground, &two)?;
        let service = ground.scene.page[0];
        let outlook = ground.landfall(&["rollback", "shop/dev", "--dry-run", "--format", "json"])?.exits(0)?.json()?;
        assert_eq!(outlook["switches"][0]["id"], service, "{outlook}");
        let back = ground.landfall(&[&["rollback", "shop/dev"][..], &ALLOWED].concat())?.exits(0)?;
        back.says(&format!("{service}: calls go to "))?.says("Back at release 1.0.0")?;
        answers(ground, &one)?;
        ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
        ground.landfall(&["apply", "shop/dev", "--release", "1.0.0"])?.exits(0)?.says("No changes")?;
        ground.is_sound()
    })
}

#[test]
fn a_service_that_was_switched_answers_as_the_old_build_before_the_stack_follows() -> Told {
    on_every_cloud(|ground| {
        let [one, _] = page_deployed_wrong(ground)?;
        let mut killed = ground.start(&[&["rollback", "shop/dev"][..], &ALLOWED].concat())?;
        until(&mut killed, "calls go to")?;
        killed.kill()?;
        killed.wait()?;
        answers(ground, &one)?;
        ground.landfall(&["recover", "shop/dev"])?.exits(0)?;
        answers(ground, &one)?;
        ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
        ground.is_sound()
    })
}

#[test]
fn a_rollback_killed_at_a_call_that_switches_is_finished_by_recover() -> Told {
    on_every_cloud(|ground| {
        let [one, two] = page_deployed_wrong(ground)?;
        let (_, calls, _) = ground.scene.switch;
        for call in calls {
            ground.killed_at(call, &[&["rollback", "shop/dev"][..], &ALLOWED].concat())?;
            answers(ground, &two)?;
            ground.landfall(&["recover", "shop/dev"])?.exits(0)?;
            answers(ground, &one)?;
            ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
            apply(ground, "2.0.0")?;
        }
        ground.is_sound()
    })
}

#[test]
fn an_answer_to_a_switch_that_gets_lost_changes_nothing_about_the_end() -> Told {
    on_every_cloud(|ground| {
        let [one, _] = page_deployed_wrong(ground)?;
        let (service, calls, _) = ground.scene.switch;
        for call in calls {
            ground.fault(&json!({"fault": "lost_answer", "service": service, "action": call}))?;
        }
        let back = ground.landfall(&[&["rollback", "shop/dev"][..], &ALLOWED].concat())?.exits(0)?;
        back.says("calls go to ")?.says("Back at release 1.0.0")?;
        answers(ground, &one)?;
        ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
        ground.is_sound()
    })
}

#[test]
fn a_service_that_cannot_be_switched_goes_back_with_the_stack_on_every_cloud() -> Told {
    on_every_cloud(|ground| {
        let [one, _] = page_deployed_wrong(ground)?;
        let (service, calls, (status, code)) = ground.scene.switch;
        ground.fault(&json!({
            "fault": "call", "service": service, "action": calls[0], "code": code, "status": status, "message": "It is gone",
        }))?;
        let back = ground.landfall(&[&["rollback", "shop/dev"][..], &ALLOWED].concat())?.exits(0)?;
        back.says("can't be switched ahead of the stack")?.says("Back at release 1.0.0")?;
        answers(ground, &one)?;
        ground.is_sound()
    })
}
