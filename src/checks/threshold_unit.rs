//! A threshold in a unit that the measurement doesn't have.
//!
//! Why: free storage compared with a share, or a processor's use with a bare number, says nothing or something else than it
//! seems to. Shares are written in percent (`80%`), times with `ms`, `s`, `m`, `h` or `d`, sizes with `B`, `KiB`, `MiB`, `GiB` or
//! `TiB`, counts as bare numbers.
//! Mend: write the threshold in the unit of the measurement. A function's duration may also be a share of its time-out.

use crate::diagnostics::finding::Finding;
use crate::model::metric::{Measurement, Metric, Statistic, Threshold, Unit};
use crate::model::reference::Kind;
use crate::model::stack::Stack;

use super::watched::watches;

pub(super) const CODE: &str = "threshold-unit";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    for watch in watches(stack) {
        let Some(Metric::Measured(measured)) = watch.metric else { continue };
        // How many values there were is a count, whatever they measure.
        let expected = if watch.statistic == Some(Statistic::Count) { Unit::Count } else { measured.name.unit() };
        for (key, threshold) in &watch.thresholds {
            let share_of_timeout = measured.name == Measurement::Duration
                && measured.of.kind == Kind::Function
                && matches!(threshold, Threshold::Percent(_));
            if share_of_timeout || threshold.unit() == expected {
                continue;
            }
            let path = watch.path.iter().cloned().chain([(*key).to_owned()]);
            let name = measured.name.word();
            findings.push(
                Finding::error(CODE, path, format!("`{threshold}` isn't {}", words(expected)))
                    .why(format!("the measurement `{name}` is {}", words(expected)))
                    .fix(format!("write {}", example(expected))),
            );
        }
    }
    findings
}

const fn words(unit: Unit) -> &'static str {
    match unit {
        Unit::Count => "a count",
        Unit::Share => "a share",
        Unit::Size => "a size",
        Unit::Time => "a time",
    }
}

const fn example(unit: Unit) -> &'static str {
    match unit {
        Unit::Count => "a bare number, such as 10",
        Unit::Share => "a share in percent, such as 80%",
        Unit::Size => "a size with its unit, such as 10GiB",
        Unit::Time => "a time with its unit, such as 2m",
    }
}
