//! Updates that fail: everything goes back, or waits to.

use serde_json::{Value, json};

use super::{Story, after, queue, template};

fn body(seconds: u32, name: &str, extra: bool) -> Value {
    let mut resources = json!({
        "Kept": queue(json!({"QueueName": "kept", "DelaySeconds": seconds})),
        "Named": queue(json!({"QueueName": name})),
        "Last": after(queue(json!({"QueueName": "last", "DelaySeconds": seconds})), "Kept"),
    });
    if extra {
        resources["Extra"] = after(queue(json!({"QueueName": "extra"})), "Kept");
    }
    template(resources)
}

fn names(story: &Story) -> Vec<String> {
    let found = story.inventory();
    found.iter().filter_map(|line| line.rsplit('/').next()).map(str::to_owned).collect()
}

#[test]
fn everything_is_as_before_values_replacements_and_what_was_added() {
    let mut story = Story::instant();
    story.create("s", &body(1, "one", false));
    let before = (story.physical_id("s", "Kept"), story.physical_id("s", "Named"), names(&story));
    story.fault(json!({"fault": "resource", "resource": "Last", "on": "update", "message": "Broken", "times": 1}));
    story.update("s", &body(2, "two", true));
    assert_eq!(story.status("s"), "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!((story.physical_id("s", "Kept"), story.physical_id("s", "Named"), names(&story)), before);
    assert!(
        story.world.resources.iter().all(|(_, resource)| resource.properties.get("DelaySeconds") != Some(&json!(2)))
    );
    let reason = story.reason("s", "s", "UPDATE_ROLLBACK_IN_PROGRESS").unwrap();
    assert!(reason.contains("The following resource(s) failed to update: [Last]. "), "{reason}");
    // And the same again works, once the reason is gone.
    story.update("s", &body(2, "two", true));
    assert_eq!(story.status("s"), "UPDATE_COMPLETE");
    assert_eq!(names(&story), ["extra", "kept", "last", "two"]);
}

#[test]
fn an_update_told_not_to_roll_back_can_be_mended_or_rolled_back_to_the_last_stable_state() {
    for mended in [true, false] {
        let mut story = Story::instant();
        story.create("s", &body(1, "one", false));
        story.fault(json!({"fault": "resource", "resource": "Last", "on": "update", "times": 1}));
        let text = body(2, "two", true).to_string();
        let parameters = [("StackName", "s"), ("TemplateBody", &text[..]), ("DisableRollback", "true")];
        story.call("UpdateStack", &parameters).unwrap();
        assert_eq!(story.status("s"), "UPDATE_FAILED");
        if mended {
            story.update("s", &body(2, "two", true));
            assert_eq!(story.status("s"), "UPDATE_COMPLETE");
            assert_eq!(names(&story), ["extra", "kept", "last", "two"]);
        } else {
            story.call("RollbackStack", &[("StackName", "s")]).unwrap();
            assert_eq!(story.status("s"), "UPDATE_ROLLBACK_COMPLETE");
            assert_eq!(names(&story), ["kept", "last", "one"]);
        }
    }
}

#[test]
fn a_rollback_that_fails_stops_and_is_continued_once_the_reason_is_gone() {
    let mut story = Story::instant();
    story.create("s", &body(1, "one", false));
    story.fault(json!({"fault": "resource", "resource": "Last", "on": "update", "times": 1}));
    story.fault(json!({"fault": "resource", "resource": "Kept", "on": "rollback", "message": "Stuck", "times": 1}));
    story.update("s", &body(2, "two", true));
    assert_eq!(story.status("s"), "UPDATE_ROLLBACK_FAILED");
    assert_eq!(story.status_reason("s").unwrap(), "The following resource(s) failed to update: [Kept]. ");
    for action in ["UpdateStack", "CreateChangeSet"] {
        let text = body(3, "one", false).to_string();
        let refusal = story.refusal(action, &[("StackName", "s"), ("ChangeSetName", "c"), ("TemplateBody", &text)]);
        assert!(refusal.contains("is in UPDATE_ROLLBACK_FAILED state and can not be updated."), "{refusal}");
    }
    story.call("ContinueUpdateRollback", &[("StackName", "s")]).unwrap();
    assert_eq!(story.status("s"), "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(names(&story), ["kept", "last", "one"]);
    let refusal = story.refusal("ContinueUpdateRollback", &[("StackName", "s")]);
    assert!(refusal.contains("is in UPDATE_ROLLBACK_COMPLETE state"), "{refusal}");
}

#[test]
fn a_skipped_resource_counts_as_restored_though_it_is_not() {
    let mut story = Story::instant();
    story.create("s", &body(1, "one", false));
    story.fault(json!({"fault": "resource", "resource": "Last", "on": "update", "times": 1}));
    story.fault(json!({"fault": "resource", "resource": "Kept", "on": "rollback", "message": "Stuck"}));
    story.update("s", &body(2, "one", false));
    let refusal = story.refusal("ContinueUpdateRollback", &[("StackName", "s"), ("ResourcesToSkip.member.1", "Named")]);
    assert!(refusal.contains("Only resources in UPDATE_FAILED state can be skipped"), "{refusal}");
    story.call("ContinueUpdateRollback", &[("StackName", "s"), ("ResourcesToSkip.member.1", "Kept")]).unwrap();
    assert_eq!(story.status("s"), "UPDATE_ROLLBACK_COMPLETE");
    let kept = story.world.resources.iter().map(|(_, found)| found).find(|found| found.id.ends_with("/kept")).unwrap();
    assert_eq!(kept.properties["DelaySeconds"], 2, "nobody put it back");
}

#[test]
fn a_replacement_that_could_not_be_made_leaves_the_old_resource_in_its_place() {
    let mut story = Story::instant();
    story.create("s", &body(1, "one", false));
    let before = story.physical_id("s", "Named");
    story.fault(json!({"fault": "resource", "resource": "Named", "on": "update", "times": 1}));
    story.update("s", &body(1, "two", false));
    assert_eq!(story.status("s"), "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(story.physical_id("s", "Named"), before);
    assert_eq!(names(&story), ["kept", "last", "one"]);
}
