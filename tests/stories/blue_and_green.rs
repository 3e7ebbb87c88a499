//! A new version of a service stands beside the old one, which takes over again when an alarm rings.

use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::ground::{Ground, Ran, Told, ran};

const SHOP: &str = include_str!("../environments/valid/public-website.yaml");

/// The website at a version, whose requests are led over while its alarm is watched.
fn website(version: u32) -> String {
    SHOP.replace("    load-balancer:", "    rollout: {blue-green: 10m, watch: [alarm.failing]}\n    load-balancer:")
        .replace("WORKERS: 4", &format!("WORKERS: {version}"))
}

/// The website with its first version deployed and its second written.
fn ready() -> Result<Ground, Box<dyn std::error::Error>> {
    let ground = Ground::new()?;
    ground.environment(&website(1))?;
    apply(&ground, &[])?.exits(0)?;
    ground.environment(&website(2))?;
    Ok(ground)
}

fn apply(ground: &Ground, more: &[&str]) -> Result<Ran, Box<dyn std::error::Error>> {
    ground.landfall(&[&["apply", "shop/dev", "--approve", "widened-access,public-access"][..], more].concat())
}

/// Whether the first group of copies, or the second, gets every request.
fn serves(ground: &Ground, group: usize) -> Told {
    let found = ground.property("AWS::ElasticLoadBalancingV2::ListenerRule", "Actions.0.ForwardConfig.TargetGroups")?;
    let weights: Vec<Value> = found[0].as_array().into_iter().flatten().map(|one| one["Weight"].clone()).collect();
    let wanted = if group == 1 { [json!(100), json!(0)] } else { [json!(0), json!(100)] };
    if weights == wanted { Ok(()) } else { Err(format!("{weights:?}").into()) }
}

/// The alarm rings as soon as the stack is changed.
fn rings() -> Value {
    json!({"fault": "unwell", "resource": "AlarmFailing", "message": "7 > 5", "after_update": true})
}

#[test]
fn each_version_takes_over_with_the_other_group_of_copies_and_that_is_no_drift() -> Told {
    let ground = ready()?;
    serves(&ground, 1)?;
    apply(&ground, &[])?.exits(0)?;
    serves(&ground, 2)?;
    ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
    apply(&ground, &[])?.exits(0)?.says("No changes")?;
    ground.environment(&website(3))?;
    apply(&ground, &[])?.exits(0)?;
    serves(&ground, 1)?;
    ground.is_sound()
}

#[test]
fn an_alarm_that_rings_while_the_old_copies_are_there_gives_them_every_request_back() -> Told {
    let ground = ready()?;
    ground.fault(&json!({"fault": "slow", "resource": "ServiceWeb", "seconds": 120.0}))?;
    let running = ground.start(&["apply", "shop/dev"])?;
    let begun = Instant::now();
    while serves(&ground, 2).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(100), "the new copies never took over");
        sleep(Duration::from_millis(50));
    }
    ground.no_faults()?;
    ground.fault(&json!({"fault": "unwell", "resource": "AlarmFailing", "message": "7 > 5"}))?;
    let ran = ran(running)?.exits(1)?;
    ran.says("first to fail: ServiceWeb (AWS::ECS::Service)")?.says("rang (7 > 5)")?.says("is serving again")?;
    serves(&ground, 1)?;
    assert_eq!(ground.stack()?.as_deref(), Some("UPDATE_ROLLBACK_COMPLETE"));
    ground.no_faults()?;
    ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
    apply(&ground, &[])?.exits(0)?;
    serves(&ground, 2)?;
    ground.is_sound()
}

#[test]
fn a_repair_and_a_rollback_wait_for_no_alarm() -> Told {
    let ground = ready()?;
    ground.fault(&rings())?;
    apply(&ground, &[])?.exits(1)?.says("rang (7 > 5)")?;
    serves(&ground, 1)?;
    apply(&ground, &["--at-once"])?.exits(0)?;
    serves(&ground, 2)?;
    ground.landfall(&["rollback", "shop/dev"])?.exits(0)?;
    serves(&ground, 1)?;
    ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
    ground.is_sound()
}

#[test]
fn what_would_lead_requests_to_copies_that_are_gone_is_refused() -> Told {
    let ground = ready()?;
    apply(&ground, &[])?.exits(0)?;
    ground.environment(&format!("{}tags: {{team: web}}\n", website(2)))?;
    apply(&ground, &[])?.exits(3)?.says("ServiceWebRule")?.says("take `rollout` of service.web out")?;
    ground.environment(&format!("{SHOP}tags: {{team: web}}\n").replace("WORKERS: 4", "WORKERS: 2"))?;
    apply(&ground, &["--approve", "irreversible,data-loss"])?.exits(0)?;
    ground.environment(&format!("{}tags: {{team: web}}\n", website(2)))?;
    apply(&ground, &[])?.exits(0)?;
    serves(&ground, 1)?;
    ground.is_sound()
}
