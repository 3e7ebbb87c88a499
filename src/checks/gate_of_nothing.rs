//! A gate that has nothing to look at.
//!
//! Why: it would always be open, or never.
//! Mend: name what is there, or leave the gate out.

use crate::diagnostics::finding::Finding;
use crate::model::reference::Kind;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "gate-of-nothing";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let gates = &stack.gates;
    let mut findings = Vec::new();
    if gates.soak.is_some() && gates.from.is_none() {
        findings.push(
            Finding::error(CODE, ["gates", "soak"], "a release soaks in no environment")
                .why("`gates` names no environment from which releases come")
                .fix("add `from: staging`, or whichever comes before this one"),
        );
    }
    if gates.alarms_quiet.is_some() && stack.alarms.is_empty() {
        findings.push(
            Finding::error(CODE, ["gates", "alarms-quiet"], "there is no alarm that could ring")
                .why("the environment has none")
                .fix("add an alarm under `alarms`, or leave `alarms-quiet` out"),
        );
    }
    if let Some(health) = &gates.health {
        let silent = match health.of.kind {
            Kind::Api => None,
            Kind::Service => match stack.services.get(&health.of.name).map(|service| &service.load_balancer) {
                // That it isn't there is another rule's finding.
                None => None,
                Some(Some(balancer)) if balancer.public => None,
                Some(Some(_)) => Some("its load balancer is reached from the network only"),
                Some(None) => Some("it has no load balancer"),
            },
            // Another rule's finding too.
            _ => None,
        };
        if let Some(why) = silent {
            findings.push(
                Finding::error(CODE, ["gates", "health", "of"], format!("{} can't be asked for its health", health.of))
                    .why(why)
                    .fix("name an API or a service with a public load balancer, or leave `health` out"),
            );
        }
    }
    findings
}
