//! A template's parameters and their values.

use serde_json::json;

use super::{Story, field, queue, template};

fn body() -> serde_json::Value {
    let mut body =
        template(json!({"A": queue(json!({"DelaySeconds": {"Ref": "Delay"}, "QueueName": {"Ref": "Name"}}))}));
    body["Parameters"] = json!({
        "Delay": {"Type": "Number", "MinValue": 0, "MaxValue": 900},
        "Name": {"Type": "String", "AllowedPattern": "[a-z]+", "Default": "abc"},
        "Stage": {"Type": "String", "AllowedValues": ["dev", "prod"], "Default": "dev"},
        "Secret": {"Type": "String", "NoEcho": true, "Default": "hush"},
    });
    body
}

fn with<'a>(text: &'a str, given: &[(&'a str, &'a str)]) -> Vec<(String, String)> {
    let mut parameters = vec![("StackName".to_owned(), "s".to_owned()), ("TemplateBody".to_owned(), text.to_owned())];
    for (index, (key, value)) in given.iter().enumerate() {
        parameters.push((format!("Parameters.member.{}.ParameterKey", index + 1), (*key).to_owned()));
        parameters.push((format!("Parameters.member.{}.ParameterValue", index + 1), (*value).to_owned()));
    }
    parameters
}

fn create(story: &mut Story, given: &[(&str, &str)]) -> Result<String, String> {
    let text = body().to_string();
    let owned = with(&text, given);
    let parameters: Vec<(&str, &str)> = owned.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    story.call("CreateStack", &parameters).map_err(|error| error.message)
}

#[test]
fn values_are_checked_in_cloudformations_words() {
    let mut story = Story::instant();
    for (given, message) in [
        (&[][..], "Parameters: [Delay] must have values"),
        (&[("Delay", "1"), ("Other", "1")], "Parameters: [Other] do not exist in the template"),
        (&[("Delay", "x")], "Parameter 'Delay' must be a number"),
        (&[("Delay", "901")], "Parameter 'Delay' must be a number not greater than 900"),
        (&[("Delay", "1"), ("Name", "A")], "Parameter 'Name' must match pattern [a-z]+"),
        (&[("Delay", "1"), ("Stage", "test")], "Parameter 'Stage' must be one of AllowedValues: [dev, prod]"),
    ] {
        assert_eq!(create(&mut story, given), Err(message.to_owned()));
    }
    create(&mut story, &[("Delay", "3")]).unwrap();
    assert_eq!(story.actual("AWS::SQS::Queue"), json!({"DelaySeconds": "3", "QueueName": "abc"}));
}

#[test]
fn an_update_may_keep_the_values_before() {
    let mut story = Story::instant();
    create(&mut story, &[("Delay", "3")]).unwrap();
    let parameters = [
        ("StackName", "s"),
        ("UsePreviousTemplate", "true"),
        ("Parameters.member.1.ParameterKey", "Delay"),
        ("Parameters.member.1.UsePreviousValue", "true"),
        ("Parameters.member.2.ParameterKey", "Name"),
        ("Parameters.member.2.ParameterValue", "xyz"),
    ];
    story.call("UpdateStack", &parameters).unwrap();
    assert_eq!(story.status("s"), "UPDATE_COMPLETE");
    assert_eq!(story.actual("AWS::SQS::Queue"), json!({"DelaySeconds": "3", "QueueName": "xyz"}));
}

#[test]
fn what_is_not_to_be_shown_is_not() {
    let mut story = Story::instant();
    create(&mut story, &[("Delay", "3")]).unwrap();
    let found = story.call("DescribeStacks", &[("StackName", "s")]).unwrap();
    assert!(!found.contains("hush") && found.contains("****"));
}

#[test]
fn a_parameter_may_stand_for_one_in_the_store() {
    let mut story = Story::instant();
    let store =
        json!({"P": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Name": "/delay", "Value": "7"}}});
    story.create("store", &template(store));
    let mut reader = template(json!({"A": queue(json!({"DelaySeconds": {"Ref": "Delay"}}))}));
    reader["Parameters"] = json!({"Delay": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/delay"}});
    story.create("reader", &reader);
    assert_eq!(story.actual("AWS::SQS::Queue"), json!({"DelaySeconds": "7"}));
    let found = story.call("DescribeStacks", &[("StackName", "reader")]).unwrap();
    assert_eq!(field(&found, "ResolvedValue").unwrap(), "7");
    reader["Parameters"]["Delay"]["Default"] = json!("/none");
    let text = reader.to_string();
    let refusal = story.refusal("CreateStack", &[("StackName", "none"), ("TemplateBody", &text)]);
    assert!(refusal.contains("Unable to fetch parameters [/none] from parameter store for this account."), "{refusal}");
}
