//! A backup is made while the cloud may patch the same component.
//!
//! Why: one of the two has to wait and is then late or left out; the clouds refuse windows that overlap.
//! Mend: move one of the windows.
//! Source: Amazon RDS user guide, "Working with backups", and ElastiCache user guide, "Managing maintenance".

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;
use crate::model::window::{DailyWindow, WeeklyWindow};

pub(super) const CODE: &str = "windows-overlap";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let databases = stack
        .databases
        .iter()
        .filter_map(|(name, database)| Some(("databases", name, database.backup.window?, database.maintenance?)));
    let caches = stack
        .caches
        .iter()
        .filter_map(|(name, cache)| Some(("caches", name, cache.backup?.window?, cache.maintenance?)));
    databases
        .chain(caches)
        .filter(|(_, _, backup, maintenance)| overlap(*backup, *maintenance))
        .map(|(section, name, backup, maintenance)| {
            Finding::error(
                CODE,
                [section, name.as_str(), "maintenance"],
                "maintenance and backup may happen at the same time",
            )
            .why(format!("the backup is made every day {backup}, and maintenance is {maintenance}"))
            .fix("move one of the windows")
            .related([section, name.as_str(), "backup", "window"], "the backup")
        })
        .collect()
}

/// A backup is made every day, so the day of the other window doesn't matter, only the time of day.
fn overlap(daily: DailyWindow, weekly: WeeklyWindow) -> bool {
    const DAY: u16 = 1440;
    let starts_within = |one: DailyWindow, other: DailyWindow| {
        (one.from.minutes() + DAY - other.from.minutes()) % DAY < other.minutes()
    };
    starts_within(daily, weekly.time) || starts_within(weekly.time, daily)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_compared_across_midnight() {
        for (daily, weekly, expected) in [
            ("03:00-04:00", "sun 04:00-05:00", false),
            ("03:00-04:00", "sun 03:59-05:00", true),
            ("23:30-00:30", "sat 00:00-01:00", true),
            ("23:30-00:30", "sat 00:30-01:00", false),
            ("00:00-01:00", "sat 23:30-00:30", true),
        ] {
            assert_eq!(overlap(daily.parse().unwrap(), weekly.parse().unwrap()), expected, "{daily} {weekly}");
        }
    }
}
