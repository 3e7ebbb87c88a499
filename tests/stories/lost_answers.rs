//! Answers that get lost on the way: what was asked for happened, and nobody said so.

use serde_json::json;

use crate::ground::{Ground, SHOP, Told};

#[test]
fn a_lost_answer_to_any_call_changes_nothing_about_the_end() -> Told {
    let ground = Ground::new()?;
    let calls = [
        "GetCallerIdentity",
        "DescribeStacks",
        "CreateChangeSet",
        "DescribeChangeSet",
        "ExecuteChangeSet",
        "DescribeStackEvents",
        "GetTemplate",
    ];
    for action in calls {
        ground.fault(&json!({"fault": "lost_answer", "action": action}))?;
    }
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("6 added")?;
    for action in calls {
        ground.fault(&json!({"fault": "lost_answer", "action": action, "after": 1}))?;
    }
    ground.environment(&SHOP.replace("hidden-for: 30s", "hidden-for: 45s"))?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("1 changed")?;
    ground.no_faults()?;
    ground.fault(&json!({"fault": "lost_answer", "action": "DeleteStack"}))?;
    ground.landfall(&["destroy", "shop/dev", "--delete-data"])?.exits(0)?;
    assert_eq!(ground.entries()?.iter().filter(|entry| entry["record"]["kind"] == "intent").count(), 3);
    ground.is_sound()
}

#[test]
fn an_old_answer_about_the_stack_is_not_taken_for_its_end() -> Told {
    let ground = Ground::new()?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    ground.environment(&SHOP.replace("hidden-for: 30s", "hidden-for: 45s"))?;
    ground.fault(&json!({"fault": "stale_reads", "stack": "shop-dev", "times": 6}))?;
    ground.fault(&json!({"fault": "slow", "resource": "QueueOrders", "seconds": 1.0}))?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("1 changed")?;
    assert!(ground.property("AWS::SQS::Queue", "VisibilityTimeout")?.contains(&45.into()));
    ground.is_sound()
}
