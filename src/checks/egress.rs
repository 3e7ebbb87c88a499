//! The way to the internet that was asked for can't be built, or is missing where it is needed.
//!
//! Why: a gateway of AWS stands in a public subnet, one a zone; those of other clouds need none. Without any gateway, what
//! stands in the private network can't fetch images or reach an interface that is outside it.
//! Mend: add public subnets, as many as private ones for `per-zone`, or set `egress: none` where nothing needs it.

use crate::diagnostics::finding::Finding;
use crate::model::network::Egress;
use crate::model::reference::Kind;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "egress";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let Some(network) = &stack.network else { return Vec::new() };
    let needed = match network.egress {
        Egress::None => return cut_off(stack),
        Egress::Single | Egress::PerZone if !stack.placement.cloud.subnets_stand_in_zones() => return Vec::new(),
        Egress::Single => 1,
        Egress::PerZone => network.private.len(),
    };
    let there = network.public.len();
    if there >= needed {
        return Vec::new();
    }
    let (asked, plural) = match network.egress {
        Egress::PerZone => {
            ("`egress: per-zone` needs a public subnet for every private one", format!("{needed} private"))
        }
        Egress::Single | Egress::None => ("the way to the internet needs a public subnet", "no public".to_owned()),
    };
    let why = match network.egress {
        Egress::PerZone => format!("there are {plural} subnets and {there} public"),
        Egress::Single | Egress::None => format!("its gateway stands there, and the network has {plural} subnet"),
    };
    vec![
        Finding::error(CODE, ["network", "egress"], asked)
            .why(why)
            .fix("add public subnets, or set `egress: none` where nothing private needs the internet"),
    ]
}

/// What stands in the private network and has to reach something outside it.
fn cut_off(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    for workload in stack.workloads().filter(|workload| workload.private) {
        let outside = workload
            .access
            .keys()
            .find(|reference| !matches!(reference.kind, Kind::Database | Kind::Cache) && stack.has(reference));
        let why = match (workload.reference.kind, outside) {
            (Kind::Service, _) => "its images come from outside the network".to_owned(),
            (_, Some(reference)) => format!("{reference} is reached by an interface outside the network"),
            (_, None) => continue,
        };
        findings.push(
            Finding::warning(CODE, workload.reference.path(), format!("{} may be cut off", workload.reference))
                .why(format!("{why}, and `egress: none` leaves no way out unless the cloud has private ones"))
                .fix("set `egress: single`, or make sure that the cloud's private endpoints are there")
                .related(["network", "egress"], "no way out"),
        );
    }
    findings
}
