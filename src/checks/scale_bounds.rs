//! A service's scale contradicts itself.
//!
//! Why: the clouds refuse a smallest count above the largest. A target for requests needs something that counts them. With
//! no copy at first, no processor or memory is ever in use, so none would be added. With no room between smallest and largest, a target does nothing.
//! Mend: set `min` to at most `max`, and give targets something to work on.

use crate::diagnostics::finding::Finding;
use crate::model::service::Service;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "scale-bounds";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    stack.services.iter().flat_map(|(name, service)| of(name.as_str(), service)).collect()
}

fn of(name: &str, service: &Service) -> Vec<Finding> {
    let scale = &service.scale;
    let at = |key: &'static str| ["services", name, "scale", key];
    let targets = [
        ("cpu", scale.cpu.map(|share| share.percent())),
        ("memory", scale.memory.map(|share| share.percent())),
        ("requests", scale.requests.map(f64::from)),
    ];
    let given: Vec<(&'static str, f64)> =
        targets.into_iter().filter_map(|(key, value)| value.map(|value| (key, value))).collect();
    let mut findings = Vec::new();
    if scale.min > scale.max {
        findings.push(
            Finding::error(CODE, at("min"), format!("service.{name} has more copies at least than at most"))
                .why(format!("`min` is {} and `max` is {}", scale.min, scale.max))
                .fix("set `min` to at most `max`")
                .related(at("max"), "the most"),
        );
    }
    if scale.requests.is_some() && service.load_balancer.is_none() {
        findings.push(
            Finding::error(CODE, at("requests"), format!("nobody counts the requests of service.{name}"))
                .why("the load balancer counts them, and the service has none")
                .fix("give it a `load-balancer`, or scale on cpu or memory"),
        );
    }
    for (key, percent) in given.iter().filter(|(key, _)| *key != "requests") {
        if !(1.0..=100.0).contains(percent) {
            findings.push(
                Finding::error(CODE, at(key), format!("service.{name} can't keep to {percent}% of its {key}"))
                    .why("use lies between 1% and 100%")
                    .fix("write a share such as 70%"),
            );
        }
    }
    if let Some((key, _)) = given.first() {
        if scale.min == scale.max {
            findings.push(
                Finding::warning(CODE, at(key), format!("the target `{key}` of service.{name} does nothing"))
                    .why(format!("`min` and `max` are both {}, so no copy is ever added", scale.max))
                    .fix("raise `max`, or remove the target"),
            );
        } else if scale.min == 0 {
            findings.push(
                Finding::warning(CODE, at("min"), format!("service.{name} may never start"))
                    .why("with no copy there is no use to measure, so none is added")
                    .fix("set `min: 1`"),
            );
        }
    }
    findings
}
