//! A service is reached on a port on which its role doesn't listen.
//!
//! Why: nobody would answer, and every new copy would be taken for unwell. A variable may move the port: where one of the
//! service's variables holds the port that is given, that is taken to be so.
//! Mend: give the contract's `port`, or set the variable that moves it.

use crate::contract::Contracts;
use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;
use crate::model::variable::Variable;

use super::part::played;

pub(super) const CODE: &str = "contract-port";

pub(super) fn check(stack: &Stack, contracts: &Contracts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (part, role) in played(stack, contracts) {
        let Some(service) = part.service else { continue };
        let who = &part.workload.reference;
        let path = part.workload.path(["port"]);
        match (service.port, role.port) {
            (Some(given), Some(listens)) if given != listens => {
                let moved = part.workload.environment.iter().any(|(name, value)| {
                    role.variable(name.as_str()).is_some()
                        && match value {
                            Variable::Number(number) => *number == i64::from(given),
                            Variable::Text(text) => *text == given.to_string(),
                            Variable::Decimal(_) | Variable::Switch(_) | Variable::From(_) | Variable::Secret(_) => {
                                false
                            }
                        }
                });
                if !moved {
                    findings.push(
                        Finding::error(CODE, path, format!("{who} is reached on port {given}"))
                            .why(format!("the role `{}` listens on {listens}", role.name))
                            .fix(format!("write `port: {listens}`, or set the variable that moves it")),
                    );
                }
            }
            (Some(given), None) => findings.push(
                Finding::error(CODE, path, format!("{who} is reached on port {given}"))
                    .why(format!("the role `{}` doesn't listen at all", role.name))
                    .fix("remove `port`, and the load balancer with it"),
            ),
            (Some(_), Some(_)) | (None, _) => {}
        }
    }
    findings
}
