//! The addresses under which what stacks have made on AWS is found: names in Route 53, and APIs.

use serde_json::Value;

use crate::sandbox::aws::types::lifecycle::PUBLISHED;
use crate::sandbox::engine::inventory::Physical;
use crate::sandbox::front::{BUILD, Found};
use crate::sandbox::world::World;

/// What stands at an address; none where no such address is known.
pub fn find(world: &World, host: &str) -> Option<Found> {
    let found = world.resources.iter().map(|(_, physical)| physical).find(|physical| is_at(physical, host))?;
    let well = [found].into_iter().chain(behind(world, found)).all(|physical| world.unwell(physical).is_none());
    Some(if well { Found::Workload(build(world, found)) } else { Found::Unwell })
}

/// The build that would answer, from the variable that says so to the version that takes the calls.
fn build(world: &World, found: &Physical) -> Option<Value> {
    let all = || world.resources.iter().map(|(_, physical)| physical);
    if let Some(service) = behind(world, found).next() {
        let definition = service.properties.get("TaskDefinition")?;
        let task = all().find(|task| task.kind == "AWS::ECS::TaskDefinition" && *definition == task.id)?;
        let variables = task.properties.get("ContainerDefinitions")?.pointer("/0/Environment")?.as_array()?;
        return variables.iter().find(|variable| variable["Name"] == BUILD)?.get("Value").cloned();
    }
    let written = Value::Object(found.properties.clone()).to_string();
    let alias = all().find(|alias| alias.kind == "AWS::Lambda::Alias" && written.contains(&alias.id))?;
    let function = alias.id.rsplit_once(':')?.0;
    let version = format!("{function}:{}", alias.properties.get("FunctionVersion")?.as_str()?);
    let version = all().find(|one| one.kind == "AWS::Lambda::Version" && one.id == version)?;
    version.attributes.get(PUBLISHED)?.pointer(&format!("/Environment/Variables/{BUILD}")).cloned()
}

fn is_at(physical: &Physical, host: &str) -> bool {
    let text = |map: &serde_json::Map<String, serde_json::Value>, name: &str| {
        map.get(name).and_then(|value| value.as_str()).map(str::to_owned)
    };
    match physical.kind.as_str() {
        "AWS::Route53::RecordSet" => {
            text(&physical.properties, "Name").is_some_and(|name| name.trim_end_matches('.') == host)
        }
        "AWS::ApiGatewayV2::Api" => text(&physical.attributes, "ApiEndpoint")
            .is_some_and(|endpoint| endpoint.strip_prefix("https://") == Some(host)),
        _ => false,
    }
}

/// The services of the same stack that take requests from a load balancer.
fn behind<'a>(world: &'a World, found: &'a Physical) -> impl Iterator<Item = &'a Physical> {
    let stack = found.owner.as_ref().map(|owner| &owner.stack);
    world.resources.iter().map(|(_, physical)| physical).filter(move |physical| {
        physical.kind == "AWS::ECS::Service"
            && physical.properties.contains_key("LoadBalancers")
            && stack.is_some()
            && physical.owner.as_ref().map(|owner| &owner.stack) == stack
    })
}
