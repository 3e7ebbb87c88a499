//! The addresses on the internet under which what stacks have made is found: names in DNS, and APIs.
//!
//! No workload runs behind them. An address that there is answers 200, and 503 while what it leads to isn't well.

use hyper::{Response, StatusCode};

use crate::sandbox::engine::inventory::Physical;
use crate::sandbox::world::World;

/// What an address answers; none where no such address is known.
pub fn answer(world: &World, host: &str) -> Option<Response<s3s::Body>> {
    let found = world.resources.iter().map(|(_, physical)| physical).find(|physical| is_at(physical, host))?;
    let well = [found].into_iter().chain(behind(world, found)).all(|physical| world.unwell(physical).is_none());
    let (status, text) = if well {
        (StatusCode::OK, "The sandbox answers: no workload runs here.\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "503 Service Temporarily Unavailable\n")
    };
    let mut response = Response::new(s3s::Body::from(text.to_owned()));
    *response.status_mut() = status;
    Some(response)
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
