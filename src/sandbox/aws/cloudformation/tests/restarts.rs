//! The process dies and another finds the state.

use serde_json::json;

use super::{Story, after, queue, template};

#[test]
fn an_operation_goes_on_while_nobody_serves_it() {
    let body = template(json!({
        "A": queue(json!({})),
        "B": after(json!({"Type": "AWS::SNS::Topic"}), "A"),
        "C": after(queue(json!({})), "B"),
    }));
    let mut watched = Story::new();
    watched.create("s", &body);
    for _ in 0..300 {
        watched.wait(1);
        watched.status("s");
    }
    let mut killed = Story::new();
    killed.create("s", &body);
    killed.wait(70);
    assert_eq!(killed.status("s"), "CREATE_IN_PROGRESS");
    let mut killed = killed.restart();
    killed.wait(230);
    assert_eq!(killed.status("s"), "CREATE_COMPLETE");
    assert_eq!(killed.events("s"), watched.events("s"));
    assert_eq!(killed.inventory(), watched.inventory());
    let times = |story: &Story| {
        let stack = story.world.stacks.iter().next().unwrap().1;
        stack.events.iter().map(|event| event.at).collect::<Vec<_>>()
    };
    assert_eq!(times(&killed), times(&watched));
}

#[test]
fn faults_pace_and_tokens_survive() {
    let mut story = Story::instant();
    story.fault(json!({"fault": "resource", "resource": "A", "on": "update", "times": 1}));
    let text = template(json!({"A": queue(json!({}))})).to_string();
    let parameters = [("StackName", "s"), ("TemplateBody", &text[..]), ("ClientRequestToken", "t")];
    let first = story.call("CreateStack", &parameters).unwrap();
    let mut story = story.restart();
    assert_eq!(story.world.pace, 0.0);
    assert_eq!(story.world.faults.list.len(), 1);
    assert_eq!(story.call("CreateStack", &parameters).unwrap(), first);
}
