//! `SQS`, `Kinesis` and `DynamoDB`: what Lambda reads from by itself.

use serde_json::{Map, Value, json};

use super::super::error::SamError;
use super::super::function::Target;
use super::super::made::Made;
use super::super::properties::{Properties, truthy};
use super::super::role::{Role, destination_policy};
use super::Event;
use crate::clouds::aws::intrinsics;

const PASSED: [&str; 16] = [
    "BatchSize",
    "BisectBatchOnFunctionError",
    "Enabled",
    "FilterCriteria",
    "FunctionResponseTypes",
    "KmsKeyArn",
    "LoggingConfig",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "MetricsConfig",
    "ParallelizationFactor",
    "ProvisionedPollerConfig",
    "ScalingConfig",
    "StartingPositionTimestamp",
    "TumblingWindowInSeconds",
];

pub(super) fn make(event: &mut Event<'_>, kind: &str, role: &mut Role) -> Result<Vec<Made>, SamError> {
    let source = event.given.require(if kind == "SQS" { "Queue" } else { "Stream" })?;
    let position = match kind {
        "SQS" => event.given.take("StartingPosition"),
        _ => Some(event.given.require("StartingPosition")?),
    };
    let mut mapping = Map::new();
    mapping.extend(position.map(|position| ("StartingPosition".to_owned(), position)));
    event.given.pass(&PASSED, &mut mapping);
    if let Some(criteria) = mapping.get("FilterCriteria").filter(|criteria| truthy(criteria))
        && intrinsics::function(criteria).is_none()
        && criteria.as_object().is_none_or(|criteria| !criteria.keys().eq(["Filters"]))
    {
        return Err(event.given.invalid("FilterCriteria", "it must be an object with Filters only"));
    }
    if let Some(config) = event.given.object("DestinationConfig")?.filter(|config| !config.is_empty()) {
        let config = on_failure(event, config, role)?;
        mapping.insert("DestinationConfig".to_owned(), config);
    }
    // These are of Kafka and of message brokers; SAM passes them over elsewhere.
    event.given.refuse(
        &[
            "ConsumerGroupId",
            "KafkaBootstrapServers",
            "Queues",
            "SchemaRegistryConfig",
            "SourceAccessConfigurations",
            "Topics",
        ],
        "it belongs to brokers and Kafka",
    )?;
    Ok(vec![attach(event.target, &event.id, kind, source, mapping, role)])
}

/// The mapping itself, and the policy that lets the function read from the source.
pub(super) fn attach(
    target: &Target,
    id: &str,
    kind: &str,
    source: Value,
    mut mapping: Map<String, Value>,
    role: &mut Role,
) -> Made {
    role.manage(match kind {
        "Kinesis" => "service-role/AWSLambdaKinesisExecutionRole",
        "DynamoDB" => "service-role/AWSLambdaDynamoDBExecutionRole",
        _ => "service-role/AWSLambdaSQSQueueExecutionRole",
    });
    mapping.insert("EventSourceArn".to_owned(), source);
    mapping.insert("FunctionName".to_owned(), target.name());
    target.attributes.make(id, "AWS::Lambda::EventSourceMapping", mapping)
}

/// The destination of records that failed. `Type` is SAM's own: it says which policy the role needs.
fn on_failure(event: &Event<'_>, config: Map<String, Value>, role: &mut Role) -> Result<Value, SamError> {
    let path = event.given.path("DestinationConfig");
    let mut config = Properties::new(event.given.resource(), &path, config);
    let Some(mut failure) = config.object("OnFailure")? else {
        return Err(config.invalid("OnFailure", "it is required"));
    };
    config.finish()?;
    if let Some(kind) = failure.remove("Type").filter(truthy) {
        let kind = kind.as_str().unwrap_or_default();
        if !["SQS", "SNS", "S3", "Kafka"].contains(&kind) {
            let what = "it must be SQS, SNS, S3 or Kafka";
            return Err(SamError::invalid(event.given.resource(), &format!("{path}.OnFailure.Type"), what));
        }
        let arn = failure.get("Destination").cloned().unwrap_or_default();
        if let Some(policy) = destination_policy(kind, &event.id, &arn) {
            role.add_once(policy);
        }
    }
    Ok(json!({"OnFailure": failure}))
}
