//! A service behind a load balancer has one copy, where the rest of the environment survives a failure.
//!
//! Why: when its zone fails, the service is down, and the standby of the database serves nobody. Development environments
//! with one of everything aren't meant: the rule looks at environments with a highly available database or cache only.
//! Mend: set `scale.min` to 2 or more.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "single-copy";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let database = stack.databases.iter().find(|(_, database)| database.high_availability);
    let cache = stack.caches.iter().find(|(_, cache)| cache.nodes > 1);
    let other = match (database, cache) {
        (Some((name, _)), _) => (["databases", name.as_str(), "high-availability"], "survives the failure of a zone"),
        (None, Some((name, _))) => (["caches", name.as_str(), "nodes"], "survives the failure of a zone"),
        (None, None) => return Vec::new(),
    };
    stack
        .services
        .iter()
        .filter(|(_, service)| service.load_balancer.is_some() && service.scale.min < 2)
        .map(|(name, service)| {
            let path = ["services", name.as_str(), "scale", "min"];
            let copies = if service.scale.min == 0 { "no copy" } else { "one copy" };
            Finding::warning(CODE, path, format!("service.{name} doesn't survive the failure of a zone"))
                .why(format!("it has {copies} at least, while the rest of the environment is highly available"))
                .fix("set `min: 2` or more")
                .related(other.0, other.1)
        })
        .collect()
}
