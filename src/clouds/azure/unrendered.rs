//! What isn't rendered in Azure yet: refused at its place, never left out in silence.

use super::draft::Draft;
use crate::model::reference::Kind;

/// Kinds of component that have no renderer, with why and what to do.
const KINDS: [(Kind, &str, &str); 3] = [
    (
        Kind::Api,
        "functions run as jobs in Azure, which answer no requests",
        "let a service answer, or take it out for this environment",
    ),
    (
        Kind::CostAnomaly,
        "Azure watches for unusual spending of a whole subscription, not of one stack in it",
        "watch the subscription by hand, or take it out for this environment",
    ),
    (
        Kind::Setting,
        "this version of landfall has no store of settings in Azure yet, and leaving one out would go unnoticed",
        "take it out for this environment (a null in its file takes away what the base has), and give those who read it a variable",
    ),
];

/// Adds a finding for each component that would be left out.
pub(super) fn check(draft: &mut Draft<'_>) {
    let components = draft.stack.components();
    for (kind, why, fix) in KINDS {
        for component in components.iter().filter(|component| component.kind == kind) {
            draft.never("azure-unrendered", component, [], format!("`{component}` in Azure"), why, fix);
        }
    }
}
