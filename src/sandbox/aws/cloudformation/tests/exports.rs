//! Values that stacks give each other.

use serde_json::{Value, json};

use super::{Story, fields, queue, template};

fn giving(name: &str, value: Value) -> Value {
    let mut body = template(json!({"A": queue(json!({}))}));
    body["Outputs"] = json!({"O": {"Value": value, "Export": {"Name": name}}});
    body
}

fn taking(name: &str) -> Value {
    template(json!({"P": {"Type": "AWS::SSM::Parameter", "Properties": {
        "Type": "String", "Value": {"Fn::ImportValue": name},
    }}}))
}

#[test]
fn an_export_belongs_to_one_stack() {
    let mut story = Story::instant();
    story.create("one", &giving("x", json!("1")));
    story.create("two", &giving("x", json!("2")));
    assert_eq!(story.status("two"), "ROLLBACK_COMPLETE");
    assert_eq!(
        story.reason("two", "two", "ROLLBACK_IN_PROGRESS").unwrap(),
        "Export with name x is already exported by stack one. Rollback requested by user."
    );
}

#[test]
fn an_import_of_nothing_fails() {
    let mut story = Story::instant();
    let text = taking("nothing").to_string();
    let refusal = story.refusal("CreateStack", &[("StackName", "s"), ("TemplateBody", &text)]);
    assert!(refusal.contains("No export named nothing found."), "{refusal}");
}

#[test]
fn an_export_in_use_can_neither_go_nor_change() {
    let mut story = Story::instant();
    story.create("giver", &giving("x", json!("1")));
    story.create("taker", &taking("x"));
    assert_eq!(story.actual("AWS::SSM::Parameter")["Value"], "1");
    let imports = story.call("ListImports", &[("ExportName", "x")]).unwrap();
    assert_eq!(fields(&imports, "member"), ["taker"]);

    story.update("giver", &giving("x", json!("2")));
    assert_eq!(story.status("giver"), "UPDATE_ROLLBACK_COMPLETE");
    let reason = story.reason("giver", "giver", "UPDATE_ROLLBACK_IN_PROGRESS").unwrap();
    assert!(reason.contains("Export x cannot be updated as it is in use by taker"), "{reason}");

    story.update("giver", &giving("y", json!("1")));
    let reason = story.reason("giver", "giver", "UPDATE_ROLLBACK_IN_PROGRESS").unwrap();
    assert!(reason.contains("Export x cannot be deleted as it is in use by taker"), "{reason}");

    story.call("DeleteStack", &[("StackName", "giver")]).unwrap();
    assert_eq!(story.status("giver"), "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(
        story.status_reason("giver").unwrap(),
        "Delete canceled. Cannot delete export x as it is in use by taker."
    );
    story.call("DeleteStack", &[("StackName", "taker")]).unwrap();
    let id = story.id("giver");
    story.call("DeleteStack", &[("StackName", "giver")]).unwrap();
    assert_eq!(story.status(&id), "DELETE_COMPLETE");
}
