//! `EventInvokeConfig`: what becomes of asynchronous calls.

use serde_json::{Map, Value, json};

use super::Expansion;
use super::error::SamError;
use super::function::{Target, policy_for};
use super::made::{Made, attribute, instead, object, reference};
use super::properties::Properties;
use crate::clouds::aws::document::TemplateResource;

/// The resources, and the policies that the function's role needs for the destinations.
#[derive(Debug, Default)]
pub(super) struct Invocation {
    pub(super) made: Vec<Made>,
    pub(super) policies: Vec<Value>,
}

pub(super) fn make(
    given: &mut Properties,
    target: &Target,
    alias: Option<&str>,
    resource: &TemplateResource,
    expansion: &Expansion<'_>,
) -> Result<Invocation, SamError> {
    let Some(config) = given.object("EventInvokeConfig")?.filter(|config| !config.is_empty()) else {
        return Ok(Invocation::default());
    };
    let Value::Object(config) = expansion.with_parameters(&Value::Object(config)) else {
        return Ok(Invocation::default());
    };
    let mut config = Properties::new(given.resource(), "EventInvokeConfig", config);
    let id = format!("{}EventInvokeConfig", target.function);
    let mut invocation = Invocation::default();
    let mut destinations = Map::new();
    if let Some(wanted) = config.object("DestinationConfig")? {
        let mut wanted = Properties::new(given.resource(), "EventInvokeConfig.DestinationConfig", wanted);
        for name in ["OnSuccess", "OnFailure"] {
            if let Some(destination) = wanted.object(name)? {
                let path = wanted.path(name);
                let arn = destination_of(
                    given.resource(),
                    &path,
                    destination,
                    &format!("{id}{name}"),
                    target,
                    &mut invocation,
                )?;
                destinations.insert(name.to_owned(), json!({"Destination": arn}));
            }
        }
        wanted.finish()?;
    }
    let properties = object([
        ("DestinationConfig", Some(Value::Object(destinations))),
        ("FunctionName", Some(reference(&target.function))),
        ("MaximumEventAgeInSeconds", config.take("MaximumEventAgeInSeconds")),
        ("MaximumRetryAttempts", config.take("MaximumRetryAttempts")),
        ("Qualifier", Some(json!(alias.unwrap_or("$LATEST")))),
    ]);
    config.finish()?;
    let mut made = instead(&id, resource, "AWS::Lambda::EventInvokeConfig", properties);
    made.resource.depends_on = target.alias.as_ref().map(|alias| json!([alias]));
    invocation.made.push(made);
    Ok(invocation)
}

/// The ARN of a destination; a queue or topic is made where none is given.
fn destination_of(
    resource: &str,
    path: &str,
    destination: Map<String, Value>,
    id: &str,
    target: &Target,
    invocation: &mut Invocation,
) -> Result<Value, SamError> {
    let mut destination = Properties::new(resource, path, destination);
    let kind = destination.text("Type")?.unwrap_or_default();
    if !["SQS", "SNS", "EventBridge", "Lambda", "S3Bucket"].contains(&kind.as_str()) {
        return Err(destination.invalid("Type", "it must be SQS, SNS, EventBridge, Lambda or S3Bucket"));
    }
    let given = destination.take("Destination");
    let may_be_nothing = |arn: &Value| {
        arn.get("Fn::If")
            .and_then(Value::as_array)
            .is_some_and(|parts| parts.iter().any(crate::clouds::aws::intrinsics::is_no_value))
    };
    if given.as_ref().is_some_and(may_be_nothing) {
        let why = "a destination that depends on a condition makes queues under conditions; write the queue out";
        return Err(SamError::unsupported(resource, &destination.path("Destination"), why));
    }
    let arn = match (given, kind.as_str()) {
        (Some(arn), _) => arn,
        (None, "SQS") => {
            let queue = format!("{id}Queue");
            invocation.made.push(target.attributes.make(queue.clone(), "AWS::SQS::Queue", Map::new()));
            attribute(&queue, "Arn")
        }
        (None, "SNS") => {
            let topic = format!("{id}Topic");
            invocation.made.push(target.attributes.make(topic.clone(), "AWS::SNS::Topic", Map::new()));
            reference(&topic)
        }
        (None, _) => return Err(destination.invalid("Destination", "it is required for this type")),
    };
    destination.finish()?;
    invocation.policies.extend(policy_for(&kind, id, &arn));
    Ok(arn)
}
