//! A service tells its measurements on no port.
//!
//! Why: whoever asks for them would have nowhere to connect to.
//! Mend: give `metrics` a `port`, or the service one.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "metrics-without-port";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    stack
        .services
        .iter()
        .filter(|(_, service)| service.metrics.is_some() && service.metrics_port().is_none())
        .map(|(name, _)| {
            Finding::error(
                CODE,
                ["services", name.as_str(), "metrics"],
                format!("service.{name} tells its measurements nowhere"),
            )
            .why("neither `metrics` nor the service has a `port`")
            .fix("add `port: 9090`, or whichever it tells them on")
        })
        .collect()
}
