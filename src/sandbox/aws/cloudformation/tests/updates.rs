//! Stacks are updated.

use serde_json::json;

use super::{Story, after, queue, template};

#[test]
fn an_update_passes_through_its_cleanup() {
    let mut story = Story::new();
    story.create("s", &template(json!({"A": queue(json!({})), "Old": {"Type": "AWS::SNS::Topic"}})));
    story.wait(600);
    story.update("s", &template(json!({"A": queue(json!({"DelaySeconds": 1}))})));
    assert_eq!(story.status("s"), "UPDATE_IN_PROGRESS");
    story.wait(6);
    assert_eq!(story.status("s"), "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
    story.wait(60);
    assert_eq!(story.status("s"), "UPDATE_COMPLETE");
    assert_eq!(story.actual("AWS::SQS::Queue"), json!({"DelaySeconds": 1}));
}

#[test]
fn what_refers_to_a_replaced_resource_follows_it() {
    let mut story = Story::instant();
    let body = |name: &str| {
        template(json!({
            "Queue": queue(json!({"QueueName": name})),
            "Topic": {"Type": "AWS::SNS::Topic"},
            "Feed": {"Type": "AWS::SNS::Subscription", "Properties": {
                "TopicArn": {"Ref": "Topic"}, "Protocol": "sqs",
                "Endpoint": {"Fn::GetAtt": ["Queue", "Arn"]},
            }},
            "Level": {"Type": "AWS::SSM::Parameter", "Properties": {
                "Type": "String", "Name": "/url", "Value": {"Ref": "Queue"},
            }},
        }))
    };
    story.create("s", &body("one"));
    let (feed, level) = (story.physical_id("s", "Feed"), story.physical_id("s", "Level"));
    story.update("s", &body("two"));
    assert_eq!(story.status("s"), "UPDATE_COMPLETE");
    assert_ne!(story.physical_id("s", "Feed"), feed, "the endpoint of a subscription can't change");
    assert_eq!(story.physical_id("s", "Level"), level);
    let value = story.actual("AWS::SSM::Parameter")["Value"].clone();
    assert_eq!(value, "https://sqs.eu-west-1.amazonaws.com/000000000000/two");
}

#[test]
fn what_comes_out_as_before_is_left_alone() {
    let mut story = Story::instant();
    let body = |seconds: u32| {
        template(json!({
            "Queue": queue(json!({"QueueName": "q", "DelaySeconds": seconds})),
            "Level": {"Type": "AWS::SSM::Parameter", "Properties": {
                "Type": "String", "Value": {"Fn::GetAtt": ["Queue", "Arn"]},
            }},
        }))
    };
    story.create("s", &body(1));
    let before = story.events("s").len();
    story.update("s", &body(2));
    assert_eq!(story.status("s"), "UPDATE_COMPLETE");
    assert!(!story.events("s")[before..].iter().any(|event| event.starts_with("Level")));
}

#[test]
fn a_resource_with_a_name_of_its_own_cannot_be_replaced() {
    let mut story = Story::instant();
    let body = |fifo: bool| {
        let name =
            if fifo { json!({"QueueName": "q.fifo", "FifoQueue": true}) } else { json!({"QueueName": "q.fifo"}) };
        template(json!({"A": queue(name)}))
    };
    story.create("s", &body(true));
    story.update("s", &body(false));
    assert_eq!(story.status("s"), "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(
        story.reason("s", "A", "UPDATE_FAILED").unwrap(),
        "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename q.fifo and update the stack again."
    );
}

#[test]
fn an_update_repairs_only_what_it_changes() {
    let mut story = Story::instant();
    story.create("s", &template(json!({"A": queue(json!({"DelaySeconds": 1, "VisibilityTimeout": 10}))})));
    let key = story.world.resources.iter().next().unwrap().0.clone();
    let physical = story.world.resources.edit(&key).unwrap();
    physical.properties.insert("Tags".to_owned(), json!([{"Key": "by", "Value": "hand"}]));
    story.update("s", &template(json!({"A": queue(json!({"DelaySeconds": 2, "VisibilityTimeout": 10}))})));
    let found = story.actual("AWS::SQS::Queue");
    assert_eq!(found["DelaySeconds"], 2);
    assert_eq!(found["Tags"], json!([{"Key": "by", "Value": "hand"}]));
}

#[test]
fn what_somebody_deleted_cannot_be_updated() {
    let mut story = Story::instant();
    story.create("s", &template(json!({"A": queue(json!({}))})));
    story.world.resources.clear();
    story.update("s", &template(json!({"A": queue(json!({"DelaySeconds": 1}))})));
    let reason = story.reason("s", "A", "UPDATE_FAILED").unwrap();
    assert!(reason.contains("was not found.") && reason.contains("HandlerErrorCode: NotFound"), "{reason}");
}

#[test]
fn a_stack_in_progress_takes_no_second_update() {
    let mut story = Story::new();
    let body = template(json!({"A": queue(json!({}))}));
    story.create("s", &body);
    let id = story.id("s");
    let parameters = [("StackName", "s"), ("TemplateBody", &body.to_string()[..])];
    assert_eq!(
        story.refusal("UpdateStack", &parameters),
        format!("ValidationError: Stack:{id} is in CREATE_IN_PROGRESS state and can not be updated.")
    );
}

#[test]
fn an_update_can_be_cancelled_while_it_deploys_and_only_then() {
    let mut story = Story::new();
    story.create("s", &template(json!({"A": queue(json!({"DelaySeconds": 1}))})));
    let refusal = story.refusal("CancelUpdateStack", &[("StackName", "s")]);
    assert!(refusal.contains("CancelUpdateStack cannot be called from current stack status"), "{refusal}");
    story.wait(600);
    let other = after(queue(json!({})), "A");
    story.update("s", &template(json!({"A": queue(json!({"DelaySeconds": 2})), "B": other})));
    story.wait(10);
    assert_eq!(story.status("s"), "UPDATE_IN_PROGRESS");
    story.call("CancelUpdateStack", &[("StackName", "s")]).unwrap();
    assert_eq!(story.status("s"), "UPDATE_ROLLBACK_IN_PROGRESS");
    story.wait(600);
    assert_eq!(story.status("s"), "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(story.actual("AWS::SQS::Queue"), json!({"DelaySeconds": 1}));
    assert_eq!(story.reason("s", "B", "CREATE_FAILED").unwrap(), "Resource creation cancelled");
}

#[test]
fn tags_of_the_stack_reach_what_can_be_tagged() {
    let mut story = Story::instant();
    let body = template(json!({"A": queue(json!({}))})).to_string();
    story.create("s", &template(json!({"A": queue(json!({}))})));
    let tagged =
        [("StackName", "s"), ("TemplateBody", &body[..]), ("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "v")];
    story.call("UpdateStack", &tagged).unwrap();
    assert_eq!(story.status("s"), "UPDATE_COMPLETE");
    assert!(story.events("s").contains(&"A UPDATE_COMPLETE".to_owned()));
    assert_eq!(story.refusal("UpdateStack", &tagged), "ValidationError: No updates are to be performed.");
}
