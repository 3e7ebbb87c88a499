//! An update that fails and can't be undone.

use serde_json::json;

use crate::ground::{Ground, SHOP, Told};

fn stuck() -> Result<Ground, Box<dyn std::error::Error>> {
    let ground = Ground::new()?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    // The queue is changed first and can't be changed back, since another resource that waits for it fails.
    ground.fault(
        &json!({"fault": "resource", "resource": "QueueOrders", "on": "update", "times": 1, "message": "Not today"}),
    )?;
    ground.fault(&json!({"fault": "resource", "resource": "QueueOrders", "on": "rollback", "message": "Nor back"}))?;
    ground.environment(&SHOP.replace("hidden-for: 30s", "hidden-for: 45s"))?;
    let ran = ground.landfall(&["apply", "shop/dev"])?.exits(1)?;
    ran.says("UPDATE_ROLLBACK_FAILED")?.says("Not today")?.says("--continue")?.says("Do not delete")?;
    assert_eq!(ground.stack()?.as_deref(), Some("UPDATE_ROLLBACK_FAILED"));
    Ok(ground)
}

#[test]
fn it_is_diagnosed_and_undone_further_when_asked_and_never_deleted() -> Told {
    let ground = stuck()?;
    ground.landfall(&["status"])?.exits(0)?.says("INCONSISTENT")?;
    ground.landfall(&["apply", "shop/dev"])?.exits(3)?.says("recover shop/dev --continue")?;
    ground.landfall(&["recover", "shop/dev"])?.exits(3)?.says("QueueOrders")?.says("--skip QueueOrders")?;
    ground.landfall(&["recover", "shop/dev", "--continue"])?.exits(1)?.says("Nor back")?;
    ground.no_faults()?;
    ground.landfall(&["recover", "shop/dev", "--continue"])?.exits(0)?.says("is undone")?;
    assert_eq!(ground.stack()?.as_deref(), Some("UPDATE_ROLLBACK_COMPLETE"));
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    assert_eq!(ground.stack()?.as_deref(), Some("UPDATE_COMPLETE"));
    ground.is_sound()
}

#[test]
fn only_resources_that_failed_can_be_skipped_and_the_target_counts_as_inconsistent_then() -> Told {
    let ground = stuck()?;
    ground.landfall(&["recover", "shop/dev", "--continue", "--skip", "QueueOrdersDeadLetters"])?.exits(64)?;
    ground.landfall(&["recover", "shop/dev", "--continue", "--skip", "QueueOrders"])?.exits(0)?;
    assert_eq!(ground.stack()?.as_deref(), Some("UPDATE_ROLLBACK_COMPLETE"));
    ground.landfall(&["status"])?.exits(0)?.says("INCONSISTENT")?;
    ground.is_sound()
}
