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
