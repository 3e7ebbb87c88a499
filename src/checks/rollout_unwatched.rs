//! A rollout during which no alarm is watched.
//!
//! Why: it would only make a deployment longer, as nothing could end it.
//! Mend: name an alarm that rings when a new version is wrong, or leave `rollout` out.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "rollout-unwatched";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let unwatched = |name: &str| {
        Finding::error(
            CODE,
            ["functions", name, "rollout", "watch"],
            format!("nobody watches function.{name} roll out"),
        )
        .why("no alarm is named, so the new version always takes over")
        .fix("name an alarm that rings when it is wrong, such as one on the function's errors; or leave `rollout` out")
    };
    let rollouts = stack.functions.iter().filter_map(|(name, function)| Some((name, function.rollout.as_ref()?)));
    rollouts.filter(|(_, rollout)| rollout.watch.is_empty()).map(|(name, _)| unwatched(name.as_str())).collect()
}
