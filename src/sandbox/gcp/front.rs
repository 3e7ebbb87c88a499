//! The addresses under which services on Google Cloud are found: those that Cloud Run gives, and records that lead to a load balancer.

use hyper::StatusCode;
use serde_json::Value;

use super::revisions::{self, SERVICE};
use crate::sandbox::engine::inventory::Physical;
use crate::sandbox::front::{BUILD, Found};
use crate::sandbox::world::World;

/// What stands at an address; none where no such address is known.
pub fn find(world: &World, host: &str) -> Option<Found> {
    if let Some(service) = all(world, SERVICE).find(|service| is_its_own(service, host)) {
        // Cloud Run documentation, "Restrict network ingress": what comes another way is answered 404.
        return Some(match text(service, "/ingress") {
            Some("INGRESS_TRAFFIC_ALL") | None => behind(world, service, &[]),
            Some(_) => Found::Closed(StatusCode::NOT_FOUND, "404 Page not found"),
        });
    }
    let record = all(world, "google_dns_record_set")
        .find(|record| text(record, "/name").is_some_and(|name| name.trim_end_matches('.') == host))?;
    let service = led_to(world, record)?;
    Some(behind(world, service, &[record]))
}

/// What a service answers, and what leads to it.
fn behind(world: &World, service: &Physical, way: &[&Physical]) -> Found {
    if !is_open(world, service) {
        // Cloud Run documentation, "Authentication overview": who has no permission to invoke is answered 403.
        return Found::Closed(StatusCode::FORBIDDEN, "Error: Forbidden");
    }
    match way.iter().chain([&service]).all(|one| world.unwell(one).is_none()) {
        true => Found::Workload(build(world, service)),
        false => Found::Unwell,
    }
}

/// The service that a record leads to, by the load balancer at its address.
fn led_to<'a>(world: &'a World, record: &Physical) -> Option<&'a Physical> {
    let led = record.properties.get("rrdatas")?.as_array()?;
    let address = all(world, "google_compute_global_address")
        .find(|one| one.attributes.get("address").is_some_and(|address| led.contains(address)))?;
    let rule = all(world, "google_compute_global_forwarding_rule")
        .find(|rule| text(rule, "/ip_address") == Some(&address.id) && text(rule, "/port_range") == Some("443"))?;
    let proxy = named(world, "google_compute_target_https_proxy", text(rule, "/target")?)?;
    let urls = named(world, "google_compute_url_map", text(proxy, "/url_map")?)?;
    let backend = named(world, "google_compute_backend_service", text(urls, "/default_service")?)?;
    let group = text(backend, "/backend/group").or_else(|| text(backend, "/backend/0/group"))?;
    let group = named(world, "google_compute_region_network_endpoint_group", group)?;
    let service = text(group, "/cloud_run/service").or_else(|| text(group, "/cloud_run/0/service"))?;
    all(world, SERVICE).find(|one| one.place == group.place && text(one, "/name") == Some(service))
}

/// Whether everybody may ask it.
fn is_open(world: &World, service: &Physical) -> bool {
    all(world, "google_cloud_run_v2_service_iam_member").any(|member| {
        member.place == service.place
            && text(member, "/name") == text(service, "/name")
            && text(member, "/role") == Some("roles/run.invoker")
            && text(member, "/member") == Some("allUsers")
    })
}

/// The build that the revision is told it is which takes a service's calls.
fn build(world: &World, service: &Physical) -> Option<Value> {
    let template = revisions::serving(world, service)?.properties.get("template")?;
    let variables = ["/containers/env", "/containers/0/env"].iter().find_map(|at| template.pointer(at)?.as_array())?;
    variables.iter().find(|variable| variable["name"] == BUILD)?.get("value").cloned()
}

fn is_its_own(service: &Physical, host: &str) -> bool {
    let uri = service.attributes.get("uri").and_then(Value::as_str);
    uri.is_some_and(|uri| uri.strip_prefix("https://") == Some(host))
}

fn all<'a>(world: &'a World, kind: &'a str) -> impl Iterator<Item = &'a Physical> {
    world.resources.iter().map(|(_, physical)| physical).filter(move |physical| physical.kind == kind)
}

fn named<'a>(world: &'a World, kind: &'a str, id: &str) -> Option<&'a Physical> {
    all(world, kind).find(|physical| physical.id == id)
}

/// An argument by its path; a block that there is one of stands by itself or in a list.
fn text<'a>(physical: &'a Physical, path: &str) -> Option<&'a str> {
    let mut steps = path.trim_start_matches('/').split('/');
    let first = physical.properties.get(steps.next()?)?;
    steps.try_fold(first, |value, step| value.pointer(&format!("/{step}")))?.as_str()
}
