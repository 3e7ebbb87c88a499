//! What must survive the failure of a zone has subnets in one zone only.
//!
//! Why: each subnet of AWS stands in a zone of its own. A standby, a second node or a load balancer in the same zone as the first
//! is down with it, so AWS refuses to create them. Subnets of other clouds span zones: there one is enough.
//! Mend: list at least two subnets, or ask for no high availability.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "too-few-subnets";

/// The fewest zones of which one may fail.
const FEWEST: usize = 2;

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let Some(network) = stack.network.as_ref().filter(|_| stack.placement.cloud.subnets_stand_in_zones()) else {
        return Vec::new();
    };
    let mut needs: Vec<(bool, Vec<String>, String)> = Vec::new();
    let path = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>();
    for (name, _) in stack.databases.iter().filter(|(_, database)| database.high_availability) {
        let at = path(&["databases", name.as_str(), "high-availability"]);
        needs.push((false, at, format!("the standby of database.{name}")));
    }
    for (name, _) in stack.caches.iter().filter(|(_, cache)| cache.nodes > 1) {
        needs.push((false, path(&["caches", name.as_str(), "nodes"]), format!("the second node of cache.{name}")));
    }
    for (name, service) in &stack.services {
        if let Some(balancer) = &service.load_balancer {
            let at = path(&["services", name.as_str(), "load-balancer"]);
            needs.push((balancer.public, at, format!("the load balancer of service.{name}")));
        }
    }
    let mut findings = Vec::new();
    for (public, at, what) in needs {
        let (part, subnets) = if public { ("public", &network.public) } else { ("private", &network.private) };
        if subnets.len() < FEWEST {
            findings.push(
                Finding::error(CODE, at, format!("{what} needs {FEWEST} {part} subnets"))
                    .why(match subnets.len() {
                        0 => format!("the network has no {part} subnet"),
                        _ => format!("the network has one {part} subnet, so one zone, and all fails when it does"),
                    })
                    .fix(format!("add a subnet to `network.{part}`; each stands in a zone of its own"))
                    .related(["network", part], format!("the {part} subnets")),
            );
        }
    }
    findings
}
