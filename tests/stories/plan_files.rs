//! Saved plans: carried out as they were shown, or not at all.

use std::fs;

use serde_json::json;

use crate::ground::{Ground, SHOP, Told};

#[test]
fn a_saved_plan_is_carried_out_once() -> Told {
    let ground = Ground::new()?;
    let file = ground.path("plan.json").to_string_lossy().into_owned();
    ground.landfall(&["plan", "shop/dev", "--out", &file])?.exits(0)?;
    ground.landfall(&["apply", &file])?.exits(0)?.says("6 added")?;
    ground.landfall(&["apply", &file])?.exits(3)?.says("head of the ledger")?.says("ana")?;
    ground.is_sound()
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
