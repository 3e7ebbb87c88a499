//! A site's files are cached for too long.
//!
//! Why: no cache is bound to keep anything for more than a year, and the clouds' own limits lie there.
//! Mend: write `365d` or less.
//! Source: RFC 2616, 14.21; Cloud CDN, "Cache modes", `defaultTtl`.

use crate::diagnostics::finding::Finding;
use crate::model::site::LONGEST;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "site-cache";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let long = stack.sites.iter().filter(|(_, site)| site.cache.as_seconds() > LONGEST);
    long.map(|(name, site)| {
        Finding::error(CODE, ["sites", name.as_str(), "cache"], format!("files are kept for `{}`", site.cache))
            .why("caches keep nothing for longer than a year")
            .fix("write `365d` or less")
    })
    .collect()
}
