//! A schedule needs exactly one of `every` and `cron`, in a form that clocks can follow.
//!
//! Why: with neither it never runs, with both nobody knows when. The clouds' clocks count in whole minutes, and refuse a
//! calendar with values that no clock or month has.
//! Mend: keep one of the two; write whole minutes, one at least, or five fields as cron writes them.
//! Source of the fields: crontab(5).

use crate::diagnostics::finding::Finding;
use crate::model::cron::Cron;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "schedule-when";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, schedule) in &stack.schedules {
        let at = |key: &str| ["schedules".to_owned(), name.to_string(), key.to_owned()];
        match (schedule.every, schedule.cron.as_deref()) {
            (None, None) => findings.push(
                Finding::error(CODE, ["schedules", name.as_str()], format!("schedule.{name} never runs"))
                    .why("it has neither `every` nor `cron`")
                    .fix("add `every: 15m`, or `cron: 0 2 * * *`"),
            ),
            (Some(_), Some(_)) => findings.push(
                Finding::error(CODE, at("cron"), format!("schedule.{name} has both `every` and `cron`"))
                    .why("nobody knows which of the two is meant")
                    .fix("remove one of them")
                    .related(at("every"), "the other one"),
            ),
            _ => {}
        }
        if let Some(every) = schedule.every
            && (every.as_seconds() == 0 || every.as_seconds() % 60 != 0)
        {
            findings.push(
                Finding::error(CODE, at("every"), format!("a schedule can't run every `{every}`"))
                    .why("the clouds' clocks count in whole minutes, and one is the least")
                    .fix("write whole minutes, such as 1m"),
            );
        }
        if let Some(cron) = &schedule.cron
            && let Err(error) = Cron::parse(cron)
        {
            findings.push(
                Finding::error(CODE, at("cron"), format!("`{cron}` isn't a calendar"))
                    .why(error.to_string())
                    .fix("write minute, hour, day of the month, month, day of the week, such as 0 2 * * 1-5"),
            );
        }
    }
    findings
}
