//! `SNS`: a topic that calls the function, or fills a queue that the function reads.

use serde_json::{Map, Value, json};

use super::super::Expansion;
use super::super::error::SamError;
use super::super::made::{Made, attribute, object, reference};
use super::super::properties::{Properties, truthy};
use super::super::role::Role;
use super::{Event, mapping};
use crate::clouds::aws::intrinsics::{self, Function};

/// How many messages Lambda takes from the queue at once where nothing is said.
const BATCH: u64 = 10;

pub(super) fn make(event: &mut Event<'_>, role: &mut Role, expansion: &Expansion<'_>) -> Result<Vec<Made>, SamError> {
    let topic = event.given.require("Topic")?;
    let attributes = &event.target.attributes;
    let through = event.given.take_truthy("SqsSubscription");
    let mut subscription = object([("TopicArn", Some(topic.clone()))]);
    event.given.pass(&["FilterPolicy", "FilterPolicyScope", "RedrivePolicy", "Region"], &mut subscription);
    let mut made = Vec::new();
    let (protocol, endpoint) = match through {
        None => {
            let source = ("SourceArn", Some(topic));
            made.push(event.target.permission(&event.id, "sns.amazonaws.com", [source, ("SourceAccount", None)]));
            ("lambda", event.target.arn())
        }
        Some(Value::Bool(_)) => {
            let queue = format!("{}Queue", event.id);
            let fifo = is_fifo(&topic, expansion).then_some(json!(true));
            made.push(attributes.make(queue.clone(), "AWS::SQS::Queue", object([("FifoQueue", fifo)])));
            let (arn, url) = (attribute(&queue, "Arn"), reference(&queue));
            made.extend(read_queue(event, role, &topic, &arn, url, None, None));
            ("sqs", arn)
        }
        Some(Value::Object(given)) => {
            let mut given = Properties::new(event.given.resource(), &event.given.path("SqsSubscription"), given);
            let (arn, url) = (given.require("QueueArn")?, given.require("QueueUrl")?);
            let (policy, batch) = (given.text("QueuePolicyLogicalId")?, given.take_truthy("BatchSize"));
            // SAM takes Enabled here and always writes true.
            given.take("Enabled");
            given.finish()?;
            made.extend(read_queue(event, role, &topic, &arn, url, policy, batch));
            ("sqs", arn)
        }
        Some(_) => return Err(event.given.invalid("SqsSubscription", "it must be true, false or an object")),
    };
    subscription.insert("Protocol".to_owned(), json!(protocol));
    subscription.insert("Endpoint".to_owned(), endpoint);
    made.push(attributes.make(event.id.clone(), "AWS::SNS::Subscription", subscription));
    Ok(made)
}

fn read_queue(
    event: &Event<'_>,
    role: &mut Role,
    topic: &Value,
    arn: &Value,
    url: Value,
    policy: Option<String>,
    batch: Option<Value>,
) -> [Made; 2] {
    let document = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Action": "sqs:SendMessage",
            "Effect": "Allow",
            "Principal": "*",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
        }],
    });
    let policy_id = policy.filter(|id| !id.is_empty()).unwrap_or_else(|| format!("{}QueuePolicy", event.id));
    let policy = object([("PolicyDocument", Some(document)), ("Queues", Some(json!([url])))]);
    let settings: Map<String, Value> =
        object([("BatchSize", Some(batch.unwrap_or_else(|| json!(BATCH)))), ("Enabled", Some(json!(true)))]);
    let id = format!("{}EventSourceMapping", event.id);
    [
        event.target.attributes.make(policy_id, "AWS::SQS::QueuePolicy", policy),
        mapping::attach(event.target, &id, "SQS", arn.clone(), settings, role),
    ]
}

fn is_fifo(topic: &Value, expansion: &Expansion<'_>) -> bool {
    let id = match intrinsics::function(topic) {
        Some(Function::Ref(id)) => Some(id),
        _ => None,
    };
    let topic = id.and_then(|id| expansion.resources.get(id));
    let fifo = topic.and_then(|topic| topic.properties.get("FifoTopic"));
    fifo.is_some_and(|fifo| truthy(&expansion.with_parameters(fifo)))
}
