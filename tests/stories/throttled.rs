//! A cloud that asks to slow down, or fails for a while.

use serde_json::json;

use crate::ground::{Ground, Told};

#[test]
fn throttled_and_failing_calls_are_made_again_and_never_turn_success_into_failure() -> Told {
    let ground = Ground::new()?;
    for action in ["CreateChangeSet", "ExecuteChangeSet", "DescribeChangeSet", "GetTemplate", "DescribeStackEvents"] {
        ground.fault(&json!({"fault": "call", "action": action, "times": 2}))?;
    }
    ground.fault(
        &json!({"fault": "call", "action": "DescribeStacks", "times": 3, "code": "InternalFailure", "status": 500}),
    )?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("6 added")?;
    ground.is_sound()
}
