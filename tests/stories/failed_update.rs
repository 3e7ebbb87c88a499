//! An update that fails and is undone.

use serde_json::json;

use crate::ground::{Ground, SHOP, Told};

#[test]
fn what_was_there_before_serves_again_and_the_next_apply_goes_on_from_there() -> Told {
    let ground = Ground::new()?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    ground.fault(
        &json!({"fault": "resource", "resource": "QueueOrders", "on": "update", "times": 1, "message": "Not today"}),
    )?;
    ground.environment(&SHOP.replace("hidden-for: 30s", "hidden-for: 45s"))?;
    let ran = ground.landfall(&["apply", "shop/dev"])?.exits(1)?;
    ran.says("first to fail: QueueOrders")?.says("Not today")?.says("what was there before is serving again")?;
    assert_eq!(ground.stack()?.as_deref(), Some("UPDATE_ROLLBACK_COMPLETE"));
    assert!(ground.property("AWS::SQS::Queue", "VisibilityTimeout")?.contains(&30.into()));
    ground.landfall(&["status"])?.exits(0)?.says("failed and was undone")?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("1 changed")?;
    assert_eq!(ground.stack()?.as_deref(), Some("UPDATE_COMPLETE"));
    ground.is_sound()
}
