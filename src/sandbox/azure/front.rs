//! The addresses under which services in Azure are found: Front Door's own, and the names of domains that lead to it.

use hyper::StatusCode;
use serde_json::Value;

use super::identifier::{Identifier, folded};
use super::revisions::{self, APP};
use crate::sandbox::engine::inventory::Physical;
use crate::sandbox::front::{BUILD, Found};
use crate::sandbox::world::World;

const ENDPOINT: &str = "Microsoft.Cdn/profiles/afdEndpoints";
const DOMAIN: &str = "Microsoft.Cdn/profiles/customDomains";
const ROUTE: &str = "Microsoft.Cdn/profiles/afdEndpoints/routes";
const ORIGIN: &str = "Microsoft.Cdn/profiles/originGroups/origins";

/// What stands at an address; none where no such address is known. The records that lead a domain's name to Front Door, and the
/// consent to its private way, are taken to be given.
pub fn find(world: &World, host: &str) -> Option<Found> {
    let own = |endpoint: &&Physical| endpoint.attributes.get("hostName").and_then(Value::as_str) == Some(host);
    let given = |domain: &&Physical| text(domain, "/hostName") == Some(host);
    let found = all(world, ENDPOINT).find(own).or_else(|| all(world, DOMAIN).find(given))?;
    let Some(route) = all(world, ROUTE).find(|route| leads_from(route, found)) else {
        // Front Door documentation, "Routing architecture": what no route is for is refused.
        return Some(Found::Closed(StatusCode::NOT_FOUND, "404 Not Found"));
    };
    let app = origin(world, route).and_then(|origin| Some((origin, app(world, text(origin, "/hostName")?)?)));
    let Some((origin, app)) = app else { return Some(Found::Unwell) };
    let well = [found, route, origin, app].into_iter().all(|one| world.unwell(one).is_none());
    Some(if well { Found::Workload(build(world, app)) } else { Found::Unwell })
}

/// Whether a route takes what comes to an endpoint under its own name, or to a name of a domain.
fn leads_from(route: &Physical, found: &Physical) -> bool {
    if found.kind == ENDPOINT {
        let inside = folded(&route.id).starts_with(&format!("{}/", folded(&found.id)));
        return inside && text(route, "/linkToDefaultDomain") != Some("Disabled");
    }
    let domains = route.properties.get("properties").and_then(|own| own.get("customDomains")?.as_array());
    let id = |domain: &Value| domain.get("id").and_then(Value::as_str).map(folded);
    domains.into_iter().flatten().any(|domain| id(domain) == Some(folded(&found.id)))
}

/// The origin that a route leads to.
fn origin<'a>(world: &'a World, route: &Physical) -> Option<&'a Physical> {
    let group = format!("{}/", folded(text(route, "/originGroup/id")?));
    all(world, ORIGIN).find(|origin| folded(&origin.id).starts_with(&group))
}

/// The app with that name in its environment, if it takes requests.
fn app<'a>(world: &'a World, host: &str) -> Option<&'a Physical> {
    all(world, APP).find(|app| {
        let environment = text(app, "/environmentId").and_then(|id| super::resources::find(world, id));
        let domain = environment.and_then(|found| found.attributes.get("defaultDomain")?.as_str());
        let name = Identifier::read(&app.id).map(|id| id.own_name().to_owned()).unwrap_or_default();
        let takes = app.properties.get("properties").is_some_and(|own| own.pointer("/configuration/ingress").is_some());
        takes && domain.is_some_and(|domain| host == format!("{name}.{domain}"))
    })
}

/// The build that the revision is told it is which takes an app's requests.
fn build(world: &World, app: &Physical) -> Option<Value> {
    let variables = revisions::serving(world, app)?
        .properties
        .get("properties")?
        .pointer("/template/containers/0/env")?
        .as_array()?;
    variables.iter().find(|variable| variable["name"] == BUILD)?.get("value").cloned()
}

fn all<'a>(world: &'a World, kind: &'a str) -> impl Iterator<Item = &'a Physical> {
    world.resources.iter().map(|(_, physical)| physical).filter(move |physical| physical.kind == kind)
}

/// A property by its path.
fn text<'a>(physical: &'a Physical, path: &str) -> Option<&'a str> {
    physical.properties.get("properties")?.pointer(path)?.as_str()
}
