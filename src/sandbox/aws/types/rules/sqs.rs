//! SQS.

use serde_json::Value;

use super::Asked;
use super::policy_document::{Attached, refusal as document_refusal};

pub(super) fn refusal(asked: &Asked<'_>) -> Option<String> {
    match asked.kind() {
        "AWS::SQS::Queue" => queue(asked),
        "AWS::SQS::QueuePolicy" => {
            let missing = asked.texts("Queues").into_iter().find(|url| asked.find("AWS::SQS::Queue", url).is_none());
            match missing {
                Some(_) => asked.refuse("The specified queue does not exist.", "NotFound"),
                None => document_refusal(asked, asked.value("PolicyDocument")?, Attached::Resource),
            }
        }
        _ => None,
    }
}

/// Source: SQS API Reference, CreateQueue ("FifoQueue", "RedrivePolicy").
fn queue(asked: &Asked<'_>) -> Option<String> {
    let fifo = asked.is_true("FifoQueue");
    if let Some(name) = asked.text("QueueName")
        && fifo != name.ends_with(".fifo")
    {
        return asked.invalid(if fifo {
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length"
        } else {
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        });
    }
    let policy = match asked.value("RedrivePolicy")? {
        Value::String(text) => serde_json::from_str(text).ok()?,
        other => other.clone(),
    };
    let target = policy.get("deadLetterTargetArn")?.as_str()?.to_owned();
    let wrong = |reason: &str| {
        asked.invalid(&format!("Value {policy} for parameter RedrivePolicy is invalid. Reason: {reason}"))
    };
    let own = target.split(':').nth(4) == Some(asked.account()) && target.split(':').nth(3) == Some(asked.region());
    let found = asked
        .others("AWS::SQS::Queue")
        .any(|queue| queue.attributes.get("Arn").and_then(Value::as_str) == Some(target.as_str()));
    if !own || !found {
        return wrong("Dead letter target does not exist.");
    }
    if target.ends_with(".fifo") != fifo {
        return wrong("Dead-letter queue must be same type of queue as the source.");
    }
    None
}
