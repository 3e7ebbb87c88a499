//! SNS.

use serde_json::Value;

use super::Asked;
use super::policy_document::{Attached, refusal as document_refusal};

pub(super) fn refusal(asked: &Asked<'_>) -> Option<String> {
    match asked.kind() {
        "AWS::SNS::Subscription" => subscription(asked),
        "AWS::SNS::TopicPolicy" => {
            if asked.texts("Topics").iter().any(|arn| is_missing(asked, arn)) {
                return asked.refuse("Topic does not exist", "NotFound");
            }
            document_refusal(asked, asked.value("PolicyDocument")?, Attached::Resource)
        }
        _ => None,
    }
}

/// A topic of the same account and region that isn't there.
fn is_missing(asked: &Asked<'_>, arn: &str) -> bool {
    arn.starts_with(&format!("arn:aws:sns:{}:{}:", asked.region(), asked.account()))
        && asked.find("AWS::SNS::Topic", arn).is_none()
}

/// Source: SNS API Reference, Subscribe.
fn subscription(asked: &Asked<'_>) -> Option<String> {
    let topic = asked.text("TopicArn")?;
    if is_missing(asked, &topic) {
        return asked.refuse("Topic does not exist", "NotFound");
    }
    let protocol = asked.text("Protocol")?;
    let endpoint = asked.text("Endpoint");
    let wrong = |what: &str| asked.invalid(&format!("Invalid parameter: {what}"));
    let Some(endpoint) = endpoint else {
        return if protocol == "firehose" { None } else { wrong("Endpoint") };
    };
    let good = match protocol.as_str() {
        "sqs" => endpoint.starts_with("arn:aws:sqs:"),
        "lambda" => endpoint.starts_with("arn:aws:lambda:"),
        "firehose" => endpoint.starts_with("arn:aws:firehose:"),
        "https" => endpoint.starts_with("https://"),
        "http" => endpoint.starts_with("http://"),
        "email" | "email-json" => endpoint.contains('@'),
        _ => true,
    };
    if !good {
        return wrong(&format!("{} endpoint", protocol.to_uppercase()));
    }
    let own = format!("arn:aws:sqs:{}:{}:", asked.region(), asked.account());
    let missing = endpoint.starts_with(&own)
        && !asked
            .others("AWS::SQS::Queue")
            .any(|queue| queue.attributes.get("Arn").and_then(Value::as_str) == Some(endpoint.as_str()));
    if missing { wrong("SQS endpoint ARN") } else { None }
}
