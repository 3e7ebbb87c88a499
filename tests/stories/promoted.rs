//! One release on its way from dev through staging to prod.

use std::fs;

use serde_json::{Value, json};

use crate::ground::{Ground, THREE, Told, ran, until};
use crate::scene::SCENES;

fn promote<'a>(from: &'a str, to: &'a str) -> [&'a str; 6] {
    ["promote", "shop", "--from", from, "--to", to]
}

fn records(ground: &Ground, target: &str) -> Result<Vec<Value>, Box<dyn std::error::Error>> {
    let shown = ground.landfall(&["history", target, "--format", "json"])?.exits(0)?.json()?;
    let mut entries = shown["entries"].as_array().cloned().ok_or("no entries")?;
    entries.reverse();
    Ok(entries.into_iter().map(|entry| entry["record"].clone()).collect())
}

#[test]
fn the_same_release_goes_from_dev_through_staging_to_prod() -> Told {
    for scene in &SCENES {
        let ground = Ground::in_three_on(scene, "gates: {from: dev}\n", "gates: {from: staging}\n")?;
        goes_through(&ground).map_err(|error| format!("on {}: {error}", scene.cloud))?;
    }
    Ok(())
}

fn goes_through(ground: &Ground) -> Told {
    // Nothing of the working copy is taken.
    ground.file("base", &ground.three().replace("after: 5", "after: 7"))?;
    ground.landfall(&promote("dev", "staging"))?.exits(0)?.says("gets release 1.0.0")?.says("Apply complete")?;
    let there = ground.landfall(&promote("staging", "prod"))?.exits(0)?;
    there.says("queues.orders.hidden-for: 30s → 60s")?.says("gate from      open")?;
    let dev = records(ground, "shop/dev")?[0]["purpose"]["release"].clone();
    for (target, from) in [("shop/staging", "dev"), ("shop/prod", "staging")] {
        let records = records(ground, target)?;
        assert_eq!(records[0]["purpose"]["release"], dev, "{target}");
        assert_eq!(records[0]["purpose"]["origin"], json!({"how": "promoted", "from": from}));
        ground.landfall(&["status", target])?.exits(0)?.says("release 1.0.0 (")?;
        ground.landfall(&["drift", target, "--detailed-exitcode"])?.exits(0)?;
    }
    let entries = records(ground, "shop/prod")?.len();
    ground.landfall(&promote("staging", "prod"))?.exits(0)?.says("No changes")?;
    assert_eq!(records(ground, "shop/prod")?.len(), entries);
    ground.landfall(&["history", "shop/prod"])?.exits(0)?.says("to promote 1.0.0")?.says("from staging")?;
    ground.landfall(&["ledger", "verify"])?.exits(0).map(|_| ())
}

#[test]
fn a_release_goes_from_one_cloud_to_the_next() -> Told {
    let ground = Ground::new()?;
    let [aws, azure, gcp] = &SCENES;
    let shop = THREE.replace(&format!("placement: {}\n", aws.placement), "");
    ground.file("base", &shop)?;
    ground.file("dev", &format!("placement: {}\n", aws.placement))?;
    ground.file("staging", &format!("placement: {}\ngates: {{from: dev}}\n", azure.placement))?;
    ground.file("prod", &format!("placement: {}\ngates: {{from: staging}}\n", gcp.placement))?;
    ground.release("1.0.0")?;
    ground.landfall(&["apply", "shop/dev", "--release", "1.0.0"])?.exits(0)?;
    ground.landfall(&promote("dev", "staging"))?.exits(0)?.says("Microsoft.ServiceBus/namespaces")?;
    ground.landfall(&promote("staging", "prod"))?.exits(0)?.says(gcp.queue)?;
    ground.file("base", &shop.replace("30s", "40s"))?;
    ground.release("1.1.0")?;
    ground.landfall(&["apply", "shop/prod", "--release", "1.1.0"])?.exits(0)?.says("1 changed")?;
    ground.landfall(&["rollback", "shop/prod"])?.exits(0)?;
    assert!(ground.property(gcp.kind, gcp.hidden)?.contains(&json!(30)));
    ground.landfall(&["status"])?.exits(0)?.says("release 1.0.0 (")?.says("HELD")?;
    ground.landfall(&["ledger", "verify"])?.exits(0).map(|_| ())
}

#[test]
fn only_a_release_that_is_good_where_it_comes_from_leaves() -> Told {
    let ground = Ground::in_three("gates: {from: dev}\n", "gates: {from: staging}\n")?;
    ground.landfall(&promote("staging", "prod"))?.exits(3)?.says("nothing is deployed in staging")?;
    ground.landfall(&promote("dev", "prod"))?.exits(3)?.says("prod takes releases from staging")?;
    ground.landfall(&promote("dev", "dev"))?.exits(64)?;
    ground.landfall(&["apply", "shop/staging"])?.exits(0)?;
    ground.landfall(&promote("staging", "prod"))?.exits(3)?.says("runs the files of a working copy")?;
    ground.landfall(&promote("dev", "staging"))?.exits(0)?;
    ground
        .fault(&json!({"fault": "resource", "resource": "QueueOrders", "on": "update", "times": 1, "message": "No"}))?;
    ground.file("base", &THREE.replace("30s", "40s"))?;
    ground.landfall(&["apply", "shop/staging"])?.exits(1)?;
    ground.landfall(&promote("staging", "prod"))?.exits(3)?.says("the last run on staging did not succeed")?;
    assert!(records(&ground, "shop/prod")?.is_empty());
    Ok(())
}

#[test]
fn a_held_environment_takes_no_promotion_until_somebody_has_looked() -> Told {
    let ground = Ground::in_three("", "")?;
    ground.landfall(&["hold", "shop/staging", "--why", "the shop is closed"])?.exits(0)?;
    ground.landfall(&promote("dev", "staging"))?.exits(3)?.says("the shop is closed")?.says("--lift")?;
    ground.landfall(&["apply", "shop/staging"])?.exits(0)?;
    ground.landfall(&["status", "shop/staging"])?.exits(0)?.says("HELD from promotions: the shop is closed")?;
    ground.landfall(&promote("dev", "staging"))?.exits(3)?;
    ground.landfall(&["hold", "shop/staging", "--lift", "--why", "it is open"])?.exits(0)?.says("again")?;
    ground.landfall(&["hold", "shop/staging", "--lift", "--why", "it is open"])?.exits(0)?.says("is not held")?;
    ground.landfall(&promote("dev", "staging"))?.exits(0)?;
    Ok(())
}

#[test]
fn a_release_has_to_be_good_for_long_enough() -> Told {
    let ground = Ground::in_three("gates: {from: dev, soak: 1h}\n", "")?;
    ground.landfall(&promote("dev", "staging"))?.exits(3)?.says("3600 s are asked for")?;
    ground.landfall(&promote("dev", "prod"))?.exits(0)?;
    Ok(())
}

#[test]
fn a_person_who_may_approves_this_very_plan() -> Told {
    let ground = Ground::in_three("gates: {approval: {persons: [ana@example.com]}}\n", "")?;
    let refused = ground.landfall(&promote("dev", "staging"))?.exits(3)?.says("has to be approved")?;
    let digest = refused.err.split("`landfall approve shop/staging ").nth(1).ok_or("no command")?;
    let digest = digest.split_whitespace().next().ok_or("no digest")?.to_owned();
    let other = landfall::plan::digest::Digest::of(b"another").to_string();
    ground.landfall(&["approve", "shop/staging", &other])?.exits(0)?.says("ana@example.com approves")?;
    ground.landfall(&promote("dev", "staging"))?.exits(3)?.says("approved another plan")?;
    ground.landfall(&["approve", "shop/staging", &digest])?.exits(0)?;
    ground.landfall(&promote("dev", "staging"))?.exits(0)?.says("approved by ana@example.com")?;
    let records = records(&ground, "shop/staging")?;
    assert!(records.iter().any(|record| record["kind"] == "approved" && record["plan"] == json!(digest)));
    Ok(())
}

#[test]
fn a_test_that_fails_keeps_the_release_out() -> Told {
    let gate = "gates: {tests: [{run: [tools/smoke, now]}]}\n";
    let ground = Ground::in_three(gate, "")?;
    ground.landfall(&promote("dev", "staging"))?.exits(3)?.says("could not be run")?;
    fs::create_dir_all(ground.path("tools"))?;
    let script = ground.path("tools/smoke");
    let write = |text: &str| -> Told {
        use std::os::unix::fs::PermissionsExt as _;
        fs::write(&script, text)?;
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
        Ok(())
    };
    write("#!/bin/sh\nexit 7\n")?;
    ground.landfall(&promote("dev", "staging"))?.exits(3)?.says("`tools/smoke now` failed")?;
    assert!(records(&ground, "shop/staging")?.is_empty());
    write("#!/bin/sh\n[ \"$GATE_FROM $GATE_TO $1\" = 'shop/dev shop/staging now' ]\n")?;
    ground.landfall(&promote("dev", "staging"))?.exits(0)?.says("`tools/smoke now` passed")?;
    Ok(())
}

#[test]
fn a_dry_run_shows_the_gates_and_the_plan_and_does_nothing() -> Told {
    let ground = Ground::in_three("gates: {from: dev, soak: 1h, approval: {}}\n", "")?;
    let shown = ground.landfall(&[&promote("dev", "staging")[..], &["--dry-run"]].concat())?.exits(3)?;
    shown
        .says("gate soak      CLOSED")?
        .says("gate approval  CLOSED")?
        .says("Plan: ")?
        .says("The plan to approve is sha256:")?;
    assert!(records(&ground, "shop/staging")?.is_empty());
    Ok(())
}

#[test]
fn of_two_promotions_at_once_one_wins_and_the_other_is_told_who() -> Told {
    let ground = Ground::in_three("", "")?;
    ground.fault(&json!({"fault": "slow", "resource": "QueueOrders", "seconds": 4.0}))?;
    let mut first = ground.start(&promote("dev", "staging"))?;
    until(&mut first, "QueueOrders: Creating")?;
    let second = ground.landfall(&promote("dev", "staging"))?.exits(4)?;
    second.says("held by ana on")?.says("promote shop --from dev --to staging")?;
    ran(first)?.exits(0)?;
    assert_eq!(records(&ground, "shop/staging")?.iter().filter(|record| record["kind"] == "intent").count(), 1);
    Ok(())
}

#[test]
fn after_a_rollback_the_environment_is_held() -> Told {
    for scene in &SCENES {
        let ground = Ground::in_three_on(scene, "", "")?;
        held_after_rollback(&ground).map_err(|error| format!("on {}: {error}", scene.cloud))?;
    }
    Ok(())
}

fn held_after_rollback(ground: &Ground) -> Told {
    ground.landfall(&promote("dev", "staging"))?.exits(0)?;
    ground.file("base", &ground.three().replace("30s", "40s"))?;
    ground.release("2.0.0")?;
    ground.landfall(&["apply", "shop/dev", "--release", "2.0.0"])?.exits(0)?;
    ground.landfall(&promote("dev", "staging"))?.exits(0)?;
    ground.landfall(&["rollback", "shop/staging"])?.exits(0)?.says("Back at release 1.0.0")?;
    ground.landfall(&promote("dev", "staging"))?.exits(3)?.says("brought back from release 2.0.0")?;
    ground.landfall(&promote("staging", "prod"))?.exits(3)?.says("staging is held")?;
    ground.landfall(&["hold", "shop/staging", "--lift", "--why", "2.0.0 is repaired"])?.exits(0)?;
    ground.landfall(&promote("staging", "prod"))?.exits(0).map(|_| ())
}
