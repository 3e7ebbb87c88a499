//! A variable holds a word that the role doesn't know.
//!
//! Why: the role would refuse to start, or take its own default.
//! Mend: use one of the words that the contract lists for the variable.

use crate::contract::Contracts;
use crate::diagnostics::finding::Finding;
use crate::diagnostics::listing::alternatives;
use crate::model::stack::Stack;
use crate::model::variable::Variable;

use super::part::played;

pub(super) const CODE: &str = "contract-word";

pub(super) fn check(stack: &Stack, contracts: &Contracts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (part, role) in played(stack, contracts) {
        for (name, value) in part.workload.environment {
            let words = role.variable(name.as_str()).and_then(|variable| variable.one_of.as_ref());
            let held = match value {
                Variable::Text(text) => text.clone(),
                Variable::Number(number) => number.to_string(),
                Variable::Decimal(number) => number.to_string(),
                Variable::Switch(switch) => switch.to_string(),
                // What they hold is known in the cloud only.
                Variable::From(_) | Variable::Secret(_) => continue,
            };
            let Some(words) = words.filter(|words| !words.contains(&held)) else { continue };
            let path = part.workload.path(["environment", name.as_str()]);
            let summary = format!("{} is told a `{name}` that its role doesn't know", part.workload.reference);
            let words = alternatives(words.iter().map(|word| format!("`{word}`")));
            findings.push(
                Finding::error(CODE, path, summary)
                    .why(format!("the role `{}` knows {words}", role.name))
                    .fix(format!("use {words}")),
            );
        }
    }
    findings
}
