//! A service's rollout that leads no requests over, or that says twice how copies are replaced.
//!
//! Why: without a load balancer nothing could be led to the new copies at once, or back. And all new copies are started beside all old ones,
//! so that no share of them is ever replaced.
//! Mend: add a load balancer or leave `rollout` out; leave `deployment` out beside `rollout`.

use crate::diagnostics::finding::Finding;
use crate::model::service::Deployment;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "rollout-of-nothing";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, service) in stack.services.iter().filter(|(_, service)| service.rollout.is_some()) {
        let at = |key: &'static str| ["services", name.as_str(), key];
        if service.load_balancer.is_none() {
            findings.push(
                Finding::error(CODE, at("rollout"), format!("no requests lead to service.{name}"))
                    .why("it has no load balancer that could lead them from old copies to new ones")
                    .fix("add `load-balancer`, or leave `rollout` out"),
            );
        }
        if service.deployment != Deployment::default() {
            findings.push(
                Finding::error(CODE, at("deployment"), format!("service.{name} rolls out otherwise"))
                    .why("with `rollout` all new copies are started beside all old ones")
                    .fix("leave `deployment` out")
                    .related(at("rollout"), "how it rolls out"),
            );
        }
    }
    findings
}
