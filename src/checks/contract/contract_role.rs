//! A workload is told to be something that its build doesn't know, or that doesn't work in that form.
//!
//! Why: it would end with an error at its first start, or wait for events that never come.
//! Mend: name a role of the artifact's contract as the function's `handler` or as the first word of the service's `command`.

use crate::contract::Contracts;
use crate::diagnostics::finding::Finding;
use crate::diagnostics::listing::alternatives;
use crate::diagnostics::nearest::nearest;
use crate::model::stack::Stack;

use super::part::all;

pub(super) const CODE: &str = "contract-role";

pub(super) fn check(stack: &Stack, contracts: &Contracts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for part in all(stack, contracts) {
        let fitting: Vec<&str> = part
            .contract
            .roles
            .iter()
            .filter(|role| role.runs_as.contains(&part.form))
            .map(|role| role.name.as_str())
            .collect();
        let who = &part.workload.reference;
        let why = |rest: &str| format!("the contract of artifact.{} {rest}", part.artifact);
        let path = part.workload.path([part.key]);
        let fix = || match part.told.and_then(|told| nearest(told, fitting.iter().copied())) {
            Some(near) => format!("did you mean `{near}`?"),
            None if fitting.is_empty() => format!("run it in another form: none of the roles works as a {}", part.form),
            None => format!("use {}", alternatives(fitting.iter().map(|role| format!("`{role}`")))),
        };
        match (part.told, part.role()) {
            (_, Some(role)) if role.runs_as.contains(&part.form) => {}
            (_, Some(role)) => {
                let forms = alternatives(role.runs_as.iter().map(ToString::to_string));
                findings.push(
                    Finding::error(CODE, path, format!("{who} runs the role `{}` as a {}", role.name, part.form))
                        .why(why(&format!("says that it works as a {forms}")))
                        .fix(fix()),
                );
            }
            (Some(told), None) => findings.push(
                Finding::error(CODE, path, format!("{who} is told to be `{told}`, which its build doesn't know"))
                    .why(why("has no such role"))
                    .fix(fix()),
            ),
            (None, None) => findings.push(
                Finding::error(CODE, path, format!("{who} isn't told which role to play"))
                    .why(why(&format!(
                        "has {} roles, and the image alone starts none of them",
                        part.contract.roles.len()
                    )))
                    .fix(fix()),
            ),
        }
    }
    findings
}
