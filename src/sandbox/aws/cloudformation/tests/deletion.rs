//! Stacks are deleted, or refuse to be.

use serde_json::json;

use super::{Story, after, queue, template};

#[test]
fn what_needs_another_goes_before_it() {
    let mut story = Story::instant();
    story.create("s", &template(json!({"A": queue(json!({})), "B": after(queue(json!({})), "A")})));
    let id = story.id("s");
    story.call("DeleteStack", &[("StackName", "s")]).unwrap();
    assert_eq!(story.status(&id), "DELETE_COMPLETE");
    let events = story.events("s");
    let position = |event: &str| events.iter().position(|found| found == event).unwrap();
    assert!(position("B DELETE_COMPLETE") < position("A DELETE_IN_PROGRESS"));
    assert!(story.inventory().is_empty());
}

#[test]
fn a_deletion_that_fails_can_be_repeated_retaining_what_stays_or_forced() {
    for retry in [("RetainResources.member.1", "A"), ("DeletionMode", "FORCE_DELETE_STACK")] {
        let mut story = Story::instant();
        story.fault(json!({"fault": "resource", "resource": "A", "on": "delete", "message": "In use"}));
        story.create("s", &template(json!({"A": queue(json!({})), "B": queue(json!({}))})));
        let id = story.id("s");
        let refusal = story.refusal("DeleteStack", &[("StackName", "s"), retry]);
        assert!(refusal.contains("only when the stack is in the DELETE_FAILED state"), "{refusal}");
        story.call("DeleteStack", &[("StackName", "s")]).unwrap();
        assert_eq!(story.status("s"), "DELETE_FAILED");
        assert_eq!(story.status_reason("s").unwrap(), "The following resource(s) failed to delete: [A]. ");
        let refusal = story.refusal("DeleteStack", &[("StackName", "s"), ("RetainResources.member.1", "B")]);
        assert!(refusal.contains("Do not specify resources that are in the DELETE_COMPLETE state."), "{refusal}");
        story.call("DeleteStack", &[("StackName", "s"), retry]).unwrap();
        assert_eq!(story.status(&id), "DELETE_COMPLETE");
        assert_eq!(story.inventory().len(), 1, "what was left alone is still in the cloud");
    }
}

#[test]
fn a_resource_behind_one_that_stays_is_not_touched() {
    let mut story = Story::instant();
    story.fault(json!({"fault": "resource", "resource": "B", "on": "delete"}));
    story.create("s", &template(json!({"A": queue(json!({})), "B": after(queue(json!({})), "A")})));
    story.call("DeleteStack", &[("StackName", "s")]).unwrap();
    assert_eq!(story.status("s"), "DELETE_FAILED");
    assert!(!story.events("s").iter().any(|event| event.starts_with("A DELETE")));
}

#[test]
fn what_somebody_deleted_already_counts_as_deleted() {
    let mut story = Story::instant();
    story.create("s", &template(json!({"A": queue(json!({}))})));
    story.world.resources.clear();
    let id = story.id("s");
    story.call("DeleteStack", &[("StackName", "s")]).unwrap();
    assert_eq!(story.status(&id), "DELETE_COMPLETE");
}

#[test]
fn a_stack_that_is_being_changed_is_not_deleted_but_one_being_created_is() {
    let mut story = Story::new();
    let body = template(json!({"A": queue(json!({}))}));
    story.create("s", &body);
    story.wait(600);
    story.update("s", &template(json!({"A": queue(json!({"DelaySeconds": 1}))})));
    let refusal = story.refusal("DeleteStack", &[("StackName", "s")]);
    assert!(refusal.contains("cannot be deleted while in status UPDATE_IN_PROGRESS"), "{refusal}");
    story.create("t", &body);
    story.wait(1);
    let id = story.id("t");
    story.call("DeleteStack", &[("StackName", "t")]).unwrap();
    story.wait(600);
    assert_eq!(story.status(&id), "DELETE_COMPLETE");
}
