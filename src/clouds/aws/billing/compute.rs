//! Containers and functions.

use serde_json::Value;

use super::{All, number, text};
use crate::cost::assumption::{Assumption, SECONDS_OF_CALLS};
use crate::cost::bill::{Bill, Measure};
use crate::cost::quantity::{HOURS, Quantity, Spread};
use crate::plan::resource::Resource;

/// Copies of a task on Fargate, from the fewest to the most that scaling allows.
pub(super) fn service(bill: &mut Bill, resource: &Resource, all: &All<'_>) {
    let Some(task) = all.referred(resource.properties.get("TaskDefinition")) else {
        bill.without_number(resource, "copies of a service");
        return;
    };
    if text(resource, "LaunchType").is_some_and(|kind| kind != "FARGATE") {
        bill.leave_out("machines that services run on, where it isn't Fargate");
        return;
    }
    let scaling = all.upon("AWS::ApplicationAutoScaling::ScalableTarget", &resource.id).next();
    let copies = match scaling {
        Some(scaling) => {
            let bound = |name: &str| number(scaling.properties.get(name));
            bound("MinCapacity").zip(bound("MaxCapacity")).map(|(low, high)| Spread { low, high })
        }
        None => {
            let count = resource.properties.get("DesiredCount");
            count.map_or(Some(Quantity::whole(1)), |count| number(Some(count))).map(Spread::always)
        }
    };
    let platform = task.properties.get("RuntimePlatform").and_then(|platform| platform.get("CpuArchitecture"));
    let architecture = match platform.and_then(Value::as_str) {
        None | Some("X86_64") => "x86_64",
        Some("ARM64") => "arm64",
        Some(_) => {
            bill.without_number(resource, "copies of a service");
            return;
        }
    };
    // In 1,024ths of a processor, and MiB.
    let shares = |name: &str| {
        let units = number(task.properties.get(name))?;
        Some(Quantity::thousandths(units.as_thousandths() / 1024))
    };
    let (Some(copies), Some(processors), Some(memory)) = (copies, shares("Cpu"), shares("Memory")) else {
        bill.without_number(resource, "copies of a service");
        return;
    };
    let many = match copies {
        Spread { low, high } if low == high => format!("{low} × "),
        Spread { low, high } => format!("{low}-{high} × "),
    };
    let hours = |each: Quantity| Measure::Copies(copies.map(|count| HOURS.by(count).by(each)));
    let price = |what: &str| format!("fargate.{architecture}.{what}");
    bill.add(resource, format!("{many}{processors} processors"), price("processor"), hours(processors));
    bill.add(resource, format!("{many}{memory} GB memory"), price("memory"), hours(memory));
}

/// Calls of a function, each of half a second at its memory.
pub(super) fn function(bill: &mut Bill, resource: &Resource) {
    let architectures = resource.properties.get("Architectures").and_then(Value::as_array);
    let architecture = architectures.and_then(|all| all.first()).and_then(Value::as_str).unwrap_or("x86_64");
    let memory = resource.properties.get("MemorySize").map_or(Some(Quantity::whole(128)), |size| number(Some(size)));
    let Some(memory) = memory else {
        bill.without_number(resource, "calls of a function");
        return;
    };
    bill.add(resource, "calls", "lambda.calls", Measure::Assumed(Assumption::Calls, Quantity::whole(1)));
    // Times the memory in GB.
    let seconds = Quantity::thousandths(memory.as_thousandths() / 1024).times(SECONDS_OF_CALLS);
    let what = format!("time at {memory} MB");
    bill.add(resource, what, format!("lambda.{architecture}"), Measure::Assumed(Assumption::Calls, seconds));
}
