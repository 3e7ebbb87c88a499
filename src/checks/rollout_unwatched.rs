//! A rollout during which no alarm is watched.
//!
//! Why: it would only make a deployment longer, as nothing could end it.
//! Mend: name an alarm that rings when a new version is wrong, or leave `rollout` out.

use crate::diagnostics::finding::Finding;
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;

pub(super) const CODE: &str = "rollout-unwatched";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let unwatched = |of: &Reference| {
        let [section, name] = of.path();
        Finding::error(
            CODE,
            [section, name, "rollout".to_owned(), "watch".to_owned()],
            format!("nobody watches {of} roll out"),
        )
        .why("no alarm is named, so the new version always takes over")
        .fix("name an alarm that rings when it is wrong, such as one on its errors; or leave `rollout` out")
    };
    let functions = stack
        .functions
        .iter()
        .filter_map(|(name, function)| Some((Reference::new(Kind::Function, name), &function.rollout.as_ref()?.watch)));
    let services = stack
        .services
        .iter()
        .filter_map(|(name, service)| Some((Reference::new(Kind::Service, name), &service.rollout.as_ref()?.watch)));
    functions.chain(services).filter(|(_, watch)| watch.is_empty()).map(|(of, _)| unwatched(&of)).collect()
}
