//! Saved plans: carried out as they were shown, or not at all.

use std::fs;

use serde_json::json;

use crate::ground::{Ground, SHOP, Told};
use crate::scene::on_every_cloud;

#[test]
fn a_saved_plan_is_carried_out_once() -> Told {
    on_every_cloud(|ground| {
        let file = ground.path("plan.json").to_string_lossy().into_owned();
        ground.landfall(&["plan", "shop/dev", "--out", &file])?.exits(0)?;
        ground.landfall(&["apply", &file])?.exits(0)?.says(ground.scene.creation[1])?;
        ground.landfall(&["apply", &file])?.exits(3)?.says("head of the ledger")?.says("ana")?;
        ground.is_sound()
    })
}

#[test]
fn a_plan_whose_world_moved_is_refused_and_what_moved_is_named() -> Told {
    let ground = Ground::new()?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    ground.environment(&SHOP.replace("hidden-for: 30s", "hidden-for: 45s"))?;
    let file = ground.path("plan.json").to_string_lossy().into_owned();
    ground.landfall(&["plan", "shop/dev", "--out", &file])?.exits(0)?;
    ground.environment(&SHOP.replace("hidden-for: 30s", "hidden-for: 50s"))?;
    ground
        .landfall(&["apply", &file])?
        .exits(3)?
        .says("the environment's configuration was")?
        .says("the document was")?;
    ground.environment(&SHOP.replace("us-east-1", "eu-west-1").replace("hidden-for: 30s", "hidden-for: 45s"))?;
    ground.landfall(&["apply", &file])?.exits(3)?.says("the region was us-east-1 and is eu-west-1 now")?;
    assert!(ground.property("AWS::SQS::Queue", "VisibilityTimeout")?.contains(&30.into()));
    ground.is_sound()
}

#[test]
fn a_plan_shows_what_was_changed_by_hand_and_is_refused_where_that_has_moved() -> Told {
    let ground = Ground::new()?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    ground.environment(&SHOP.replace("after: 5", "after: 7"))?;
    let file = ground.path("plan.json").to_string_lossy().into_owned();
    let by_hand = |value: &str| ground.landfall(&["sandbox", "edit", "shop/dev", "QueueOrders", value])?.exits(0);
    by_hand("VisibilityTimeout=99")?;
    let plan = ["plan", "shop/dev", "--out", &file];
    ground.landfall(&plan)?.exits(0)?.says("QueueOrders/VisibilityTimeout: 30 → 99")?;
    by_hand("VisibilityTimeout=77")?;
    ground
        .landfall(&["apply", &file])?
        .exits(3)?
        .says("the drift was sha256:")?
        .says("changed by hand since: QueueOrders/VisibilityTimeout: 30 → 77")?
        .says("no longer so: QueueOrders/VisibilityTimeout: 30 → 99")?;
    by_hand("VisibilityTimeout=99")?;
    ground.landfall(&["apply", &file])?.exits(0)?.says("1 changed")?;
    ground.landfall(&["plan", "shop/dev", "--skip-drift"])?.exits(0)?.says_nothing_of("by hand")?;
    ground.is_sound()
}

#[test]
fn a_plan_is_made_without_the_permission_to_look_for_changes_by_hand_and_says_so() -> Told {
    let ground = Ground::new()?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    let message = "User: x is not authorized to perform: cloudformation:DetectStackDrift";
    let denied = json!({"fault": "call", "action": "DetectStackDrift", "code": "AccessDenied", "status": 403, "message": message});
    ground.fault(&denied)?;
    ground.landfall(&["plan", "shop/dev"])?.exits(0)?.says("what was changed by hand is not known")?;
    Ok(())
}

#[test]
fn a_plan_file_that_was_changed_is_refused_whatever_was_changed_in_it() -> Told {
    let ground = Ground::new()?;
    let file = ground.path("plan.json");
    let name = file.to_string_lossy().into_owned();
    ground.landfall(&["plan", "shop/dev", "--out", &name])?.exits(0)?;
    let whole = fs::read(&file)?;
    let steps = (whole.len() / 40).max(1);
    for place in (0..whole.len()).step_by(steps) {
        let mut changed = whole.clone();
        changed[place] ^= 0x04;
        if changed[place].is_ascii_whitespace() && whole[place].is_ascii_whitespace() {
            continue;
        }
        fs::write(&file, &changed)?;
        let ran = ground.landfall(&["apply", &name])?;
        assert!(matches!(ran.code, Some(3 | 64)), "byte {place}: {}", ran.said());
    }
    assert_eq!(ground.stack()?, None);
    assert_eq!(ground.ask("GET", "faults", &json!(null))?["faults"], json!([]));
    Ok(())
}
