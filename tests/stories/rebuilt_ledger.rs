//! A ledger that was lost, in part or wholly, goes on with what is left of it and what the cloud has.

use std::fs;

use crate::ground::{Ground, SHOP, Told};

/// The folder of the target's records.
fn records(ground: &Ground) -> std::path::PathBuf {
    ground.path(".landfall/sandbox/ledger/targets/shop/dev")
}

/// A shop whose releases 1.0.0 and 2.0.0 were deployed.
fn two() -> Result<Ground, Box<dyn std::error::Error>> {
    let ground = Ground::new()?;
    for (release, time) in [("1.0.0", "31s"), ("2.0.0", "32s")] {
        ground.environment(&SHOP.replace("30s", time))?;
        ground.release(release)?;
        ground.landfall(&["apply", "shop/dev", "--release", release])?.exits(0)?;
    }
    Ok(ground)
}

const REBUILD: [&str; 3] = ["ledger", "rebuild", "shop/dev"];

/// That everything goes on: a plan, a deployment, and the way back.
fn goes_on(ground: &Ground, back: &str) -> Told {
    ground.landfall(&["ledger", "verify"])?.exits(0)?.says("proved")?;
    ground.landfall(&["plan", "shop/dev"])?.exits(0)?.says("No changes")?;
    ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
    ground.environment(&SHOP.replace("30s", "33s"))?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("1 changed")?;
    ground.landfall(&["rollback", "shop/dev"])?.exits(0)?.says(back)?;
    ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
    assert!(ground.property("AWS::SQS::Queue", "VisibilityTimeout")?.contains(&32.into()));
    ground.is_sound()
}

#[test]
fn a_sound_ledger_is_not_rebuilt_and_nothing_is_made_of_nothing() -> Told {
    let ground = Ground::new()?;
    ground.landfall(&REBUILD)?.exits(3)?.says("nothing that the ledger of shop/dev could be rebuilt from")?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    ground.landfall(&REBUILD)?.exits(3)?.says("is sound: nothing is rebuilt")?;
    ground.is_sound()
}

#[test]
fn a_ledger_of_which_nothing_is_left_goes_on_with_what_the_cloud_has() -> Told {
    let ground = two()?;
    fs::remove_dir_all(records(&ground))?;
    let rebuilt = ground.landfall(&REBUILD)?.exits(0)?;
    rebuilt.says("nothing of it is left")?.says("no cloud tells of which release")?.says("goes on with entry 3")?;
    let status = ground.landfall(&["status", "shop/dev"])?.exits(0)?;
    status.says("no release deployed")?.says("HELD from promotions: the ledger was rebuilt")?;
    ground
        .landfall(&["history", "shop/dev"])?
        .exits(0)?
        .says("the ledger was rebuilt after entry 0: what happened since")?;
    // The release that serves is named again without a change.
    ground.landfall(&["apply", "shop/dev", "--release", "2.0.0"])?.exits(0)?;
    ground.landfall(&["status", "shop/dev"])?.exits(0)?.says("release 2.0.0 (")?;
    goes_on(&ground, "Back at release 2.0.0")
}

#[test]
fn a_ledger_whose_tail_is_lost_keeps_what_can_be_proved() -> Told {
    let ground = two()?;
    let mut entries: Vec<_> = fs::read_dir(records(&ground).join("entries"))?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::path);
    assert_eq!(entries.len(), 4);
    // The third is altered: the fourth can't be proved from the first any more.
    fs::write(entries[2].path(), b"{}")?;
    ground.landfall(&["apply", "shop/dev"])?.exits(1)?.says("landfall ledger rebuild")?;
    let rebuilt = ground.landfall(&REBUILD)?.exits(0)?;
    rebuilt.says("2 entries can be proved; 2 objects are set aside")?.says("goes on with entry 5")?;
    ground.landfall(&["history", "shop/dev"])?.exits(0)?.says("to deploy release 1.0.0")?;
    assert_eq!(fs::read_dir(records(&ground).join("lost"))?.count(), 1);
    goes_on(&ground, "Back at")
}

#[test]
fn a_head_that_is_gone_or_was_put_back_costs_no_entry() -> Told {
    let ground = Ground::new()?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    let head = records(&ground).join("head.json");
    let earlier = fs::read(&head)?;
    ground.environment(&SHOP.replace("30s", "32s"))?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    for head_now in [None, Some(earlier.as_slice()), Some(b"{".as_slice())] {
        let before = ground.path("before");
        fs::copy(&head, &before)?;
        match head_now {
            Some(bytes) => fs::write(&head, bytes)?,
            None => fs::remove_file(&head)?,
        }
        ground.landfall(&["ledger", "verify"])?.exits(1)?;
        ground.landfall(&REBUILD)?.exits(0)?.says("the cloud has what was deployed last by what is left")?;
        ground.landfall(&["ledger", "verify"])?.exits(0)?;
        ground.landfall(&["hold", "shop/dev", "--lift", "--why", "it is as it was"])?.exits(0)?;
    }
    goes_on(&ground, "Back at")
}
