//! What was changed by hand: told, accepted, put back.

use serde_json::json;

use crate::ground::{Ground, SHOP, Told};

fn by_hand(ground: &Ground, value: &str) -> Told {
    ground.landfall(&["sandbox", "edit", "shop/dev", "QueueOrders", value])?.exits(0).map(|_| ())
}

#[test]
fn what_was_accepted_is_no_drift_until_it_changes_again() -> Told {
    let ground = Ground::new()?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    by_hand(&ground, "VisibilityTimeout=99")?;
    ground.run(&["drift", "shop/dev", "--accept", "--sandbox"])?.exits(3)?.says("nobody is here to say yes")?;
    ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(2)?;
    ground.landfall(&["drift", "shop/dev", "--accept"])?.exits(0)?.says("recorded as entry 3")?;
    ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?.says("30 → 99, accepted")?;
    ground.landfall(&["plan", "shop/dev"])?.exits(0)?.says_nothing_of("by hand")?;
    ground.landfall(&["history", "shop/dev"])?.exits(0)?.says("accepted one difference")?;
    // Over a deployment it stays accepted.
    ground.environment(&SHOP.replace("after: 5", "after: 7"))?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    by_hand(&ground, "VisibilityTimeout=98")?;
    ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(2)?.says("30 → 98")?;
    by_hand(&ground, "VisibilityTimeout=99")?;
    ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
    ground.landfall(&["ledger", "verify"])?.exits(0)?;
    // With the target, what was accepted about it goes.
    ground.landfall(&["destroy", "shop/dev", "--delete-data"])?.exits(0)?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    by_hand(&ground, "VisibilityTimeout=99")?;
    ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(2)?;
    Ok(())
}

#[test]
fn what_was_changed_or_deleted_by_hand_is_put_back_by_the_cloud() -> Told {
    let ground = Ground::new()?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    by_hand(&ground, "VisibilityTimeout=99")?;
    ground.landfall(&["sandbox", "edit", "shop/dev", "QueueOrdersDeadLetters"])?.exits(0)?;
    // Nothing that the files say differently goes with it.
    ground.environment(&SHOP.replace("after: 5", "after: 7"))?;
    ground.landfall(&["drift", "shop/dev", "--revert"])?.exits(0)?.says("is again as it was deployed")?;
    ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
    assert!(ground.property("AWS::SQS::Queue", "VisibilityTimeout")?.contains(&30.into()));
    ground.landfall(&["drift", "shop/dev", "--revert"])?.exits(0)?.says("no drift")?;
    ground.landfall(&["plan", "shop/dev"])?.exits(0)?.says("maxReceiveCount")?;
    ground.landfall(&["history", "shop/dev"])?.exits(0)?.says("began to put back")?;
    ground.is_sound()
}

#[test]
fn a_revert_that_fails_leaves_what_was_changed_by_hand() -> Told {
    let ground = Ground::new()?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    by_hand(&ground, "VisibilityTimeout=99")?;
    ground.fault(
        &json!({"fault": "resource", "stack": "shop-dev", "resource": "QueueOrders", "on": "update", "times": 1}),
    )?;
    ground.landfall(&["drift", "shop/dev", "--revert"])?.exits(1)?.says("QueueOrders")?;
    assert!(ground.property("AWS::SQS::Queue", "VisibilityTimeout")?.contains(&99.into()));
    ground.no_faults()?;
    ground.landfall(&["drift", "shop/dev", "--revert"])?.exits(0)?;
    ground.is_sound()
}

#[test]
fn drift_is_accepted_and_put_back_for_one_target_that_serves() -> Told {
    let ground = Ground::new()?;
    ground.landfall(&["drift", "--accept"])?.exits(64)?.says("one target")?;
    ground.landfall(&["drift", "shop/dev", "--revert"])?.exits(3)?.says("no stack that serves")?;
    Ok(())
}
