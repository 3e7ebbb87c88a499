//! The addresses from which a network's databases, caches and services may be asked for their measurements don't lie in it.
//!
//! Why: they are let in to databases and caches; beyond the network nobody knows whose they are.
//! Mend: write a range within `network.range`, that of the subnet in which the Prometheus stands.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "monitoring-outside-network";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let Some(network) = &stack.network else { return Vec::new() };
    let outside = network.monitoring.filter(|range| !network.range.contains(*range));
    outside
        .map(|range| {
            Finding::error(CODE, ["network", "monitoring"], format!("`{range}` is not in the network"))
                .why(format!(
                    "the network is `{}`, and who asks for measurements is let in to databases and caches",
                    network.range
                ))
                .fix("write the range of the subnet in which the Prometheus stands")
                .related(["network", "range"], "the network")
        })
        .into_iter()
        .collect()
}
