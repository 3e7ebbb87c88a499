//! What stays when it is not needed any more.

use serde_json::{Value, json};

use super::{Story, after, queue, template};

fn with(policy: &str, attribute: &str, properties: Value) -> Value {
    let mut resource = queue(properties);
    resource[attribute] = json!(policy);
    resource
}

#[test]
fn what_is_retained_outlives_its_stack_and_keeps_its_name() {
    let mut story = Story::instant();
    let body = template(json!({"Data": with("Retain", "DeletionPolicy", json!({"QueueName": "data"}))}));
    story.create("s", &body);
    let id = story.id("s");
    story.call("DeleteStack", &[("StackName", "s")]).unwrap();
    assert_eq!(story.status(&id), "DELETE_COMPLETE");
    assert!(story.events("s").contains(&"Data DELETE_SKIPPED".to_owned()));
    assert_eq!(story.inventory().len(), 1);
    story.create("t", &body);
    let reason = story.reason("t", "t", "ROLLBACK_IN_PROGRESS").unwrap();
    assert!(reason.contains("AWS::EarlyValidation::ResourceExistenceCheck"), "{reason}");
}

#[test]
fn a_failed_creation_deletes_what_is_retained_except_on_create_and_keeps_what_is_retained() {
    for (policy, left) in [("Retain", 1), ("RetainExceptOnCreate", 0)] {
        let mut story = Story::instant();
        story.fault(json!({"fault": "resource", "resource": "Bad", "on": "create"}));
        let good = with(policy, "DeletionPolicy", json!({}));
        story.create("s", &template(json!({"Good": good, "Bad": after(queue(json!({})), "Good")})));
        assert_eq!(story.status("s"), "ROLLBACK_COMPLETE");
        assert_eq!(story.inventory().len(), left, "{policy}");
    }
}

#[test]
fn what_is_replaced_goes_in_the_cleanup_unless_its_policy_keeps_it() {
    for (policy, left) in [("Delete", 1), ("Retain", 2)] {
        let mut story = Story::instant();
        let body = |name: &str| template(json!({"A": with(policy, "UpdateReplacePolicy", json!({"QueueName": name}))}));
        story.create("s", &body("one"));
        story.update("s", &body("two"));
        assert_eq!(story.status("s"), "UPDATE_COMPLETE");
        assert_eq!(story.inventory().len(), left, "{policy}");
        let kept = policy == "Retain";
        assert_eq!(story.events("s").contains(&"A DELETE_SKIPPED".to_owned()), kept);
    }
}

#[test]
fn what_leaves_the_template_goes_in_the_cleanup_and_a_failure_there_does_not_fail_the_update() {
    let mut story = Story::instant();
    story.fault(json!({"fault": "resource", "resource": "B", "on": "delete"}));
    story.create("s", &template(json!({"A": queue(json!({})), "B": queue(json!({}))})));
    story.update("s", &template(json!({"A": queue(json!({}))})));
    assert_eq!(story.status("s"), "UPDATE_COMPLETE");
    assert!(story.events("s").contains(&"B DELETE_FAILED".to_owned()));
    assert!(story.physical_id("s", "B").is_none());
    assert_eq!(story.inventory().len(), 2, "it stays in the cloud, outside every stack");
}
