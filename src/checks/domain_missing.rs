//! The internet reaches a load balancer, and there is no domain.
//!
//! Why: it speaks TLS only, and a certificate is for a domain's name.
//! Mend: add `domain: {name: …}`, or take `public` away.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "domain-missing";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    if stack.domain.is_some() {
        return Vec::new();
    }
    stack
        .services
        .iter()
        .filter(|(_, service)| service.load_balancer.as_ref().is_some_and(|balancer| balancer.public))
        .map(|(name, _)| {
            let path = ["services", name.as_str(), "load-balancer", "public"];
            Finding::error(CODE, path, format!("the load balancer of service.{name} has no name on the internet"))
                .why("it speaks TLS only, which needs a certificate for a domain, and the environment has none")
                .fix("add `domain: {name: shop.example.com}`")
        })
        .collect()
}
