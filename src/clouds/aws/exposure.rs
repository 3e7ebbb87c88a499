//! Access that a change widens: what somebody may do, or reach, that nobody may with the document before.
//!
//! What is compared is everything granted before with everything granted after, by whom it is granted to or what it is granted on, not statement
//! with statement: a permission that moves between statements or policies is no widening, and neither is a narrower one. Where a
//! pattern or a condition can't be judged, it counts as wider.

mod conditions;
mod network;
mod permissions;
mod switches;

use std::collections::BTreeSet;

use crate::plan::exposure::Exposure;
use crate::plan::resource::Resource;

/// The widenings from one set of resources to another, sorted by resource.
pub fn widened(before: &[Resource], after: &[Resource]) -> Vec<Exposure> {
    let mut found: BTreeSet<Exposure> = BTreeSet::new();
    found.extend(permissions::widened(before, after));
    found.extend(network::widened(before, after));
    found.extend(switches::widened(before, after));
    found.into_iter().collect()
}

#[cfg(test)]
mod tests;
