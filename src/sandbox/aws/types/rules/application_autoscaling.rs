//! Application Auto Scaling. Source: Application Auto Scaling API Reference, RegisterScalableTarget and PutScalingPolicy.

use super::Asked;
use super::asked::property;

pub(super) fn refusal(asked: &Asked<'_>) -> Option<String> {
    match asked.kind() {
        "AWS::ApplicationAutoScaling::ScalableTarget" => target(asked),
        "AWS::ApplicationAutoScaling::ScalingPolicy" => policy(asked),
        _ => None,
    }
}

fn target(asked: &Asked<'_>) -> Option<String> {
    if let (Some(least), Some(most)) = (asked.number("MinCapacity"), asked.number("MaxCapacity"))
        && least > most
    {
        return asked.invalid("Maximum capacity cannot be less than minimum capacity");
    }
    let resource = asked.text("ResourceId")?;
    let name = resource.strip_prefix("service/")?;
    let exists = asked.others("AWS::ECS::Service").any(|service| service.id.ends_with(&format!(":service/{name}")));
    if exists { None } else { asked.invalid(&format!("ECS service doesn't exist: {resource}")) }
}

fn policy(asked: &Asked<'_>) -> Option<String> {
    let (resource, dimension, namespace) = match asked.text("ScalingTargetId") {
        Some(id) => {
            let mut parts = id.split('|').map(str::to_owned);
            (parts.next()?, parts.next()?, parts.next()?)
        }
        None => (asked.text("ResourceId")?, asked.text("ScalableDimension")?, asked.text("ServiceNamespace")?),
    };
    let registered = asked.others("AWS::ApplicationAutoScaling::ScalableTarget").any(|target| {
        property(target, "ResourceId").as_deref() == Some(resource.as_str())
            && property(target, "ScalableDimension").as_deref() == Some(dimension.as_str())
    });
    if registered {
        return None;
    }
    asked.refuse(
        &format!(
            "No scalable target registered for service namespace: {namespace}, resource ID: {resource}, scalable dimension: {dimension}"
        ),
        "NotFound",
    )
}
