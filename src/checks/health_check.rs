//! A health check whose answer may take longer than the pause between two checks.
//!
//! Why: the next check would begin before the last is over; the clouds refuse it.
//! Mend: set `timeout` below `every`.
//! Source: Elastic Load Balancing user guide, "Health checks for target groups".

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "health-check";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, service) in &stack.services {
        let Some(health) = service.load_balancer.as_ref().map(|balancer| &balancer.health) else { continue };
        if health.timeout >= health.every {
            let at = |key: &'static str| ["services", name.as_str(), "load-balancer", "health", key];
            findings.push(
                Finding::error(
                    CODE,
                    at("timeout"),
                    format!("a health check of service.{name} may last until the next"),
                )
                .why(format!("an answer may take {}, and there is a check every {}", health.timeout, health.every))
                .fix("set `timeout` below `every`")
                .related(at("every"), "the pause between checks"),
            );
        }
    }
    findings
}
