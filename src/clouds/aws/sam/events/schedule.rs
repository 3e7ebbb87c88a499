//! `ScheduleV2`: a schedule of EventBridge Scheduler, with the role that lets it call the function.

use serde_json::{Map, json};

use super::super::error::SamError;
use super::super::made::{Made, attribute, object, trust};
use super::super::properties::truthy;
use super::super::role::destination_policy;
use super::Event;
use super::rule::DeadLetters;

pub(super) fn make(event: &mut Event<'_>) -> Result<Vec<Made>, SamError> {
    let attributes = &event.target.attributes;
    let mut made = Vec::new();
    let expression = event.given.require("ScheduleExpression")?;
    let (name, omitted) = (event.given.take_truthy("Name"), event.given.take_truthy("OmitName").is_some());
    if omitted && name.is_some() {
        return Err(event.given.invalid("Name", "it can't be given where OmitName is true"));
    }
    let mut schedule = object([
        ("ScheduleExpression", Some(expression)),
        ("State", event.given.take_truthy("State")),
        ("Name", if omitted { None } else { Some(name.unwrap_or_else(|| json!(event.id))) }),
        (
            "FlexibleTimeWindow",
            Some(event.given.take_truthy("FlexibleTimeWindow").unwrap_or_else(|| json!({"Mode": "OFF"}))),
        ),
    ]);
    event.given.pass(
        &["Description", "EndDate", "GroupName", "KmsKeyArn", "ScheduleExpressionTimezone", "StartDate"],
        &mut schedule,
    );
    let letters = match DeadLetters::take(event)? {
        None => None,
        Some(DeadLetters::Given(arn)) => Some(arn),
        Some(DeadLetters::Made(queue)) => {
            let arn = attribute(&queue, "Arn");
            made.push(attributes.make(queue, "AWS::SQS::Queue", Map::new()));
            Some(arn)
        }
    };
    let (own_role, boundary) = (event.given.take("RoleArn"), event.given.take_truthy("PermissionsBoundary"));
    let role = own_role.filter(truthy).unwrap_or_else(|| {
        let id = format!("{}Role", event.id);
        let invoke = destination_policy("Lambda", &event.id, &event.target.arn());
        let send = letters.as_ref().and_then(|arn| destination_policy("SQS", &event.id, arn));
        let policies: Vec<_> = invoke.into_iter().chain(send).collect();
        let role = object([
            ("AssumeRolePolicyDocument", Some(trust("scheduler.amazonaws.com"))),
            ("PermissionsBoundary", boundary),
            ("Policies", Some(json!(policies))),
        ]);
        made.push(attributes.make(id.clone(), "AWS::IAM::Role", role));
        attribute(&id, "Arn")
    });
    let mut target = object([
        ("Arn", Some(event.target.arn())),
        ("RoleArn", Some(role)),
        ("DeadLetterConfig", letters.map(|arn| json!({"Arn": arn}))),
    ]);
    event.given.pass(&["Input", "RetryPolicy"], &mut target);
    schedule.insert("Target".to_owned(), json!(target));
    made.push(attributes.make(event.id.clone(), "AWS::Scheduler::Schedule", schedule));
    Ok(made)
}
