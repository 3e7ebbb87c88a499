//! Containers on Container Apps: apps and jobs, by consumption.

use serde_json::Value;

use super::{number, property, said};
use crate::cost::assumption::{Assumption, SECONDS_OF_CALLS};
use crate::cost::bill::{Bill, Measure};
use crate::cost::quantity::{Quantity, SECONDS, Spread};
use crate::plan::resource::Resource;

/// Processors and GiB of all containers of a template together.
fn size(resource: &Resource) -> Option<(Quantity, Quantity)> {
    let containers = property(resource, "template")?.get("containers")?.as_array()?;
    let (mut processors, mut memory) = (0, 0);
    for container in containers {
        let resources = container.get("resources")?;
        processors += number(resources.get("cpu"))?.as_thousandths();
        let size = resources.get("memory")?.as_str()?.strip_suffix("Gi")?;
        memory += Quantity::read(size)?.as_thousandths();
    }
    Some((Quantity::thousandths(processors), Quantity::thousandths(memory)))
}

/// Whether it is billed by what it uses.
fn by_consumption(bill: &mut Bill, resource: &Resource) -> bool {
    let profile = said(resource, "workloadProfileName").unwrap_or("Consumption");
    if profile != "Consumption" {
        bill.without_row(resource, format!("container on the profile {profile}"));
    }
    profile == "Consumption"
}

/// An app is billed while it works; the fewest copies, while they wait, at the price of those that are ready. The quiet month is
/// the fewest copies that wait all month, the busy one the most that work all month.
pub(super) fn app(bill: &mut Bill, resource: &Resource) {
    if !by_consumption(bill, resource) {
        return;
    }
    let scale = property(resource, "template").and_then(|template| template.get("scale"));
    let bound = |name: &str| scale.and_then(|scale| number(scale.get(name)));
    let (Some((processors, memory)), Some(most)) = (size(resource), bound("maxReplicas")) else {
        bill.without_number(resource, "copies of an app");
        return;
    };
    let fewest = bound("minReplicas").unwrap_or(Quantity::ZERO);
    let waits = |each: Quantity| Measure::Copies(Spread { low: SECONDS.by(each).by(fewest), high: Quantity::ZERO });
    let works = |each: Quantity| Measure::Copies(Spread { low: Quantity::ZERO, high: SECONDS.by(each).by(most) });
    for (what, each, price) in [("processors", processors, "apps.processor"), ("GiB", memory, "apps.memory")] {
        if fewest > Quantity::ZERO {
            bill.add(resource, format!("{fewest} × {each} {what} that wait"), format!("{price}.ready"), waits(each));
        }
        bill.add(resource, format!("0-{most} × {each} {what} that work"), price, works(each));
    }
    if property(resource, "configuration").and_then(|one| one.get("ingress")).is_some_and(Value::is_object) {
        bill.add(
            resource,
            "requests to the app",
            "apps.requests",
            Measure::Assumed(Assumption::Requests, Quantity::ONE),
        );
    }
}

/// A job is billed for its calls, half a second each.
pub(super) fn job(bill: &mut Bill, resource: &Resource) {
    if !by_consumption(bill, resource) {
        return;
    }
    let Some((processors, memory)) = size(resource) else {
        bill.without_number(resource, "calls of a job");
        return;
    };
    let calls = |each: Quantity| Measure::Assumed(Assumption::Calls, each.times(SECONDS_OF_CALLS));
    bill.add(resource, format!("time of {processors} processors"), "apps.processor", calls(processors));
    bill.add(resource, format!("time of {memory} GiB"), "apps.memory", calls(memory));
}
