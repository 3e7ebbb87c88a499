//! An alarm needs exactly one bound: `above`, `below` or `absent-for`.
//!
//! Why: with none it never rings, with two nobody knows which is meant. Absence is of one metric and says itself how long it
//! lasts, so that it takes neither arithmetic, nor a statistic, nor intervals.
//! Mend: keep one of the three; write a second alarm for a second bound.

use crate::diagnostics::finding::Finding;
use crate::diagnostics::listing::listed;
use crate::model::alarm::Alarm;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "alarm-bounds";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, alarm) in &stack.alarms {
        let path = ["alarms", name.as_str()];
        let given = given(alarm);
        match given.as_slice() {
            [] => findings.push(
                Finding::error(CODE, path, format!("alarm.{name} has no bound"))
                    .why("it would never ring")
                    .fix("add one of `above`, `below` and `absent-for`"),
            ),
            [_] => {}
            several => findings.push(
                Finding::error(CODE, path, format!("alarm.{name} has {} bounds", several.len()))
                    .why(format!(
                        "nobody knows which is meant of {}",
                        listed(several.iter().map(|key| format!("`{key}`")))
                    ))
                    .fix("keep one, and write another alarm for the other"),
            ),
        }
        if alarm.absent_for.is_some() {
            let beside = [
                ("math", alarm.math.is_some(), "absence is of one metric: write `metric`"),
                (
                    "statistic",
                    alarm.statistic.is_some(),
                    "where no value comes there is nothing to make one of: remove it",
                ),
                ("intervals", alarm.intervals != 1, "`absent-for` says how long already: remove it"),
            ];
            for (key, _, fix) in beside.into_iter().filter(|(_, given, _)| *given) {
                findings.push(
                    Finding::error(
                        CODE,
                        ["alarms", name.as_str(), key],
                        format!("`{key}` means nothing beside `absent-for`"),
                    )
                    .why("the alarm rings when no value has come for that long")
                    .fix(fix)
                    .related(["alarms", name.as_str(), "absent-for"], "the absence"),
                );
            }
        }
    }
    findings
}

fn given(alarm: &Alarm) -> Vec<&'static str> {
    [("above", alarm.above.is_some()), ("below", alarm.below.is_some()), ("absent-for", alarm.absent_for.is_some())]
        .into_iter()
        .filter_map(|(key, given)| given.then_some(key))
        .collect()
}
