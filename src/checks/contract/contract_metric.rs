//! A workload is said to emit a metric that its role never emits.
//!
//! Why: an alarm on it would stay silent, or ring for ever; a graph would stay empty.
//! Mend: correct namespace and name, or take the metric out of `emits`; what reads it then is shown.

use crate::contract::Contracts;
use crate::diagnostics::finding::Finding;
use crate::diagnostics::nearest::nearest;
use crate::model::stack::Stack;

use super::part::played;

pub(super) const CODE: &str = "contract-metric";

pub(super) fn check(stack: &Stack, contracts: &Contracts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (part, role) in played(stack, contracts) {
        let namespace = part.contract.metric_namespace.as_deref();
        for (at, metric) in part.workload.emits.iter().enumerate() {
            let at = at.to_string();
            let who = &part.workload.reference;
            let path = |key: &str| part.workload.path(["emits", &at, key]);
            if !role.metrics.iter().any(|one| one.name == metric.name) {
                let known = role.metrics.iter().map(|one| one.name.as_str());
                findings.push(
                    Finding::error(CODE, path("name"), format!("{who} doesn't emit {}", metric.name))
                        .why(format!(
                            "the contract of artifact.{} doesn't list it for the role `{}`",
                            part.artifact, role.name
                        ))
                        .fix(match nearest(&metric.name, known) {
                            Some(near) => format!("did you mean `{near}`? Otherwise remove it from `emits`"),
                            None => "remove it from `emits`".to_owned(),
                        }),
                );
            } else if namespace != Some(metric.namespace.as_str()) {
                let (summary, fix) = match namespace {
                    Some(own) => (
                        format!("{who} emits {} as {own} {}", metric.name, metric.name),
                        format!("write `namespace: {own}`"),
                    ),
                    None => (format!("{who} emits no metrics"), "remove it from `emits`".to_owned()),
                };
                findings.push(
                    Finding::error(CODE, path("namespace"), summary)
                        .why(format!(
                            "the contract of artifact.{} names the namespace of all its metrics",
                            part.artifact
                        ))
                        .fix(fix),
                );
            }
        }
    }
    findings
}
