//! Metrics that CloudWatch doesn't take.
//!
//! Why: it keeps namespaces that begin with `AWS/` for itself, and takes 30 dimensions a metric. An alarm reads ten metrics at
//! most.
//! Mend: choose another namespace, fewer dimensions, or two alarms.
//! Source: CloudWatch API reference, PutMetricData and Dimension; CloudWatch user guide, "Limits that apply to alarms based on
//! metric math expressions".

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "aws-metrics";

const DIMENSIONS: usize = 30;
const TERMS: usize = 10;

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    for workload in stack.workloads() {
        for (index, metric) in workload.emits.iter().enumerate() {
            let at = |key: &str| workload.path(["emits", &index.to_string(), key]);
            if metric.namespace.starts_with("AWS/") {
                findings.push(
                    Finding::error(CODE, at("namespace"), format!("the namespace `{}` is AWS's own", metric.namespace))
                        .why("CloudWatch takes nothing there from anybody else")
                        .fix("choose one that doesn't begin with `AWS/`"),
                );
            }
            if metric.dimensions.len() > DIMENSIONS {
                let count = metric.dimensions.len();
                findings.push(
                    Finding::error(CODE, at("dimensions"), format!("{count} dimensions are too many"))
                        .why(format!("CloudWatch takes {DIMENSIONS} a metric"))
                        .fix("leave some out: each combination of values is a metric that is paid for"),
                );
            }
        }
    }
    for (name, alarm) in &stack.alarms {
        let terms = alarm.math.as_ref().map_or(0, |math| math.terms.len());
        if terms > TERMS {
            findings.push(
                Finding::error(CODE, ["alarms", name.as_str(), "math", "terms"], format!("{terms} terms are too many"))
                    .why(format!("an alarm of CloudWatch reads {TERMS} metrics at most"))
                    .fix("make two alarms of it, or let the workload emit the sum"),
            );
        }
    }
    findings
}
