//! A variable names a component with which the workload may do nothing.
//!
//! Why: the address is of no use. Of a database or cache it is an error, as no connection is let through; of anything else a
//! warning, as the name alone may be what is wanted, for a log or a label.
//! Mend: grant access to it under `access`, or remove the variable.

use crate::diagnostics::finding::Finding;
use crate::diagnostics::listing::alternatives;
use crate::model::access::Grant;
use crate::model::reference::Kind;
use crate::model::stack::Stack;
use crate::model::variable::Variable;

pub(super) const CODE: &str = "variable-without-access";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    for workload in stack.workloads() {
        for (name, variable) in workload.environment {
            let (key, of) = match variable {
                Variable::From(from) => ("from", &from.from.of),
                // A login without a connection; a secret that is named may be read by that alone.
                Variable::Secret(from) if matches!(from.secret.kind, Kind::Database | Kind::Cache) => {
                    ("secret", &from.secret)
                }
                _ => continue,
            };
            let grants = Grant::on(of.kind);
            let consumes = workload.reference.kind == Kind::Function
                && stack
                    .functions
                    .get(&workload.reference.name)
                    .and_then(|function| function.consumes.as_ref())
                    .is_some_and(|consumption| consumption.queue == *of);
            if grants.is_empty()
                || workload.access.contains_key(of)
                || consumes
                || !stack.has(of)
                || *of == workload.reference
            {
                continue;
            }
            let path = workload.path(["environment", name.as_str(), key]);
            let summary = format!("{} is told of {of} and may do nothing with it", workload.reference);
            let finding = match of.kind {
                Kind::Database | Kind::Cache => {
                    Finding::error(CODE, path, summary).why("no connection to it is let through")
                }
                _ => Finding::warning(CODE, path, summary).why("it has no access to it"),
            };
            let fix = match grants {
                [one] => format!("add `{of}: [{}]` under `access`", one.word()),
                several => format!(
                    "add `{of}` under `access`, with {}",
                    alternatives(several.iter().map(|grant| format!("`{}`", grant.word())))
                ),
            };
            findings.push(finding.fix(fix));
        }
    }
    findings
}
