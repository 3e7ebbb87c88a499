//! Runs that are killed without warning.

use serde_json::json;

use crate::ground::{Ground, SHOP, Told, until};

#[test]
fn a_killed_apply_is_finished_by_recover() -> Told {
    let ground = Ground::new()?;
    ground.fault(&json!({"fault": "slow", "resource": "QueueOrders", "seconds": 2.0}))?;
    let mut killed = ground.start(&["apply", "shop/dev"])?;
    until(&mut killed, "QueueOrders: Creating")?;
    killed.kill()?;
    killed.wait()?;
    ground.landfall(&["status"])?.exits(0)?.says("INTERRUPTED")?;
    ground.landfall(&["recover", "shop/dev"])?.exits(0)?.says("is complete and verified")?;
    ground.landfall(&["recover", "shop/dev"])?.exits(0)?.says("Nothing to recover")?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("No changes")?;
    ground.is_sound()
}

#[test]
fn the_next_apply_finishes_a_killed_one_first_and_then_does_its_own() -> Told {
    let ground = Ground::new()?;
    ground.fault(&json!({"fault": "slow", "resource": "QueueOrders", "seconds": 2.0}))?;
    let mut killed = ground.start(&["apply", "shop/dev"])?;
    until(&mut killed, "QueueOrders: Creating")?;
    killed.kill()?;
    killed.wait()?;
    ground.no_faults()?;
    ground.environment(&SHOP.replace("hidden-for: 30s", "hidden-for: 45s"))?;
    let ran = ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    ran.says("is complete and verified")?.says("1 changed")?;
    assert!(ground.property("AWS::SQS::Queue", "VisibilityTimeout")?.contains(&45.into()));
    ground.is_sound()
}

#[test]
fn a_run_killed_before_the_cloud_began_is_finished_or_given_up() -> Told {
    for (flag, code, stack) in [(None, 0, Some("CREATE_COMPLETE")), (Some("--undo"), 0, None)] {
        let ground = Ground::new()?;
        // Every answer about the change set comes late, so that the kill falls between the intent and the start.
        ground.fault(&json!({"fault": "delay", "action": "DescribeChangeSet", "milliseconds": 3000, "times": 10}))?;
        let file = ground.path("plan.json").to_string_lossy().into_owned();
        ground.no_faults()?;
        ground.landfall(&["plan", "shop/dev", "--out", &file])?.exits(0)?;
        ground.fault(&json!({"fault": "delay", "action": "ExecuteChangeSet", "milliseconds": 4000, "times": 10}))?;
        let mut killed = ground.start(&["apply", "shop/dev"])?;
        until(&mut killed, "Asking the cloud")?;
        while ground.stack()?.as_deref() != Some("REVIEW_IN_PROGRESS") || ground.entries()?.is_empty() {
            std::thread::yield_now();
        }
        killed.kill()?;
        killed.wait()?;
        ground.no_faults()?;
        let arguments: Vec<&str> = ["recover", "shop/dev"].into_iter().chain(flag).collect();
        let ran = ground.landfall(&arguments)?.exits(code)?;
        // The kill may have come after the request was sent: then it counts as begun, and is followed.
        if ground.stack()?.as_deref() != stack {
            ran.says("is complete and verified")?;
        }
        ground.is_sound()?;
    }
    Ok(())
}

#[test]
fn a_killed_destroy_is_finished_by_recover() -> Told {
    let ground = Ground::new()?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    ground.fault(&json!({"fault": "slow", "resource": "QueueOrders", "seconds": 2.0}))?;
    let mut killed = ground.start(&["destroy", "shop/dev", "--delete-data"])?;
    until(&mut killed, "QueueOrders: Destroying")?;
    killed.kill()?;
    killed.wait()?;
    ground.landfall(&["recover", "shop/dev"])?.exits(0)?.says("the stack is gone")?;
    assert_eq!(ground.stack()?, None);
    ground.is_sound()
}

#[test]
fn the_sandbox_goes_on_where_it_was_when_it_ended_with_the_program() -> Told {
    let mut ground = Ground::new()?;
    ground.fault(&json!({"fault": "slow", "resource": "QueueOrders", "seconds": 1.0}))?;
    ground.sleep();
    let mut killed = ground.start(&["apply", "shop/dev"])?;
    until(&mut killed, "QueueOrders: Creating")?;
    killed.kill()?;
    killed.wait()?;
    ground.landfall(&["recover", "shop/dev"])?.exits(0)?.says("is complete and verified")?;
    ground.wake()?;
    assert_eq!(ground.stack()?.as_deref(), Some("CREATE_COMPLETE"));
    ground.is_sound()
}
