//! Runs that are asked to stop.

use serde_json::json;

use crate::ground::{Ground, Told, ran, signal, until};
use crate::scene::on_every_cloud;

#[test]
fn a_signal_stops_the_run_but_not_the_cloud_and_recover_finishes_it() -> Told {
    on_every_cloud(|ground| stopped_by(ground, "INT"))?;
    on_every_cloud(|ground| stopped_by(ground, "TERM"))
}

fn stopped_by(ground: &Ground, name: &str) -> Told {
    ground.slow(3.0)?;
    let mut stopped = ground.start(&["apply", "shop/dev"])?;
    until(&mut stopped, &format!("{}: Creating", ground.scene.queue))?;
    signal(&stopped, name)?;
    let ran = ran(stopped)?.exits(5)?.says(&format!("SIG{name}"))?.says("the cloud goes on")?;
    ran.says("landfall recover shop/dev")?;
    let last = ground.entries()?.pop().ok_or("no entry")?;
    assert_eq!(last["record"]["kind"], "interrupted");
    ground.landfall(&["unlock", "shop/dev"])?.says("is not locked")?;
    ground.landfall(&["recover", "shop/dev"])?.exits(0)?.says("is complete and verified")?;
    ground.is_sound()
}

#[test]
fn a_run_that_follows_no_longer_than_it_was_told_leaves_the_rest_to_recover() -> Told {
    let ground = Ground::new()?;
    ground.fault(&json!({"fault": "slow", "resource": "QueueOrders", "seconds": 2.0}))?;
    ground.landfall(&["apply", "shop/dev", "--timeout", "1s"])?.exits(5)?.says("not finished within 1 s")?;
    ground.landfall(&["recover", "shop/dev"])?.exits(0)?;
    ground.is_sound()
}

#[test]
fn work_of_somebody_else_is_waited_for_only_when_asked() -> Told {
    let ground = Ground::new()?;
    ground.fault(&json!({"fault": "slow", "resource": "QueueOrders", "seconds": 3.0}))?;
    let mut other = ground.start(&["apply", "shop/dev", "--ledger", &ground.path("theirs").to_string_lossy()])?;
    until(&mut other, "QueueOrders: Creating")?;
    ground.landfall(&["apply", "shop/dev"])?.exits(4)?.says("somebody else is at work")?.says("token")?;
    ground.landfall(&["apply", "shop/dev", "--wait", "5m"])?.exits(0)?.says("No changes")?;
    ran(other)?.exits(0)?;
    Ok(())
}
