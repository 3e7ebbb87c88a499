//! A probe that asks nothing, or can't be answered in time.
//!
//! Why: what is asked from outside needs an address there, and an answer that may take longer than until the next question is none.
//! Mend: name a site, an API or a service with a public load balancer in an environment with a domain; ask less often, or expect it sooner.

use crate::diagnostics::finding::Finding;
use crate::model::reference::Kind;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "probe-of-nothing";

/// The shortest time between two questions, seconds: more often is a load of its own.
const SHORTEST: u64 = 10;

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, probe) in &stack.probes {
        let at = |key: &str| ["probes".to_owned(), name.to_string(), key.to_owned()];
        let silent = match probe.of.kind {
            Kind::Service => match stack.services.get(&probe.of.name).map(|service| &service.load_balancer) {
                Some(Some(balancer)) if !balancer.public => Some("its load balancer is reached from the network only"),
                Some(None) => Some("it has no load balancer"),
                // That it isn't there is another rule's finding.
                Some(Some(_)) | None => None,
            },
            // Of another kind is another rule's finding too.
            _ => None,
        };
        let nameless = stack.domain.is_none().then_some("the environment has no domain, so its address isn't known");
        if let Some(why) = silent.or(nameless) {
            findings.push(
                Finding::error(CODE, at("of"), format!("{} can't be asked from outside", probe.of)).why(why).fix(
                    "name a site, an API or a service with a public load balancer, and give the environment a `domain`",
                ),
            );
        }
        if probe.every.as_seconds() < SHORTEST {
            findings.push(
                Finding::error(CODE, at("every"), format!("it is asked every {}", probe.every))
                    .why("more often than every ten seconds is a load of its own")
                    .fix("ask every 10s or less often"),
            );
        } else if probe.within >= probe.every {
            findings.push(
                Finding::error(CODE, at("within"), format!("an answer may take {}", probe.within))
                    .why(format!("the next question comes after {}", probe.every))
                    .fix("expect the answer sooner, or ask less often"),
            );
        }
        if probe.within.as_seconds() == 0 {
            findings.push(
                Finding::error(CODE, at("within"), "an answer may take no time at all")
                    .why("a prober waits at least a second")
                    .fix("give it a second or more"),
            );
        }
    }
    findings
}
