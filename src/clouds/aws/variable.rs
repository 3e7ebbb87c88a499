//! Environment variables of workloads.

use serde_json::Value;

use super::draft::Draft;
use super::reference;
use crate::diagnostics::finding::Finding;
use crate::model::reference::Reference;
use crate::model::variable::{Variable, VariableName};

/// What a variable comes to in AWS.
pub(super) enum Rendered {
    /// A text, possibly evaluated.
    Text(Value),
    /// A secret: its Amazon Resource Name, and whose it is.
    Secret(Value, Reference),
}

/// What a variable comes to; nothing, and a finding, where it names what isn't there.
pub(super) fn render(
    draft: &mut Draft<'_>,
    owner: &Reference,
    name: &VariableName,
    variable: &Variable,
) -> Option<Rendered> {
    match variable {
        Variable::Text(text) => Some(Rendered::Text(Value::String(text.clone()))),
        Variable::Number(number) => Some(Rendered::Text(Value::String(number.to_string()))),
        Variable::Decimal(number) => Some(Rendered::Text(Value::String(number.to_string()))),
        Variable::Switch(on) => Some(Rendered::Text(Value::String(on.to_string()))),
        Variable::From(from) => {
            let value = reference::value(draft.target, draft.stack, &from.from);
            if value.is_none() {
                draft.findings.push(nothing_there(owner, name, &from.from.to_string()));
            }
            value.map(Rendered::Text)
        }
        Variable::Secret(from) => {
            let arn = reference::secret_arn(draft.stack, &from.secret).filter(|_| draft.stack.has(&from.secret));
            if arn.is_none() {
                draft.findings.push(nothing_there(owner, name, &from.secret.to_string()));
            }
            arn.map(|arn| Rendered::Secret(arn, from.secret.clone()))
        }
    }
}

fn nothing_there(owner: &Reference, name: &VariableName, wanted: &str) -> Finding {
    let [section, component] = owner.path();
    Finding::error(
        "unknown-reference",
        [section, component, "environment".to_owned(), name.to_string()],
        format!("there is no `{wanted}` that could give `{name}` its value"),
    )
    .why("a variable without a value would only be noticed when the workload runs")
    .fix("name a component of this environment and something that it gives")
}
