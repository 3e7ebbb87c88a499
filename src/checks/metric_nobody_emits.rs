//! An alarm or a graph reads a metric that no function or service emits.
//!
//! Why: the alarm would never have a value: it stays silent, or it rings for ever. A misspelled namespace, name or dimension
//! looks exactly like a system in good health.
//! Mend: correct namespace, name and dimensions, or list the metric under `emits` of the workload that emits it.

use std::collections::BTreeSet;

use crate::diagnostics::finding::Finding;
use crate::diagnostics::nearest::nearest;
use crate::model::metric::{EmittedMetric, Metric};
use crate::model::stack::Stack;

use super::watched::watched;

pub(super) const CODE: &str = "metric-nobody-emits";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let emitted: Vec<&EmittedMetric> = stack.workloads().flat_map(|workload| workload.emits).collect();
    let mut findings = Vec::new();
    for watched in watched(stack) {
        let Metric::Emitted(metric) = watched.metric else { continue };
        if emitted.contains(&metric) {
            continue;
        }
        let path = watched.path.iter().cloned().chain(["name".to_owned()]);
        let finding = Finding::error(CODE, path, format!("nobody emits {}", written(metric)));
        findings.push(match emitted.iter().find(|one| one.namespace == metric.namespace && one.name == metric.name) {
            Some(one) => finding
                .why(format!("it is emitted, but with {}", dimensions(one)))
                .fix("use the dimensions that are emitted: a metric is another one with other dimensions"),
            None => finding
                .why("no function or service lists it under `emits`, so there would never be a value")
                .fix(fix(metric, &emitted)),
        });
    }
    findings
}

fn fix(metric: &EmittedMetric, emitted: &[&EmittedMetric]) -> String {
    let all: BTreeSet<String> = emitted.iter().map(|one| written(one)).collect();
    match nearest(&written(metric), all.iter().map(String::as_str)) {
        Some(near) => format!("did you mean {near}? Otherwise list it under `emits` of the workload that emits it"),
        None => "list it under `emits` of the workload that emits it".into(),
    }
}

fn written(metric: &EmittedMetric) -> String {
    format!("{} {}", metric.namespace, metric.name)
}

fn dimensions(metric: &EmittedMetric) -> String {
    if metric.dimensions.is_empty() {
        return "no dimensions".into();
    }
    let all: Vec<String> = metric.dimensions.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    format!("the dimensions {}", all.join(", "))
}
