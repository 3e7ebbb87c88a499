//! The ways out of a network and into it.

use serde_json::Value;

use super::text;
use crate::cost::assumption::Assumption;
use crate::cost::bill::{Bill, Measure};
use crate::cost::quantity::{HOURS, Quantity};
use crate::plan::resource::Resource;

/// A NAT gateway is billed by the hour and by what goes through it.
pub(super) fn egress(bill: &mut Bill, resource: &Resource) {
    bill.add(resource, "NAT gateway", "nat.hour", Measure::Always(HOURS));
    bill.add(resource, "through NAT gateways", "nat.data", Measure::Assumed(Assumption::Out, Quantity::ONE));
    bill.leave_out_at("data.between-zones", "data between zones, each way");
}

/// A public address is billed whether or not it is in use.
pub(super) fn address(bill: &mut Bill, resource: &Resource) {
    bill.add(resource, "public address", "address.ipv4", Measure::Always(HOURS));
}

/// A gateway endpoint is free; one with interfaces is billed by each.
pub(super) fn endpoint(bill: &mut Bill, resource: &Resource) {
    match text(resource, "VpcEndpointType") {
        None | Some("Gateway") => {}
        Some("Interface") => {
            let interfaces = Measure::Always(HOURS.times(subnets(resource, "SubnetIds")));
            bill.add(resource, "endpoint", "endpoint.interface", interfaces);
            bill.leave_out_at("endpoint.data", "data through endpoints");
        }
        Some(kind) => bill.without_row(resource, format!("endpoint of the type {kind}")),
    }
}

/// A load balancer is billed by the hour and by the capacity in use; a public one has an address in each subnet.
pub(super) fn load_balancer(bill: &mut Bill, resource: &Resource) {
    let kind = text(resource, "Type").unwrap_or("application");
    let price = format!("load-balancer.{kind}");
    bill.add(resource, "load balancer", &price, Measure::Always(HOURS));
    let capacity = Measure::Assumed(Assumption::Capacity, HOURS);
    bill.add(resource, "load balancer's capacity", format!("{price}.capacity"), capacity);
    if text(resource, "Scheme").is_none_or(|scheme| scheme == "internet-facing") {
        let addresses = Measure::Always(HOURS.times(subnets(resource, "Subnets")));
        bill.add(resource, "public addresses of the load balancer", "address.ipv4", addresses);
        sent(bill, resource);
    }
}

/// An API is billed by its requests.
pub(super) fn api(bill: &mut Bill, resource: &Resource) {
    if text(resource, "ProtocolType").is_some_and(|protocol| protocol != "HTTP") {
        bill.without_row(resource, "API that isn't of HTTP");
        return;
    }
    bill.add(resource, "requests", "api-gateway.http", Measure::Assumed(Assumption::Requests, Quantity::ONE));
    sent(bill, resource);
}

fn sent(bill: &mut Bill, resource: &Resource) {
    bill.add(resource, "sent to the internet", "internet.out", Measure::Assumed(Assumption::Sent, Quantity::ONE));
}

fn subnets(resource: &Resource, name: &str) -> u64 {
    let all = resource.properties.get(name).and_then(Value::as_array);
    all.map_or(1, |all| u64::try_from(all.len()).unwrap_or(u64::MAX))
}
