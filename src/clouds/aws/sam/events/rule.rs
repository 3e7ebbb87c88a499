//! `Schedule`, `EventBridgeRule` and `CloudWatchEvent`: a rule of EventBridge.

use serde_json::{Map, Value, json};

use super::super::error::SamError;
use super::super::made::{Made, attribute, object, reference};
use super::super::properties::{Properties, truthy};
use super::Event;

const PRINCIPAL: &str = "events.amazonaws.com";
/// The most characters that the id of a rule's target may have.
const MOST_TARGET_ID: usize = 64;

/// A rule that fires by the clock.
pub(super) fn schedule(event: &mut Event<'_>) -> Result<Vec<Made>, SamError> {
    let expression = event.given.require("Schedule")?;
    // SAM takes RuleName here and does nothing with it: Name is what names the rule.
    event.given.take("RuleName");
    let (state, name) = (state(&mut event.given)?, event.given.take("Name"));
    let description = event.given.take("Description");
    let mut target = target(event, None);
    let mut made = dead_letters(event, &mut target)?;
    let rule = object([
        ("ScheduleExpression", Some(expression)),
        ("State", state),
        ("Name", name),
        ("Description", description),
        ("Targets", Some(json!([target]))),
    ]);
    made.extend(rule_and_permission(event, rule));
    Ok(made)
}

/// A rule that fires when an event fits a pattern.
pub(super) fn pattern(event: &mut Event<'_>) -> Result<Vec<Made>, SamError> {
    let (bus, pattern) = (event.given.take("EventBusName"), event.given.take("Pattern"));
    let (name, state) = (event.given.take("RuleName"), state(&mut event.given)?);
    let own_target = event.given.object("Target")?.unwrap_or_default();
    let mut own_target = Properties::new(event.given.resource(), &event.given.path("Target"), own_target);
    let target_id = own_target.take("Id");
    own_target.finish()?;
    let mut target = target(event, target_id);
    event.given.pass(&["InputPath", "InputTransformer"], &mut target);
    let mut made = dead_letters(event, &mut target)?;
    let rule = object([
        ("EventBusName", bus),
        ("EventPattern", pattern),
        ("Name", name),
        ("State", state),
        ("Targets", Some(json!([target]))),
    ]);
    made.extend(rule_and_permission(event, rule));
    Ok(made)
}

fn rule_and_permission(event: &Event<'_>, rule: Map<String, Value>) -> [Made; 2] {
    let source = ("SourceArn", Some(attribute(&event.id, "Arn")));
    [
        event.target.attributes.make(event.id.clone(), "AWS::Events::Rule", rule),
        event.target.permission(&event.id, PRINCIPAL, [source, ("SourceAccount", None)]),
    ]
}

fn state(given: &mut Properties) -> Result<Option<Value>, SamError> {
    let (state, enabled) = (given.take_truthy("State"), given.take("Enabled"));
    match (state, enabled) {
        (Some(_), Some(_)) => Err(given.invalid("State", "State and Enabled exclude each other")),
        (state, None) => Ok(state),
        (None, Some(enabled)) => Ok(Some(json!(if truthy(&enabled) { "ENABLED" } else { "DISABLED" }))),
    }
}

fn target(event: &mut Event<'_>, id: Option<Value>) -> Map<String, Value> {
    const SUFFIX: &str = "LambdaTarget";
    let kept: String = event.id.chars().take(MOST_TARGET_ID - SUFFIX.len()).collect();
    let mut target = object([
        ("Arn", Some(event.target.arn())),
        ("Id", Some(id.unwrap_or_else(|| json!(format!("{kept}{SUFFIX}"))))),
    ]);
    event.given.pass(&["Input", "RetryPolicy"], &mut target);
    target
}

/// Where events go that can't be delivered; a queue that the rule may write to is made where none is given.
fn dead_letters(event: &mut Event<'_>, target: &mut Map<String, Value>) -> Result<Vec<Made>, SamError> {
    let Some(letters) = DeadLetters::take(event)? else { return Ok(Vec::new()) };
    let mut made = Vec::new();
    let arn = match letters {
        DeadLetters::Given(arn) => arn,
        DeadLetters::Made(queue) => {
            let arn = attribute(&queue, "Arn");
            let policy = object([
                (
                    "PolicyDocument",
                    Some(json!({
                        "Version": "2012-10-17",
                        "Statement": [{
                            "Action": "sqs:SendMessage",
                            "Effect": "Allow",
                            "Principal": {"Service": PRINCIPAL},
                            "Resource": arn.clone(),
                            "Condition": {"ArnEquals": {"aws:SourceArn": attribute(&event.id, "Arn")}},
                        }],
                    })),
                ),
                ("Queues", Some(json!([reference(&queue)]))),
            ]);
            let attributes = &event.target.attributes;
            made.push(attributes.make(queue, "AWS::SQS::Queue", Map::new()));
            made.push(attributes.make(format!("{}QueuePolicy", event.id), "AWS::SQS::QueuePolicy", policy));
            arn
        }
    };
    target.insert("DeadLetterConfig".to_owned(), json!({"Arn": arn}));
    Ok(made)
}

/// What an event says of events that can't be delivered.
pub(super) enum DeadLetters {
    /// The ARN of a queue.
    Given(Value),
    /// The logical id of a queue to make.
    Made(String),
}

impl DeadLetters {
    pub(super) fn take(event: &mut Event<'_>) -> Result<Option<Self>, SamError> {
        let Some(config) = event.given.object("DeadLetterConfig")? else { return Ok(None) };
        let mut config = Properties::new(event.given.resource(), &event.given.path("DeadLetterConfig"), config);
        let (arn, kind) = (config.take("Arn"), config.take("Type"));
        let queue = config.text("QueueLogicalId")?.filter(|id| !id.is_empty());
        let letters = match (arn, kind) {
            (Some(arn), None) => Self::Given(arn),
            (None, Some(kind)) if kind == "SQS" => Self::Made(queue.unwrap_or_else(|| format!("{}Queue", event.id))),
            (None, Some(_)) => return Err(config.invalid("Type", "it must be SQS")),
            _ => return Err(config.invalid("Arn", "either Arn or Type is required, and not both")),
        };
        config.finish()?;
        Ok(Some(letters))
    }
}
