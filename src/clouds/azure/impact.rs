//! What a change does to an Azure resource, and how we know.
//!
//! The type definitions don't tell which properties are fixed when a resource is created, so that [`fixed`] lists them by type, each
//! with its source. Resource Manager doesn't replace a resource by itself: it refuses the change, and the resource has to be deleted
//! and made again. A plan calls that a replacement, and says before it begins what Azure will refuse.

mod fixed;
mod stateful;
mod when;

use super::meaning;
use crate::plan::change::Action;
use crate::plan::consequence::{Consequence, Impact};
use crate::plan::knowledge::{Edit, Knowledge, Movement, Removal};
use crate::plan::meaning::{Meaning, Referred};
use crate::plan::resource::Resource;

/// What is known of Azure's resource types.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ResourceManager;

/// Where it is documented how Resource Manager takes a template again.
const INCREMENTAL: &str = "Azure Resource Manager documentation, deployment modes (deployment-modes)";

impl Knowledge for ResourceManager {
    fn meaning(&self, resource: &Resource) -> Meaning {
        meaning::of(resource)
    }

    fn field(&self, edit: &Edit<'_>) -> Impact {
        let path = edit.path.names().collect::<Vec<_>>().join(".");
        if let Some(row) = fixed::find(edit, &path) {
            return row.impact(&path);
        }
        if stateful::is_known(&edit.after.kind) {
            return Impact::certain(Consequence::InPlace, "changed where it is", INCREMENTAL);
        }
        Impact::possible(
            Consequence::InPlace,
            format!("landfall doesn't know what a change of {} does", edit.after.kind),
            INCREMENTAL,
        )
    }

    fn attribute(&self, name: &str, before: &Resource, _: &Resource) -> Option<Impact> {
        match name {
            "apiVersion" => None,
            "condition" => Some(Impact::possible(
                self.removal(before).impact.consequence,
                "whether the resource is there is decided by another condition, whose outcome is not known here",
                "Azure Resource Manager documentation, conditional deployment (conditional-resource-deployment)",
            )),
            _ => Some(Impact::certain(
                Consequence::Replacement,
                "it is laid over another resource, and stays with the one that it was made for",
                "Azure Resource Manager documentation, extension resources (scope-extension-resources)",
            )),
        }
    }

    fn kind(&self, before: &Resource, after: &Resource) -> Impact {
        let why = format!("{} and {} are different types", before.kind, after.kind);
        Impact::certain(Consequence::Replacement, why, INCREMENTAL)
    }

    fn replacement(&self, before: &Resource, _: &Resource) -> Impact {
        let lost = stateful::removal(before).impact;
        let consequence = lost.consequence.max(Consequence::Replacement);
        Impact { consequence, why: format!("it has to be deleted and made again: {}", lost.why), ..lost }
    }

    fn removal(&self, resource: &Resource) -> Removal {
        stateful::removal(resource)
    }

    fn moves(&self, _: &Resource, action: Action, reference: &Referred) -> Movement {
        // Identifiers are made of names, and those stay; what a new resource gives may be another.
        match (action, &reference.attribute) {
            (Action::Replace, Some(_)) => Movement::MayMove,
            _ => Movement::Stays,
        }
    }
}

/// The changes of fields that Azure refuses, with the reason.
pub(super) fn is_fixed(kind: &str, path: &str) -> bool {
    fixed::is_fixed(kind, path)
}
