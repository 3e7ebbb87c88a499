//! A role sends to a queue that it isn't given, or into which it may put nothing.
//!
//! Why: the role would refuse to start, or its first message would be refused.
//! Mend: give the queue's address (`{from: queue.….url}`) in the variable that the contract names, and `send` under `access`.

use crate::contract::Contracts;
use crate::diagnostics::finding::Finding;
use crate::model::access::Grant;
use crate::model::reference::{AttributeName, Kind};
use crate::model::stack::Stack;
use crate::model::variable::Variable;

use super::part::played;

pub(super) const CODE: &str = "contract-queue";

pub(super) fn check(stack: &Stack, contracts: &Contracts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (part, role) in played(stack, contracts) {
        let who = &part.workload.reference;
        for variable in &role.queues {
            let given = part.workload.environment.iter().find(|(name, _)| name.as_str() == variable);
            let why = format!("the role `{}` sends to the queue whose address `{variable}` holds", role.name);
            match given {
                // Where it is required, that it is missing is said already.
                None if role.variable(variable).is_some_and(|variable| variable.required) => {}
                None => findings.push(
                    Finding::error(CODE, part.workload.path(["environment"]), format!("{who} isn't told of a queue"))
                        .why(why)
                        .fix(format!("add `{variable}: {{from: queue.….url}}` under `environment`")),
                ),
                Some((_, Variable::From(from)))
                    if from.from.of.kind == Kind::Queue && from.from.name == AttributeName::Url =>
                {
                    if !part.workload.may(Grant::Send, &from.from.of) {
                        let path = part.workload.path(["environment", variable, "from"]);
                        let queue = &from.from.of;
                        findings.push(
                            Finding::error(CODE, path, format!("{who} may put nothing into {queue}"))
                                .why(why)
                                .fix(format!("add `{queue}: [send]` under `access`")),
                        );
                    }
                }
                Some(_) => findings.push(
                    Finding::error(
                        CODE,
                        part.workload.path(["environment", variable]),
                        format!("{who} is given no queue"),
                    )
                    .why(why)
                    .fix(format!("write `{variable}: {{from: queue.….url}}`")),
                ),
            }
        }
    }
    findings
}
