//! Change sets: computed, shown, executed, empty, obsolete, refused.

use serde_json::json;

use super::{Story, field, fields, queue, template};

fn create(story: &mut Story, name: &str, kind: &str, body: &serde_json::Value) -> Result<String, String> {
    let text = body.to_string();
    let parameters =
        [("StackName", "s"), ("ChangeSetName", name), ("ChangeSetType", kind), ("TemplateBody", &text[..])];
    story.call("CreateChangeSet", &parameters).map_err(|error| error.message)
}

fn describe(story: &mut Story, name: &str) -> String {
    story.call("DescribeChangeSet", &[("StackName", "s"), ("ChangeSetName", name)]).unwrap()
}

#[test]
fn a_change_set_takes_its_time_and_cannot_be_executed_before() {
    let mut story = Story::new();
    create(&mut story, "c", "CREATE", &template(json!({"A": queue(json!({}))}))).unwrap();
    let mut seen = Vec::new();
    for _ in 0..3 {
        let found = describe(&mut story, "c");
        seen.push((field(&found, "Status").unwrap(), field(&found, "ExecutionStatus").unwrap()));
        if seen.len() == 1 {
            let refusal = story.refusal("ExecuteChangeSet", &[("StackName", "s"), ("ChangeSetName", "c")]);
            assert!(refusal.contains("cannot be executed in its current status of [CREATE_PENDING]"), "{refusal}");
        }
        story.wait(4);
    }
    let expected =
        [("CREATE_PENDING", "UNAVAILABLE"), ("CREATE_IN_PROGRESS", "UNAVAILABLE"), ("CREATE_COMPLETE", "AVAILABLE")];
    let expected: Vec<_> = expected.iter().map(|(one, two)| ((*one).to_owned(), (*two).to_owned())).collect();
    assert_eq!(seen, expected);
    assert_eq!(story.status("s"), "REVIEW_IN_PROGRESS");
}

#[test]
fn the_type_must_fit_the_stack() {
    let mut story = Story::instant();
    let body = template(json!({"A": queue(json!({}))}));
    assert_eq!(create(&mut story, "c", "UPDATE", &body), Err("Stack [s] does not exist".to_owned()));
    create(&mut story, "c", "CREATE", &body).unwrap();
    create(&mut story, "d", "CREATE", &body).unwrap();
    assert_eq!(create(&mut story, "e", "UPDATE", &body), Err("Stack [s] does not exist".to_owned()));
    story.call("ExecuteChangeSet", &[("StackName", "s"), ("ChangeSetName", "d")]).unwrap();
    assert_eq!(story.status("s"), "CREATE_COMPLETE");
    assert_eq!(
        create(&mut story, "e", "CREATE", &body),
        Err("Stack [s] already exists and cannot be created again with the changeSet [e].".to_owned())
    );
    let left = story.call("ListChangeSets", &[("StackName", "s")]).unwrap();
    assert_eq!(fields(&left, "ChangeSetName"), ["d"], "executing one deletes the others");
    assert_eq!(field(&left, "ExecutionStatus").unwrap(), "EXECUTE_COMPLETE");
}

#[test]
fn details_say_what_changes_why_and_whether_it_replaces() {
    let mut story = Story::instant();
    let body = |name: &str| {
        json!({
            "Parameters": {"Delay": {"Type": "Number", "Default": if name == "one" { 1 } else { 2 }}},
            "Resources": {
                "A": queue(json!({"QueueName": name})),
                "B": queue(json!({"DelaySeconds": {"Ref": "Delay"}})),
                "C": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Fn::GetAtt": ["A", "Arn"]}}},
            },
        })
    };
    story.create("s", &body("one"));
    create(&mut story, "c", "UPDATE", &body("two")).unwrap();
    let found = describe(&mut story, "c");
    let changes: Vec<&str> = found.split("<ResourceChange>").skip(1).collect();
    let facts = |text: &str| {
        (
            field(text, "LogicalResourceId").unwrap(),
            field(text, "Replacement").unwrap(),
            fields(text, "Evaluation"),
            fields(text, "ChangeSource"),
            field(text, "CausingEntity"),
        )
    };
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        changes.iter().map(|text| facts(text)).collect::<Vec<_>>(),
        [
            ("A".to_owned(), "True".to_owned(), owned(&["Static"]), owned(&["DirectModification"]), None),
            (
                "B".to_owned(),
                "False".to_owned(),
                owned(&["Dynamic", "Static"]),
                owned(&["DirectModification", "ParameterReference"]),
                Some("Delay".to_owned())
            ),
            (
                "C".to_owned(),
                "False".to_owned(),
                owned(&["Dynamic"]),
                owned(&["ResourceAttribute"]),
                Some("A.Arn".to_owned())
            ),
        ]
    );
}

#[test]
fn outputs_alone_are_a_change_without_resources() {
    let mut story = Story::instant();
    let mut body = template(json!({"A": queue(json!({}))}));
    story.create("s", &body);
    body["Outputs"] = json!({"Url": {"Value": {"Ref": "A"}}});
    create(&mut story, "c", "UPDATE", &body).unwrap();
    let found = describe(&mut story, "c");
    assert_eq!(field(&found, "Status").unwrap(), "CREATE_COMPLETE");
    assert!(fields(&found, "ResourceChange").is_empty());
    story.call("ExecuteChangeSet", &[("StackName", "s"), ("ChangeSetName", "c")]).unwrap();
    assert_eq!(story.status("s"), "UPDATE_COMPLETE");
    let stack = story.call("DescribeStacks", &[("StackName", "s")]).unwrap();
    assert!(field(&stack, "OutputValue").unwrap().starts_with("https://sqs."));
}

#[test]
fn another_update_makes_a_change_set_obsolete() {
    let mut story = Story::instant();
    let body = |seconds: u32| template(json!({"A": queue(json!({"DelaySeconds": seconds}))}));
    story.create("s", &body(1));
    create(&mut story, "c", "UPDATE", &body(2)).unwrap();
    story.update("s", &body(3));
    let found = describe(&mut story, "c");
    assert_eq!(field(&found, "ExecutionStatus").unwrap(), "OBSOLETE");
    let refusal = story.refusal("ExecuteChangeSet", &[("StackName", "s"), ("ChangeSetName", "c")]);
    assert!(refusal.starts_with("InvalidChangeSetStatus: "), "{refusal}");
    assert!(refusal.contains("current execution status of [OBSOLETE]"), "{refusal}");
}

#[test]
fn a_change_set_tells_before_what_would_fail() {
    let mut story = Story::instant();
    let body = template(json!({"A": queue(json!({"Fifo": true})), "T": {"Type": "AWS::SNS::Subscription"}}));
    create(&mut story, "c", "CREATE", &body).unwrap();
    let found = describe(&mut story, "c");
    assert_eq!(field(&found, "Status").unwrap(), "FAILED");
    assert_eq!(
        field(&found, "StatusReason").unwrap(),
        "The following hook(s)/validation failed: [AWS::EarlyValidation::PropertyValidation]. To troubleshoot Early Validation errors, use the DescribeEvents API for detailed failure information."
    );
    let id = field(&found, "ChangeSetId").unwrap();
    let events = story.call("DescribeEvents", &[("ChangeSetName", &id)]).unwrap();
    assert_eq!(fields(&events, "EventType").first().unwrap(), "VALIDATION_ERROR");
    assert!(fields(&events, "ValidationPath").contains(&"/Resources/A/Properties/Fifo".to_owned()), "{events}");
    let reasons = fields(&events, "ValidationStatusReason");
    assert!(reasons.contains(&"Required property [Protocol] not found".to_owned()), "{reasons:?}");
}

#[test]
fn deleting_what_is_not_there_is_no_error_but_what_runs_stays() {
    let mut story = Story::new();
    create(&mut story, "c", "CREATE", &template(json!({"A": queue(json!({}))}))).unwrap();
    story.call("DeleteChangeSet", &[("StackName", "s"), ("ChangeSetName", "nothing")]).unwrap();
    story.wait(10);
    story.call("ExecuteChangeSet", &[("StackName", "s"), ("ChangeSetName", "c")]).unwrap();
    let refusal = story.refusal("DeleteChangeSet", &[("StackName", "s"), ("ChangeSetName", "c")]);
    assert!(
        refusal.contains("cannot be deleted in its current execution status of [EXECUTE_IN_PROGRESS]"),
        "{refusal}"
    );
}

#[test]
fn what_to_do_on_failure_is_said_once() {
    let mut story = Story::instant();
    let text = template(json!({"A": queue(json!({}))})).to_string();
    let parameters = [
        ("StackName", "s"),
        ("ChangeSetName", "c"),
        ("ChangeSetType", "CREATE"),
        ("TemplateBody", &text[..]),
        ("OnStackFailure", "DELETE"),
    ];
    story.call("CreateChangeSet", &parameters).unwrap();
    let execute = [("StackName", "s"), ("ChangeSetName", "c"), ("DisableRollback", "true")];
    let refusal = story.refusal("ExecuteChangeSet", &execute);
    assert!(refusal.contains("DisableRollback"), "{refusal}");
    story.fault(json!({"fault": "resource", "resource": "A", "on": "create"}));
    let id = story.id("s");
    story.call("ExecuteChangeSet", &execute[..2]).unwrap();
    assert_eq!(story.status(&id), "DELETE_COMPLETE");
}
