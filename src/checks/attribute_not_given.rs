//! A variable asks a component for an attribute that it doesn't give.
//!
//! Why: a queue has no host name, a service without a load balancer has no address: there would be nothing to put into the
//! variable.
//! Mend: ask for an attribute that the component gives, or give it what the attribute needs.

use crate::diagnostics::finding::Finding;
use crate::diagnostics::listing::{alternatives, listed};
use crate::model::reference::{Attribute, AttributeName, Kind};
use crate::model::stack::Stack;
use crate::model::variable::Variable;

pub(super) const CODE: &str = "attribute-not-given";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    for workload in stack.workloads() {
        for (name, variable) in workload.environment {
            let Variable::From(from) = variable else { continue };
            let attribute = &from.from;
            let Some((why, fix)) = refusal(stack, attribute) else { continue };
            let path = workload.path(["environment", name.as_str(), "from"]);
            let summary = format!("{} doesn't give `{}`", attribute.of, attribute.name.word());
            findings.push(Finding::error(CODE, path, summary).why(why).fix(fix));
        }
    }
    findings
}

fn refusal(stack: &Stack, attribute: &Attribute) -> Option<(String, String)> {
    let (of, kind) = (&attribute.of, attribute.of.kind);
    if !attribute.name.given_by(kind) {
        let given: Vec<&str> =
            AttributeName::ALL.into_iter().filter(|name| name.given_by(kind)).map(|name| name.word()).collect();
        return Some((
            format!("a {} gives {}", kind.word(), listed(&given)),
            format!("ask for {}", alternatives(given.iter().map(|name| format!("{of}.{name}")))),
        ));
    }
    match (kind, attribute.name) {
        (Kind::Service, AttributeName::Url) if stack.services.get(&of.name)?.load_balancer.is_none() => Some((
            "it has no load balancer, so no address to call".into(),
            "give it a `load-balancer`, or remove the variable".into(),
        )),
        _ => None,
    }
}
