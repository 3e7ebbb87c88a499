//! Functions keep more concurrent runs for themselves than the account carries.
//!
//! Why: Lambda refuses the reservation that leaves fewer than 100 runs for the functions without one.
//! Mend: lower `concurrency`, or have the quota raised and write the new one as `placement.concurrency`.
//! Source: Lambda developer guide, "Lambda quotas" (1,000 concurrent runs at first) and "Configuring reserved concurrency" (100 stay
//! unreserved).

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "aws-concurrency";

/// What an account carries at first.
const AT_FIRST: u32 = 1_000;
/// What has to be left for functions that reserve nothing.
const LEFT: u32 = 100;

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let carried = stack.placement.concurrency.unwrap_or(AT_FIRST);
    let most = u64::from(carried.saturating_sub(LEFT));
    let reserving = || stack.functions.iter().filter_map(|(name, one)| one.concurrency.map(|runs| (name, runs)));
    let reserved: u64 = reserving().map(|(_, runs)| u64::from(runs)).sum();
    let Some((largest, runs)) = reserving().max_by_key(|(_, runs)| *runs).filter(|_| reserved > most) else {
        return Vec::new();
    };
    let finding = Finding::error(
        CODE,
        ["functions", largest.as_str(), "concurrency"],
        format!("functions keep {reserved} concurrent runs for themselves, and the account has {most} to give"),
    )
    .why(format!("it carries {carried}, and Lambda leaves {LEFT} for functions that keep none; this one keeps {runs}"))
    .fix("lower it, or have the quota raised and write the new one as `placement.concurrency`");
    let others = reserving().filter(|(name, _)| *name != largest);
    vec![others.fold(finding, |finding, (name, runs)| {
        finding.related(["functions", name.as_str(), "concurrency"], format!("keeps {runs}"))
    })]
}
