//! Wait conditions and their signals.

use serde_json::{Value, json};

use super::{Story, template};

fn body(count: u32) -> Value {
    template(json!({
        "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
        "Wait": {"Type": "AWS::CloudFormation::WaitCondition", "Properties": {
            "Handle": {"Ref": "Handle"}, "Timeout": "120", "Count": count,
        }},
    }))
}

#[test]
fn a_wait_condition_holds_the_stack_and_fails_when_nobody_signals() {
    let mut story = Story::instant();
    story.create("s", &body(1));
    story.wait(119);
    assert_eq!(story.status("s"), "CREATE_IN_PROGRESS");
    story.wait(1);
    assert_eq!(story.status("s"), "ROLLBACK_COMPLETE");
    assert_eq!(
        story.reason("s", "Wait", "CREATE_FAILED").unwrap(),
        "WaitCondition timed out. Received 0 conditions when expecting 1"
    );
}

#[test]
fn enough_signals_end_the_wait_and_a_failure_fails_it() {
    let mut story = Story::instant();
    story.create("s", &body(2));
    let signal = |status: &'static str| {
        [("StackName", "s"), ("LogicalResourceId", "Wait"), ("UniqueId", "1"), ("Status", status)]
    };
    story.call("SignalResource", &signal("SUCCESS")).unwrap();
    assert_eq!(story.status("s"), "CREATE_IN_PROGRESS");
    story.call("SignalResource", &signal("SUCCESS")).unwrap();
    assert_eq!(story.status("s"), "CREATE_COMPLETE");

    let mut story = Story::instant();
    story.create("s", &body(1));
    story.call("SignalResource", &signal("FAILURE")).unwrap();
    assert_eq!(story.status("s"), "ROLLBACK_COMPLETE");
    assert_eq!(story.reason("s", "Wait", "CREATE_FAILED").unwrap(), "WaitCondition received failed message");
}
