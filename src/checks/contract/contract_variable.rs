//! A workload isn't told what its role requires, or is told what its role doesn't read.
//!
//! Why: without a required variable it refuses to start. A variable that nobody reads is an error's other half: misspelled, it
//! looks as if it were set. That alone is a warning, as a library inside may read it.
//! Mend: set the variables that the contract requires under `environment`; take out or correct the others.

use crate::contract::Contracts;
use crate::diagnostics::finding::Finding;
use crate::diagnostics::nearest::nearest;
use crate::model::stack::Stack;

use super::part::played;

pub(super) const CODE: &str = "contract-variable";

pub(super) fn check(stack: &Stack, contracts: &Contracts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (part, role) in played(stack, contracts) {
        let who = &part.workload.reference;
        let given = part.workload.environment;
        for variable in role.variables.iter().filter(|variable| variable.required && variable.default.is_none()) {
            if given.keys().any(|name| name.as_str() == variable.name) {
                continue;
            }
            let value = if variable.secret { "{secret: secret.…}" } else { "…" };
            let summary = format!("{who} isn't told `{}`", variable.name);
            findings.push(
                Finding::error(CODE, part.workload.path(["environment"]), summary)
                    .why(format!("the role `{}` refuses to start without it: {}", role.name, variable.meaning))
                    .fix(format!("add `{}: {value}` under `environment`", variable.name)),
            );
        }
        for name in given.keys().filter(|name| role.variable(name.as_str()).is_none()) {
            let known = role.variables.iter().map(|variable| variable.name.as_str());
            let path = part.workload.path(["environment", name.as_str()]);
            findings.push(
                Finding::warning(CODE, path, format!("{who} is told `{name}`, which its role doesn't read"))
                    .why(format!("the contract of artifact.{} doesn't list it for `{}`", part.artifact, role.name))
                    .fix(match nearest(name.as_str(), known) {
                        Some(near) => format!("did you mean `{near}`? Otherwise remove it"),
                        None => "remove it".to_owned(),
                    }),
            );
        }
    }
    findings
}
