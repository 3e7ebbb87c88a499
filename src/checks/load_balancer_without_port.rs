//! A service has a load balancer and no port.
//!
//! Why: the load balancer wouldn't know where to send requests.
//! Mend: add `port`, the one on which the service listens.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "load-balancer-without-port";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    stack
        .services
        .iter()
        .filter(|(_, service)| service.load_balancer.is_some() && service.port.is_none())
        .map(|(name, _)| {
            let path = ["services", name.as_str(), "load-balancer"];
            Finding::error(CODE, path, format!("the load balancer of service.{name} has nowhere to send requests"))
                .why("the service has no `port`")
                .fix("add `port: 8080`, or whichever the service listens on")
        })
        .collect()
}
