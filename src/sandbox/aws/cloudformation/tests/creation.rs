//! Stacks are created, or fail to be.

use serde_json::json;

use super::{Story, after, queue, template};

#[test]
fn what_the_sandbox_does_not_simulate_is_refused_in_its_own_words() {
    let mut story = Story::instant();
    let nested = json!({"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://example.com/t"}});
    story.create("s", &template(json!({"Inner": nested})));
    assert_eq!(story.status("s"), "ROLLBACK_COMPLETE");
    let told = story.call("DescribeStackEvents", &[("StackName", "s")]).unwrap();
    assert!(told.contains("The sandbox has no nested stacks"), "{told}");
    let mut waiting = queue(json!({}));
    waiting["CreationPolicy"] = json!({"ResourceSignal": {"Count": 1}});
    let body = template(json!({"A": waiting}));
    let refusal = story.call("CreateStack", &[("StackName", "t"), ("TemplateBody", &body.to_string())]).unwrap_err();
    assert!(refusal.message.contains("CreationPolicy"), "{}", refusal.message);
}

#[test]
fn resources_are_created_side_by_side_and_after_what_they_need_while_the_stack_is_in_progress() {
    let mut story = Story::new();
    let topic = json!({"Type": "AWS::SNS::Topic"});
    story.create("s", &template(json!({"A": topic, "B": topic, "C": after(topic.clone(), "A")})));
    assert_eq!(story.status("s"), "CREATE_IN_PROGRESS");
    story.wait(2);
    assert_eq!(story.status("s"), "CREATE_IN_PROGRESS");
    story.wait(2);
    story.status("s");
    assert_eq!(
        story.events("s"),
        [
            "s CREATE_IN_PROGRESS",
            "A CREATE_IN_PROGRESS",
            "A CREATE_IN_PROGRESS",
            "B CREATE_IN_PROGRESS",
            "B CREATE_IN_PROGRESS",
            "A CREATE_COMPLETE",
            "B CREATE_COMPLETE",
            "C CREATE_IN_PROGRESS",
            "C CREATE_IN_PROGRESS",
        ]
    );
    story.wait(60);
    assert_eq!(story.status("s"), "CREATE_COMPLETE");
    assert_eq!(story.events("s").last().unwrap(), "s CREATE_COMPLETE");
}

#[test]
fn the_first_failure_cancels_what_is_under_way_and_deletes_what_was_made() {
    let mut story = Story::new();
    story.fault(json!({"fault": "resource", "resource": "Bad", "on": "create", "message": "Broken"}));
    let topic = json!({"Type": "AWS::SNS::Topic"});
    story.create(
        "s",
        &template(json!({"Slow": queue(json!({})), "Quick": topic, "Bad": after(topic.clone(), "Quick")})),
    );
    story.wait(5);
    assert_eq!(story.status("s"), "ROLLBACK_IN_PROGRESS");
    assert_eq!(
        story.status_reason("s").unwrap(),
        "The following resource(s) failed to create: [Bad, Slow]. Rollback requested by user."
    );
    assert_eq!(story.reason("s", "Slow", "CREATE_FAILED").unwrap(), "Resource creation cancelled");
    assert_eq!(story.reason("s", "Bad", "CREATE_FAILED").unwrap(), "Broken");
    story.wait(600);
    assert_eq!(story.status("s"), "ROLLBACK_COMPLETE");
    assert!(story.inventory().is_empty());
}

#[test]
fn a_creation_told_not_to_roll_back_stays_as_it_is_and_can_be_mended_or_rolled_back() {
    let mut story = Story::instant();
    story.fault(json!({"fault": "resource", "resource": "B", "on": "create", "times": 1}));
    let body = template(json!({"A": queue(json!({})), "B": after(queue(json!({})), "A")}));
    let parameters = [("StackName", "s"), ("TemplateBody", &body.to_string()), ("OnFailure", "DO_NOTHING")];
    story.call("CreateStack", &parameters).unwrap();
    assert_eq!(story.status("s"), "CREATE_FAILED");
    assert_eq!(story.status_reason("s").unwrap(), "The following resource(s) failed to create: [B]. ");
    let kept = story.physical_id("s", "A");
    assert!(kept.is_some());
    story.update("s", &body);
    assert_eq!(story.status("s"), "UPDATE_COMPLETE");
    assert_eq!(story.physical_id("s", "A"), kept);
    assert!(story.physical_id("s", "B").is_some());

    story.fault(json!({"fault": "resource", "resource": "B", "on": "create", "times": 1}));
    let parameters = [("StackName", "t"), ("TemplateBody", &body.to_string()), ("DisableRollback", "true")];
    story.call("CreateStack", &parameters).unwrap();
    assert_eq!(story.status("t"), "CREATE_FAILED");
    story.call("RollbackStack", &[("StackName", "t")]).unwrap();
    assert_eq!(story.status("t"), "ROLLBACK_COMPLETE");
}

#[test]
fn a_creation_told_to_delete_leaves_nothing() {
    let mut story = Story::instant();
    story.fault(json!({"fault": "resource", "resource": "A", "on": "create"}));
    let body = template(json!({"A": queue(json!({}))})).to_string();
    let made =
        story.call("CreateStack", &[("StackName", "s"), ("TemplateBody", &body), ("OnFailure", "DELETE")]).unwrap();
    let id = super::field(&made, "StackId").unwrap();
    assert_eq!(story.status(&id), "DELETE_COMPLETE");
}

#[test]
fn a_creation_that_takes_longer_than_allowed_is_rolled_back() {
    let mut story = Story::new();
    story.fault(json!({"fault": "slow", "resource": "A", "seconds": 900.0}));
    let body = template(json!({"A": queue(json!({}))})).to_string();
    story.call("CreateStack", &[("StackName", "s"), ("TemplateBody", &body), ("TimeoutInMinutes", "5")]).unwrap();
    story.wait(299);
    assert_eq!(story.status("s"), "CREATE_IN_PROGRESS");
    story.wait(2);
    assert_eq!(story.status("s"), "ROLLBACK_IN_PROGRESS");
    assert_eq!(
        story.status_reason("s").unwrap(),
        "Stack creation time exceeded the specified timeout. Rollback requested by user."
    );
}

#[test]
fn a_wrong_property_is_found_before_anything_is_made() {
    let mut story = Story::instant();
    story.create("s", &template(json!({"A": queue(json!({"VisibilityTimout": 1}))})));
    assert_eq!(story.status("s"), "ROLLBACK_COMPLETE");
    let reason = story.reason("s", "s", "ROLLBACK_IN_PROGRESS").unwrap();
    assert!(reason.contains("AWS::EarlyValidation::PropertyValidation"), "{reason}");
    assert!(!story.events("s").iter().any(|event| event.starts_with("A CREATE")));
}

#[test]
fn a_name_that_is_taken_is_refused_even_where_it_is_only_known_late() {
    let mut story = Story::instant();
    story.create("s", &template(json!({"A": queue(json!({"QueueName": "taken"}))})));
    let late = json!({"Fn::Select": [1, {"Fn::Split": ["/", {"Fn::Sub": "${T.TopicName}/taken"}]}]});
    story.create("t", &template(json!({"T": {"Type": "AWS::SNS::Topic"}, "A": queue(json!({"QueueName": late}))})));
    assert_eq!(story.status("t"), "ROLLBACK_COMPLETE");
    let reason = story.reason("t", "A", "CREATE_FAILED").unwrap();
    assert!(reason.contains("Resource of type 'AWS::SQS::Queue' with identifier 'taken' already exists."), "{reason}");
    assert!(reason.contains("HandlerErrorCode: AlreadyExists"), "{reason}");
}

#[test]
fn every_api_has_a_stage_of_the_same_name_and_is_referred_to_by_it() {
    let mut story = Story::instant();
    let api = || json!({"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": "a", "ProtocolType": "HTTP"}});
    let stage = |of: &str| json!({"Type": "AWS::ApiGatewayV2::Stage", "Properties": {"ApiId": {"Ref": of}, "StageName": "$default"}});
    let mut body = template(json!({"A": api(), "B": api(), "AtA": stage("A"), "AtB": stage("B")}));
    body["Outputs"] = json!({"Stage": {"Value": {"Ref": "AtB"}}});
    story.create("s", &body);
    assert_eq!(story.status("s"), "CREATE_COMPLETE");
    let stack = story.call("DescribeStacks", &[("StackName", "s")]).unwrap();
    assert_eq!(super::field(&stack, "OutputValue").as_deref(), Some("$default"));
}

#[test]
fn a_name_belongs_to_one_stack_until_that_is_deleted() {
    let mut story = Story::instant();
    let body = template(json!({"A": queue(json!({}))}));
    story.create("s", &body);
    let parameters = [("StackName", "s"), ("TemplateBody", &body.to_string()[..])];
    assert_eq!(story.refusal("CreateStack", &parameters), "AlreadyExistsException: Stack [s] already exists");
    let first = story.id("s");
    story.call("DeleteStack", &[("StackName", "s")]).unwrap();
    story.create("s", &body);
    assert_ne!(story.id("s"), first);
    assert_eq!(story.status(&first), "DELETE_COMPLETE");
}

#[test]
fn access_management_must_be_acknowledged() {
    let mut story = Story::instant();
    let role = json!({"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r", "AssumeRolePolicyDocument": {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }}});
    let body = template(json!({"R": role})).to_string();
    let refused = |story: &mut Story, capability: &[(&str, &str)]| {
        let mut parameters = vec![("StackName", "s"), ("TemplateBody", &body[..])];
        parameters.extend(capability);
        story.call("CreateStack", &parameters).map_err(|error| format!("{}: {}", error.code, error.message))
    };
    let named = "InsufficientCapabilitiesException: Requires capabilities : [CAPABILITY_NAMED_IAM]".to_owned();
    assert_eq!(refused(&mut story, &[]), Err(named.clone()));
    assert_eq!(refused(&mut story, &[("Capabilities.member.1", "CAPABILITY_IAM")]), Err(named));
    assert!(refused(&mut story, &[("Capabilities.member.1", "CAPABILITY_NAMED_IAM")]).is_ok());
}
