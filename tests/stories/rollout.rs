//! A new version of a function takes a share of the calls first, while alarms are watched.

use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::ground::{Ground, Told, ran};
use crate::rolled_back::{WITH_CODE, seal};

/// The shop whose function's calls are shifted while its alarm is watched.
fn shop() -> String {
    format!(
        "{}    rollout: {{canary: 10%, for: 5m, watch: [alarm.errors]}}
topics:
  trouble: {{subscribers: [{{email: ops@example.com}}]}}
alarms:
  errors:
    description: the worker fails
    metric: {{of: function.worker, name: errors}}
    above: 0
    notify: [topic.trouble]
",
        WITH_CODE
            .trim_end()
            .replace("{description", "\n    description")
            .replace(", artifact", "\n    artifact")
            .replace(", handler", "\n    handler")
            .replace(", memory", "\n    memory")
            .replace(", timeout: 10s}", "\n    timeout: 10s\n")
    )
}

/// The shop with release 1.0.0 deployed and 2.0.0 sealed.
fn ready() -> Result<Ground, Box<dyn std::error::Error>> {
    let ground = Ground::new()?;
    ground.environment(&shop())?;
    seal(&ground, "1.0.0", 1, 1)?;
    ground.landfall(&["apply", "shop/dev", "--release", "1.0.0"])?.exits(0)?;
    seal(&ground, "2.0.0", 1, 1)?;
    Ok(ground)
}

fn serves(ground: &Ground, version: &str) -> Told {
    let found = ground.property("AWS::Lambda::Alias", "FunctionVersion")?;
    let weights = ground.property("AWS::Lambda::Alias", "RoutingConfig")?;
    if found == [json!(version)] && weights == [Value::Null] {
        Ok(())
    } else {
        Err(format!("{found:?} {weights:?}").into())
    }
}

/// The alarm rings as soon as the stack is changed.
fn rings() -> Value {
    json!({"fault": "unwell", "resource": "AlarmErrors", "message": "1 > 0", "after_update": true})
}

#[test]
fn a_new_version_takes_all_calls_once_its_alarms_stayed_quiet_and_a_second_apply_changes_nothing() -> Told {
    let ground = ready()?;
    serves(&ground, "1")?;
    ground.landfall(&["apply", "shop/dev", "--release", "2.0.0"])?.exits(0)?;
    serves(&ground, "2")?;
    ground.landfall(&["apply", "shop/dev", "--release", "2.0.0"])?.exits(0)?.says("No changes")?;
    ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
    ground.is_sound()
}

#[test]
fn while_it_waits_the_new_version_has_its_share_and_an_alarm_that_rings_gives_all_calls_back() -> Told {
    let ground = ready()?;
    ground.fault(&json!({"fault": "slow", "resource": "FunctionWorkerAliaslive", "seconds": 120.0}))?;
    let running = ground.start(&["apply", "shop/dev", "--release", "2.0.0"])?;
    let begun = Instant::now();
    let share = json!({"AdditionalVersionWeights": [{"FunctionVersion": "2", "FunctionWeight": 0.1}]});
    while ground.property("AWS::Lambda::Alias", "RoutingConfig")? != [share.clone()] {
        assert!(begun.elapsed() < Duration::from_secs(100), "the shift never began");
        sleep(Duration::from_millis(50));
    }
    assert_eq!(ground.property("AWS::Lambda::Alias", "FunctionVersion")?, [json!("1")]);
    ground.no_faults()?;
    ground.fault(&json!({"fault": "unwell", "resource": "AlarmErrors", "message": "1 > 0"}))?;
    let ran = ran(running)?.exits(1)?;
    ran.says("first to fail: FunctionWorkerAliaslive")?.says("rang (1 > 0)")?.says("is serving again")?;
    serves(&ground, "1")?;
    assert_eq!(ground.stack()?.as_deref(), Some("UPDATE_ROLLBACK_COMPLETE"));
    ground.is_sound()
}

#[test]
fn a_repair_goes_through_at_once_while_the_alarm_rings() -> Told {
    let ground = ready()?;
    ground.fault(&rings())?;
    ground.landfall(&["apply", "shop/dev", "--release", "2.0.0"])?.exits(1)?.says("rang (1 > 0)")?;
    serves(&ground, "1")?;
    let plan = ground.path("repair.plan").to_string_lossy().into_owned();
    ground.landfall(&["plan", "shop/dev", "--release", "2.0.0", "--at-once", "--out", &plan])?.exits(0)?;
    ground.landfall(&["apply", &plan])?.exits(0)?;
    let found = ground.property("AWS::Lambda::Alias", "FunctionVersion")?;
    assert_ne!(found, [json!("1")]);
    ground.no_faults()?;
    // What follows rolls out again.
    ground.landfall(&["apply", "shop/dev", "--release", "2.0.0"])?.exits(0)?.says("DeploymentGroup")?;
    ground.landfall(&["apply", "shop/dev", "--release", "2.0.0"])?.exits(0)?.says("No changes")?;
    ground.is_sound()
}

#[test]
fn a_rollback_waits_for_no_alarm() -> Told {
    let ground = ready()?;
    ground.landfall(&["apply", "shop/dev", "--release", "2.0.0"])?.exits(0)?;
    ground.fault(&rings())?;
    ground.landfall(&["rollback", "shop/dev"])?.exits(0)?.says("Back at release 1.0.0")?;
    let key = format!("artifacts/{}.zip", landfall::plan::digest::Digest::of(b"1.0.0").hex());
    assert_eq!(ground.property("AWS::Lambda::Function", "Code")?[0]["S3Key"], json!(key));
    ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
    ground.landfall(&["rollback", "shop/dev"])?.exits(0)?.says("already")?;
    ground.is_sound()
}
