//! Runs that are killed without warning.

use serde_json::json;

use crate::ground::{Ground, Told, until};
use crate::scene::on_every_cloud;

/// Applies, and kills that while the cloud is at work on the queue.
fn killed_half_way(ground: &Ground) -> Told {
    ground.slow(2.0)?;
    let mut killed = ground.start(&["apply", "shop/dev"])?;
    until(&mut killed, &format!("{}: Creating", ground.scene.queue))?;
    killed.kill()?;
    killed.wait()?;
    Ok(())
}

#[test]
fn a_killed_apply_is_finished_by_recover() -> Told {
    on_every_cloud(|ground| {
        killed_half_way(ground)?;
        ground.landfall(&["status"])?.exits(0)?.says("INTERRUPTED")?;
        ground.landfall(&["recover", "shop/dev"])?.exits(0)?.says("is complete and verified")?;
        ground.landfall(&["recover", "shop/dev"])?.exits(0)?.says("Nothing to recover")?;
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("No changes")?;
        ground.is_sound()
    })
}

#[test]
fn the_next_apply_finishes_a_killed_one_first_and_then_does_its_own() -> Told {
    on_every_cloud(|ground| {
        killed_half_way(ground)?;
        ground.no_faults()?;
        ground.hides_longer()?;
        let ran = ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
        ran.says("is complete and verified")?.says("1 changed")?;
        assert!(ground.hidden()?.contains(&ground.scene.values[1].to_owned()));
        ground.is_sound()
    })
}

#[test]
fn a_run_killed_before_the_cloud_began_is_finished_or_given_up() -> Told {
    on_every_cloud(|ground| killed_before(ground, None))?;
    on_every_cloud(|ground| killed_before(ground, Some("--undo")))
}

fn killed_before(ground: &Ground, flag: Option<&str>) -> Told {
    // The request that starts it comes late, so that the kill falls between the intent and the start.
    let late = json!({"fault": "delay", "action": ground.scene.calls[1], "milliseconds": 4000, "times": 10});
    ground.fault(&late)?;
    let mut killed = ground.start(&["apply", "shop/dev"])?;
    until(&mut killed, "Asking the cloud")?;
    while ground.entries()?.is_empty() {
        std::thread::yield_now();
    }
    killed.kill()?;
    killed.wait()?;
    ground.no_faults()?;
    let arguments: Vec<&str> = ["recover", "shop/dev"].into_iter().chain(flag).collect();
    let ran = ground.landfall(&arguments)?.exits(0)?;
    let wanted = if flag.is_none() { Some(ground.scene.states[0]) } else { None };
    // The kill may have come after the request was sent: then it counts as begun, and is followed.
    if ground.stack()?.as_deref() != wanted {
        ran.says("is complete and verified")?;
    }
    ground.is_sound()
}

#[test]
fn a_killed_destroy_is_finished_by_recover() -> Told {
    on_every_cloud(|ground| {
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
        ground.slow(2.0)?;
        let mut killed = ground.start(&["destroy", "shop/dev", "--delete-data"])?;
        until(&mut killed, &format!("{}: Destroying", ground.scene.queue))?;
        killed.kill()?;
        killed.wait()?;
        ground.landfall(&["recover", "shop/dev"])?.exits(0)?.says("the stack is gone")?;
        assert_eq!(ground.stack()?, None);
        ground.is_sound()
    })
}

#[test]
fn the_sandbox_goes_on_where_it_was_when_it_ended_with_the_program() -> Told {
    on_every_cloud(|ground| {
        ground.slow(1.0)?;
        ground.sleep();
        let mut killed = ground.start(&["apply", "shop/dev"])?;
        until(&mut killed, &format!("{}: Creating", ground.scene.queue))?;
        killed.kill()?;
        killed.wait()?;
        ground.landfall(&["recover", "shop/dev"])?.exits(0)?.says("is complete and verified")?;
        ground.wake()?;
        assert_eq!(ground.stack()?.as_deref(), Some(ground.scene.states[0]));
        ground.is_sound()
    })
}
