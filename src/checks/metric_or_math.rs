//! An alarm or a graph has to read either one metric, with a statistic, or arithmetic over several.
//!
//! Why: with neither there is nothing to read, with both nobody knows which is meant. A metric that a workload emits needs a
//! `statistic`, which says how the values of an interval become one: only its author knows whether they are counts or
//! measurements. In arithmetic each term has its own, and an alarm on absence needs none.
//! Mend: keep one of `metric` and `math`; put `statistic` beside `metric`.

use crate::diagnostics::finding::Finding;
use crate::model::metric::Metric;
use crate::model::stack::Stack;

use super::watched::watches;

pub(super) const CODE: &str = "metric-or-math";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    for watch in watches(stack) {
        let what = &watch.what;
        let at = |key: &str| watch.path.iter().cloned().chain([key.to_owned()]);
        match (watch.metric, watch.math) {
            (None, None) => findings.push(
                Finding::error(CODE, &watch.path, format!("{what} reads nothing"))
                    .why("it has neither `metric` nor `math`")
                    .fix("add `metric`, such as {of: database.main, name: cpu}"),
            ),
            (Some(_), Some(_)) => findings.push(
                Finding::error(CODE, at("math"), format!("{what} has both `metric` and `math`"))
                    .why("nobody knows which of the two is meant")
                    .fix("remove one of them; a metric can be a term of the arithmetic")
                    .related(at("metric"), "the metric"),
            ),
            (Some(Metric::Emitted(_)), None) if watch.statistic.is_none() && watch.reads_values => findings.push(
                Finding::error(CODE, &watch.path, format!("{what} has no `statistic`"))
                    .why("an interval holds many values, and only whoever emits them knows how they become one")
                    .fix("add `statistic`: sum for what is counted, average or maximum for what is measured, p95 for times"),
            ),
            (None, Some(_)) if watch.statistic.is_some() => findings.push(
                Finding::error(CODE, at("statistic"), format!("the `statistic` of {what} belongs to no metric"))
                    .why("in arithmetic each term has a statistic of its own")
                    .fix("move it to the terms"),
            ),
            (Some(_) | None, Some(_) | None) => {}
        }
    }
    findings
}
