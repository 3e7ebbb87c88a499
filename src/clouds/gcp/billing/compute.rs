//! Containers on Cloud Run: services, jobs and workers.

use serde_json::Value;

use super::number;
use crate::cost::assumption::{Assumption, SECONDS_OF_CALLS};
use crate::cost::bill::{Bill, Measure};
use crate::cost::quantity::{Quantity, SECONDS, Spread};
use crate::plan::resource::Resource;

/// Processors and GiB of all containers of a template.
fn size(template: Option<&Value>) -> Option<(Quantity, Quantity)> {
    let limits = template?.get("containers")?.get("resources")?.get("limits")?;
    let processors = number(limits.get("cpu"))?;
    let memory = limits.get("memory")?.as_str()?;
    let memory = match (memory.strip_suffix("Mi"), memory.strip_suffix("Gi")) {
        (Some(count), _) => Quantity::thousandths(Quantity::read(count)?.as_thousandths() / 1024),
        (_, Some(count)) => Quantity::read(count)?,
        (None, None) => return None,
    };
    Some((processors, memory))
}

/// A service is billed while it answers; copies that wait for requests are billed at the price of those that are ready. The quiet month
/// is the fewest copies that wait all month, the busy one the most that answer all month.
pub(super) fn service(bill: &mut Bill, resource: &Resource) {
    let template = resource.properties.get("template");
    let scaling = template.and_then(|template| template.get("scaling"));
    let bound = |name: &str| scaling.and_then(|scaling| number(scaling.get(name)));
    let (Some((processors, memory)), Some(most)) = (size(template), bound("max_instance_count")) else {
        bill.without_number(resource, "copies of a service");
        return;
    };
    let fewest = bound("min_instance_count").unwrap_or(Quantity::ZERO);
    let waits = |each: Quantity| Measure::Copies(Spread { low: SECONDS.by(each).by(fewest), high: Quantity::ZERO });
    let answers = |each: Quantity| Measure::Copies(Spread { low: Quantity::ZERO, high: SECONDS.by(each).by(most) });
    for (what, each, price) in [("processors", processors, "run.processor"), ("GiB", memory, "run.memory")] {
        if fewest > Quantity::ZERO {
            bill.add(resource, format!("{fewest} × {each} {what} that wait"), format!("{price}.ready"), waits(each));
        }
        bill.add(resource, format!("0-{most} × {each} {what} that answer"), price, answers(each));
    }
    bill.add(resource, "requests", "run.requests", Measure::Assumed(Assumption::Requests, Quantity::ONE));
}

/// A job is billed for its calls, half a second each.
pub(super) fn job(bill: &mut Bill, resource: &Resource) {
    let template = resource.properties.get("template").and_then(|template| template.get("template"));
    let Some((processors, memory)) = size(template) else {
        bill.without_number(resource, "calls of a job");
        return;
    };
    let calls = |each: Quantity| Measure::Assumed(Assumption::Calls, each.times(SECONDS_OF_CALLS));
    bill.add(resource, format!("time of {processors} processors"), "run.job.processor", calls(processors));
    bill.add(resource, format!("time of {memory} GiB"), "run.job.memory", calls(memory));
    bill.leave_out("calls of jobs that take less than a minute are billed as one");
}

/// Workers run all the time.
pub(super) fn workers(bill: &mut Bill, resource: &Resource) {
    let scaling = resource.properties.get("scaling");
    let count = scaling.and_then(|scaling| number(scaling.get("manual_instance_count")));
    let (Some((processors, memory)), Some(count)) = (size(resource.properties.get("template")), count) else {
        bill.without_number(resource, "copies of workers");
        return;
    };
    let all = |each: Quantity| Measure::Always(SECONDS.by(each).by(count));
    bill.add(resource, format!("{count} × {processors} processors"), "run.worker.processor", all(processors));
    bill.add(resource, format!("{count} × {memory} GiB"), "run.worker.memory", all(memory));
}
