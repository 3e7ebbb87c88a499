//! Credentials that run out while the cloud is at work.

use serde_json::json;

use crate::ground::{Ground, Told};

#[test]
fn the_cloud_goes_on_and_recover_finishes_with_new_credentials() -> Told {
    let ground = Ground::new()?;
    ground.fault(&json!({"fault": "slow", "resource": "QueueOrders", "seconds": 1.0}))?;
    ground.fault(&json!({
        "fault": "call", "action": "DescribeStackEvents", "after": 2, "times": 1000,
        "code": "ExpiredToken", "status": 403, "message": "The security token included in the request is expired",
    }))?;
    let ran = ground.landfall(&["apply", "shop/dev"])?.exits(5)?;
    ran.says("credentials expired")?.says("the cloud goes on")?.says("recover shop/dev")?;
    ground.no_faults()?;
    ground.landfall(&["recover", "shop/dev"])?.exits(0)?.says("is complete and verified")?;
    ground.is_sound()
}
