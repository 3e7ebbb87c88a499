//! What isn't rendered in Azure yet: refused at its place, never left out in silence.

use super::draft::Draft;
use crate::diagnostics::finding::Finding;
use crate::model::placement::Cloud;
use crate::model::reference::{Kind, Reference};

/// Kinds of component that have no renderer yet, with what to do.
const KINDS: [(Kind, &str); 6] = [
    (Kind::Alarm, "take it out for this environment"),
    (Kind::Api, "let a service answer, or take it out for this environment"),
    (Kind::Budget, "take it out for this environment"),
    (Kind::CostAnomaly, "take it out for this environment"),
    (Kind::Dashboard, "take it out for this environment"),
    (Kind::Setting, "give the value as a variable, or take it out for this environment"),
];

/// Adds a finding for each component that would be left out.
pub(super) fn check(draft: &mut Draft<'_>) {
    let components = draft.stack.components();
    for (kind, fix) in KINDS {
        for component in components.iter().filter(|component| component.kind == kind) {
            refuse(draft, component, fix);
        }
    }
    let overridden = draft.stack.overrides.get(&Cloud::Azure).into_iter().flat_map(|all| all.keys());
    let overridden: Vec<Reference> = overridden.cloned().collect();
    for component in overridden {
        let path = ["overrides".to_owned(), Cloud::Azure.word().to_owned(), component.to_string()];
        draft.findings.push(
            Finding::error("azure-overrides", path, format!("native properties of `{component}`"))
                .why("this version of landfall can't check native properties against Azure's types yet")
                .fix("take them out"),
        );
    }
}

fn refuse(draft: &mut Draft<'_>, component: &Reference, fix: &str) {
    draft.never(
        "azure-unrendered",
        component,
        [],
        format!("`{component}` in Azure"),
        "this version of landfall doesn't render it there yet, and leaving it out would go unnoticed",
        fix,
    );
}
