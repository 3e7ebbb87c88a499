//! The loss of the region is promised for in two places, each time otherwise.
//!
//! Why: `recovery` holds the promise beside the region that takes over; where `promises.region` says something else, nobody knows which holds.
//! Mend: leave `promises.region` out where there is a `recovery`.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "promised-twice";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let (Some(promise), Some(recovery)) = (stack.promises.region, &stack.recovery) else { return Vec::new() };
    if (promise.within, promise.may_lose) == (recovery.within, recovery.may_lose) {
        return Vec::new();
    }
    vec![
        Finding::error(CODE, ["promises", "region"], "the loss of the region is promised for twice")
            .why(format!(
                "`recovery` says {} with {} lost, this {} with {}",
                recovery.within, recovery.may_lose, promise.within, promise.may_lose
            ))
            .fix("leave it out here: `recovery` holds the promise"),
    ]
}
