//! Two runs on one target.

use serde_json::json;

use crate::ground::{Ground, Told, ran, signal, until};

#[test]
fn the_second_run_is_told_who_the_first_is_and_reading_is_never_blocked() -> Told {
    let ground = Ground::new()?;
    ground.fault(&json!({"fault": "slow", "resource": "QueueOrders", "seconds": 4.0}))?;
    let mut first = ground.start(&["apply", "shop/dev"])?;
    until(&mut first, "QueueOrders: Creating")?;
    let ran_second = ground.landfall(&["apply", "shop/dev"])?.exits(4)?;
    ran_second.says("held by ana on")?.says("landfall apply shop/dev")?.says("it runs on this machine")?;
    ground.landfall(&["plan", "shop/dev"])?.exits(0)?;
    ground.landfall(&["unlock", "shop/dev"])?.exits(0)?.says("It runs on this machine")?;
    ground.landfall(&["unlock", "shop/dev", "--break"])?.exits(3)?;
    ran(first)?.exits(0)?;
    ground.is_sound()
}

#[test]
fn of_many_who_apply_at_once_one_deploys_and_the_rest_are_told_so_or_find_nothing_to_do() -> Told {
    let ground = Ground::new()?;
    let racers: Vec<_> = (0..6).map(|_| ground.start(&["apply", "shop/dev"])).collect::<Result<_, _>>()?;
    for racer in racers {
        let ran = ran(racer)?;
        assert!(matches!(ran.code, Some(0 | 4)), "{}", ran.said());
    }
    let deployed = ground.entries()?.iter().filter(|entry| entry["record"]["kind"] == "intent").count();
    assert_eq!(deployed, 1);
    ground.is_sound()
}

#[test]
fn a_run_that_lost_its_lock_while_it_slept_changes_nothing_any_more() -> Told {
    let ground = Ground::new()?;
    ground.fault(&json!({"fault": "slow", "resource": "QueueOrders", "seconds": 3.0}))?;
    let mut sleeper = ground.start(&["apply", "shop/dev"])?;
    until(&mut sleeper, "QueueOrders: Creating")?;
    signal(&sleeper, "STOP")?;
    ground.landfall(&["recover", "shop/dev"])?.exits(4)?;
    ground.landfall(&["recover", "shop/dev", "--take-over"])?.exits(0)?.says("is complete and verified")?;
    let before = ground.entries()?.len();
    signal(&sleeper, "CONT")?;
    ran(sleeper)?.exits(4)?.says("taken over by another run")?;
    assert_eq!(ground.entries()?.len(), before, "the sleeper wrote nothing");
    ground.is_sound()
}
