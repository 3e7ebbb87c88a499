//! Serverless templates.

use serde_json::json;

use super::{Story, field, template};

fn function(handler: &str) -> serde_json::Value {
    let mut body = template(json!({"Hello": {"Type": "AWS::Serverless::Function", "Properties": {
        "Runtime": "python3.13", "Handler": handler, "InlineCode": "def handler(event, context): pass",
    }}}));
    body["Transform"] = json!("AWS::Serverless-2016-10-31");
    body
}

fn change_set(story: &mut Story, kind: &str, body: &serde_json::Value, capability: &str) -> String {
    let text = body.to_string();
    let parameters = [
        ("StackName", "s"),
        ("ChangeSetName", "c"),
        ("ChangeSetType", kind),
        ("TemplateBody", &text[..]),
        ("Capabilities.member.1", capability),
    ];
    story.call("CreateChangeSet", &parameters).unwrap();
    story.call("DescribeChangeSet", &parameters[..2]).unwrap()
}

#[test]
fn a_serverless_template_is_expanded_and_its_own_reason_tells_that_nothing_changed() {
    let mut story = Story::instant();
    let found = change_set(&mut story, "CREATE", &function("index.handler"), "CAPABILITY_IAM");
    assert_eq!(field(&found, "Status").unwrap(), "CREATE_COMPLETE", "{found}");
    story.call("ExecuteChangeSet", &[("StackName", "s"), ("ChangeSetName", "c")]).unwrap();
    assert_eq!(story.status("s"), "CREATE_COMPLETE");
    assert!(story.physical_id("s", "HelloRole").is_some());
    let processed = story.call("GetTemplate", &[("StackName", "s"), ("TemplateStage", "Processed")]).unwrap();
    assert!(processed.contains("AWS::Lambda::Function") && !processed.contains("Serverless"));
    story.call("DeleteChangeSet", &[("StackName", "s"), ("ChangeSetName", "c")]).unwrap();
    let found = change_set(&mut story, "UPDATE", &function("index.handler"), "CAPABILITY_IAM");
    assert_eq!(field(&found, "StatusReason").unwrap(), "No updates are to be performed.");
}

#[test]
fn what_a_transform_makes_must_be_acknowledged_and_macros_too_where_no_change_set_shows_them() {
    let mut story = Story::instant();
    let found = change_set(&mut story, "CREATE", &function("index.handler"), "CAPABILITY_AUTO_EXPAND");
    assert_eq!(field(&found, "Status").unwrap(), "FAILED");
    assert_eq!(field(&found, "StatusReason").unwrap(), "Requires capabilities : [CAPABILITY_IAM]");
    let text = function("index.handler").to_string();
    let parameters = [("StackName", "t"), ("TemplateBody", &text[..]), ("Capabilities.member.1", "CAPABILITY_IAM")];
    assert_eq!(
        story.refusal("CreateStack", &parameters),
        "InsufficientCapabilitiesException: Requires capabilities : [CAPABILITY_AUTO_EXPAND]"
    );
}

#[test]
fn a_transform_that_fails_fails_the_change_set() {
    let mut story = Story::instant();
    let mut body = function("index.handler");
    body["Resources"]["Hello"]["Properties"]["Tyops"] = json!(1);
    let found = change_set(&mut story, "CREATE", &body, "CAPABILITY_IAM");
    assert_eq!(field(&found, "Status").unwrap(), "FAILED");
    let reason = field(&found, "StatusReason").unwrap();
    assert!(reason.starts_with("Transform AWS::Serverless-2016-10-31 failed with: "), "{reason}");
}
