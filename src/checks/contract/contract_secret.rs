//! A variable whose value must not be seen isn't given as a secret, or a secret is given to a variable that is no secret.
//!
//! Why: what isn't a secret stands in documents and consoles. A secret that the role takes for plain text is at best its
//! identifier, and may end in a log.
//! Mend: give secrets as `{secret: secret.…}`, and to those variables only that the contract calls secret.

use crate::contract::Contracts;
use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;
use crate::model::variable::Variable;

use super::part::played;

pub(super) const CODE: &str = "contract-secret";

pub(super) fn check(stack: &Stack, contracts: &Contracts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (part, role) in played(stack, contracts) {
        let who = &part.workload.reference;
        for (name, value) in part.workload.environment {
            let Some(variable) = role.variable(name.as_str()) else { continue };
            let secret = match value {
                Variable::Secret(_) => true,
                Variable::Text(_)
                | Variable::Number(_)
                | Variable::Decimal(_)
                | Variable::Switch(_)
                | Variable::From(_) => false,
            };
            let path = part.workload.path(["environment", name.as_str()]);
            if variable.secret && !secret {
                findings.push(
                    Finding::error(CODE, path, format!("{who} is given `{name}` in the open"))
                        .why(format!("the role `{}` says that nobody may see it: {}", role.name, variable.meaning))
                        .fix("keep it under `secrets` and give it as `{secret: secret.…}`"),
                );
            } else if secret && !variable.secret {
                findings.push(
                    Finding::error(CODE, path, format!("{who} is given a secret as `{name}`"))
                        .why(format!("the role `{}` takes that variable for plain text", role.name))
                        .fix("give a value or an attribute, such as `{from: database.main.host}`"),
                );
            }
        }
    }
    findings
}
