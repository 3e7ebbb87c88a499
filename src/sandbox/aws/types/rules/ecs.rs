//! ECS.
//!
//! Source, where none is given: ECS API Reference, RegisterTaskDefinition and CreateService.

use serde_json::Value;

use super::Asked;
use super::asked::property;
use super::permissions::{allows, is_assumable};
use crate::sandbox::aws::cloudformation::evaluate::scalar_text;
use crate::sandbox::aws::ecr::key;
use crate::sandbox::aws::ecr::registry::of_ecr;
use crate::sandbox::aws::types::protection::handler;
use crate::sandbox::engine::inventory::Physical;

pub(super) fn refusal(asked: &Asked<'_>) -> Option<String> {
    match asked.kind() {
        "AWS::ECS::TaskDefinition" => task_definition(asked),
        "AWS::ECS::Service" => service(asked),
        _ => None,
    }
}

/// The memory, in MiB, that goes with a task's processor units on Fargate: least, most and step.
/// Source: ECS Developer Guide, "Task CPU and memory".
fn memory_range(units: u64) -> Option<(u64, u64, u64)> {
    match units {
        512 => Some((1_024, 4_096, 1_024)),
        1_024 => Some((2_048, 8_192, 1_024)),
        2_048 => Some((4_096, 16_384, 1_024)),
        4_096 => Some((8_192, 30_720, 1_024)),
        8_192 => Some((16_384, 61_440, 4_096)),
        16_384 => Some((32_768, 122_880, 8_192)),
        _ => None,
    }
}

fn goes_together(units: u64, memory: u64) -> bool {
    if units == 256 {
        return matches!(memory, 512 | 1_024 | 2_048);
    }
    memory_range(units)
        .is_some_and(|(least, most, step)| (least..=most).contains(&memory) && memory.is_multiple_of(step))
}

fn task_definition(asked: &Asked<'_>) -> Option<String> {
    let containers = asked.list("ContainerDefinitions");
    let names: Vec<&str> = containers.iter().filter_map(|container| container.get("Name")?.as_str()).collect();
    let repeated = names.iter().enumerate().find(|(index, name)| names[..*index].contains(name));
    if let Some((_, name)) = repeated {
        return asked.invalid(&format!("Container.name should not be repeated: {name}"));
    }
    if !containers.is_empty()
        && containers.iter().all(|container| container.get("Essential") == Some(&Value::Bool(false)))
    {
        return asked.invalid("TaskDefinition must have at least one essential container.");
    }
    if !asked.texts("RequiresCompatibilities").iter().any(|name| name == "FARGATE") {
        return None;
    }
    if asked.text("NetworkMode").as_deref() != Some("awsvpc") {
        return asked.invalid("Fargate only supports network mode ‘awsvpc’.");
    }
    for (property, word) in [("Cpu", "cpu"), ("Memory", "memory")] {
        if asked.value(property).is_none() {
            return asked.invalid(&format!("Fargate requires that '{word}' be defined at the task level."));
        }
    }
    let units: u64 = asked.text("Cpu")?.parse().ok()?;
    let memory: u64 = asked.text("Memory")?.parse().ok()?;
    if !goes_together(units, memory) {
        return asked
            .invalid(&format!("No Fargate configuration exists for given values: {units} CPU, {memory} memory."));
    }
    let private = containers.iter().any(|container| {
        container.get("Image").and_then(Value::as_str).is_some_and(|image| image.contains(".dkr.ecr."))
    });
    let logged = containers
        .iter()
        .any(|container| container.pointer("/LogConfiguration/LogDriver").and_then(Value::as_str) == Some("awslogs"));
    let secrets = containers
        .iter()
        .any(|container| container.get("Secrets").and_then(Value::as_array).is_some_and(|list| !list.is_empty()));
    if asked.value("ExecutionRoleArn").is_none() {
        let what = match (private, secrets, logged) {
            (true, ..) => Some("ECR images"),
            (_, true, _) => Some("secrets"),
            (_, _, true) => Some("log driver awslogs"),
            _ => None,
        };
        if let Some(what) = what {
            return asked
                .invalid(&format!("Fargate requires task definition to have execution role ARN to support {what}."));
        }
    }
    let total: u64 = containers
        .iter()
        .filter_map(|container| container.get("Memory").and_then(scalar_text)?.parse::<u64>().ok())
        .max()
        .unwrap_or(0);
    if total > memory {
        return asked.invalid(&format!(
            "Invalid 'memory' setting for container. The container's memory {total} can't be greater than the task's {memory}."
        ));
    }
    None
}

fn service(asked: &Asked<'_>) -> Option<String> {
    if let Some(cluster) = asked.text("Cluster")
        && asked.find("AWS::ECS::Cluster", cluster.rsplit('/').next().unwrap_or(&cluster)).is_none()
    {
        return asked.refuse("Cluster not found.", "NotFound");
    }
    let name = asked.text("TaskDefinition")?;
    let Some(definition) = find_definition(asked, &name) else { return asked.invalid("TaskDefinition not found.") };
    let in_network = property(definition, "NetworkMode").as_deref() == Some("awsvpc");
    if in_network && asked.value("NetworkConfiguration").is_none() {
        return asked.invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
    }
    asked
        .list("LoadBalancers")
        .iter()
        .find_map(|balancer| balanced(asked, definition, balancer, in_network))
        .or_else(|| blue_and_green(asked))
        .or_else(|| never_steady(asked, definition))
}

/// What a service needs that is deployed to a second group of copies.
///
/// Source: ECS Developer Guide, "Required resources for Amazon ECS blue/green deployments" and "Amazon ECS infrastructure IAM role for
/// load balancers"; CloudFormation registry, AWS::ECS::Service. The words are ours, and that it is all said at once: of the role the
/// service finds out when it deploys.
fn blue_and_green(asked: &Asked<'_>) -> Option<String> {
    let strategy = asked.text("DeploymentConfiguration.Strategy").filter(|strategy| strategy != "ROLLING")?;
    if asked.text("DeploymentController.Type").is_some_and(|kind| kind != "ECS") {
        return asked.invalid(&format!("The deployment strategy {strategy} needs the deployment controller ECS."));
    }
    if asked.is_true("DeploymentConfiguration.Alarms.Enable")
        && asked.list("DeploymentConfiguration.Alarms.AlarmNames").is_empty()
    {
        return asked.invalid("Deployment alarms are enabled, but no alarm is named.");
    }
    asked.list("LoadBalancers").iter().find_map(|balancer| led_over(asked, &strategy, balancer))
}

fn led_over(asked: &Asked<'_>, strategy: &str, balancer: &Value) -> Option<String> {
    let text = |path: &str| balancer.pointer(path).and_then(scalar_text);
    let first = text("/TargetGroupArn")?;
    let Some(second) = text("/AdvancedConfiguration/AlternateTargetGroupArn") else {
        return asked.invalid(&format!("The deployment strategy {strategy} needs an alternate target group."));
    };
    let Some(group) = asked.find("AWS::ElasticLoadBalancingV2::TargetGroup", &second) else {
        return asked.invalid(&format!("The target group with targetGroupArn {second} does not exist."));
    };
    if first == second || property(group, "TargetType").as_deref() != Some("ip") {
        return asked.invalid(&format!("The alternate target group {second} has to be another one of type ip."));
    }
    let rule = text("/AdvancedConfiguration/ProductionListenerRule").unwrap_or_default();
    let Some(found) = asked.find("AWS::ElasticLoadBalancingV2::ListenerRule", &rule) else {
        return asked.invalid(&format!("The production listener rule {rule} does not exist."));
    };
    if let Some(group) = [&first, &second].into_iter().find(|group| !mentions(found, group)) {
        return asked.invalid(&format!("The production listener rule {rule} does not forward to {group}."));
    }
    let role = text("/AdvancedConfiguration/RoleArn").unwrap_or_default();
    if !is_assumable(asked, &role, "ecs.amazonaws.com") {
        return asked.invalid(&format!("Amazon ECS can't assume the role {role}."));
    }
    let needed = ["DescribeRules", "DescribeTargetHealth", "DeregisterTargets", "ModifyRule", "RegisterTargets"];
    let missing = needed.map(|action| format!("elasticloadbalancing:{action}"));
    let missing = missing.into_iter().find(|action| !allows(asked, &role, action))?;
    asked.invalid(&format!("The role {role} does not allow {missing}."))
}

/// A service whose copies can't be started, as their image isn't in its registry. Registries other than ECR's are taken to have it.
///
/// Source: ECS developer guide, "CannotPullContainer task errors" and "How the Amazon ECS deployment circuit breaker detects
/// failures". CloudFormation gives the first sentence only; the cause after it is ours.
fn never_steady(asked: &Asked<'_>, definition: &Physical) -> Option<String> {
    if asked.number("DesiredCount") == Some(0.0) {
        return None;
    }
    let containers = definition.properties.get("ContainerDefinitions").and_then(Value::as_array)?;
    let images = containers.iter().filter_map(|container| container.get("Image")?.as_str());
    let missing = images.into_iter().find(|image| {
        of_ecr(image).is_some_and(|(account, region, name, reference)| {
            let content = asked.world.images.get(&key(account, region, name));
            content.and_then(|content| content.find(reference)).is_none()
        })
    })?;
    let what = if asked.is_true("DeploymentConfiguration.DeploymentCircuitBreaker.Enable") {
        "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'."
    } else {
        "Exceeded attempts to wait."
    };
    Some(handler(
        &format!("{what} (CannotPullContainerError: failed to resolve ref {missing}: not found)"),
        if what.starts_with("Exceeded") { "NotStabilized" } else { "GeneralServiceException" },
    ))
}

/// A revision by its ARN, or a family's latest.
fn find_definition<'a>(asked: &Asked<'a>, name: &str) -> Option<&'a Physical> {
    if name.starts_with("arn:") {
        return asked.find("AWS::ECS::TaskDefinition", name);
    }
    asked.others("AWS::ECS::TaskDefinition").find(|definition| {
        definition
            .id
            .rsplit('/')
            .next()
            .is_some_and(|last| last == name || last.rsplit_once(':').is_some_and(|(family, _)| family == name))
    })
}

fn balanced(asked: &Asked<'_>, definition: &Physical, balancer: &Value, in_network: bool) -> Option<String> {
    let text = |name: &str| balancer.get(name).and_then(scalar_text);
    let container = text("ContainerName")?;
    let containers = definition.properties.get("ContainerDefinitions").and_then(Value::as_array)?;
    let Some(found) =
        containers.iter().find(|candidate| candidate.get("Name").and_then(Value::as_str) == Some(&container))
    else {
        return asked.invalid(&format!("The container {container} does not exist in the task definition."));
    };
    if let Some(port) = text("ContainerPort") {
        let mapped = found.get("PortMappings").and_then(Value::as_array).into_iter().flatten();
        if !mapped
            .filter_map(|mapping| mapping.get("ContainerPort").and_then(scalar_text))
            .any(|mapping| mapping == port)
        {
            return asked.invalid(&format!("The container {container} did not have a container port {port} defined."));
        }
    }
    let group_arn = text("TargetGroupArn")?;
    let Some(group) = asked.find("AWS::ElasticLoadBalancingV2::TargetGroup", &group_arn) else {
        return asked.invalid(&format!("The target group with targetGroupArn {group_arn} does not exist."));
    };
    let kind = property(group, "TargetType").unwrap_or_else(|| "instance".to_owned());
    if in_network && kind != "ip" {
        return asked.invalid(&format!(
            "The provided target group {group_arn} has target type {kind}, which is incompatible with the awsvpc network mode specified in the task definition."
        ));
    }
    let listens = ["AWS::ElasticLoadBalancingV2::Listener", "AWS::ElasticLoadBalancingV2::ListenerRule"]
        .iter()
        .any(|kind| asked.others(kind).any(|listener| mentions(listener, &group_arn)));
    if listens {
        return None;
    }
    asked.invalid(&format!(
        "The target group with targetGroupArn {group_arn} does not have an associated load balancer."
    ))
}

fn mentions(resource: &Physical, text: &str) -> bool {
    Value::Object(resource.properties.clone()).to_string().contains(text)
}
