//! A target as a deployment stack takes it, and two of its documents side by side.

use std::collections::BTreeMap;

use super::names;
use super::render::render;
use crate::clouds::{Deployed, Parameter, Rendered};
use crate::diagnostics::finding::Finding;
use crate::model::placement::Target;
use crate::model::stack::Stack;
use crate::plan::Plan;
use crate::plan::deployment::Place;
use crate::plan::refusal::Refusal;

const UNKNOWN: &str = "this version of landfall can't compare two templates of Azure yet";

/// Renders a stack as an ARM template.
///
/// # Errors
/// All that Azure would refuse and that can be known beforehand.
pub fn rendered(target: &Target, stack: &Stack) -> Result<Rendered, Vec<Finding>> {
    let rendered = render(target, stack)?;
    let document = rendered.template.to_json();
    let document = document.map_err(|error| vec![Finding::error("unwritable", ["description"], error.to_string())])?;
    Ok(Rendered {
        name: "azuredeploy.json",
        document,
        beside: BTreeMap::new(),
        findings: rendered.findings,
        parameters: rendered.images.into_iter().map(|(id, name)| (id, Parameter::Image(name))).collect(),
        tags: rendered.tags,
        policy: None,
        // Images go into the stack's registries; only releases and plans need a store.
        bucket: format!("landfall-{}", names::stack(target)),
    })
}

/// What differs between two documents of a target.
///
/// # Errors
/// Always: nothing compares them yet.
pub fn compared(_: &Target, _: &Place, _: &Deployed, _: &Deployed) -> Result<Plan, String> {
    Err(UNKNOWN.to_owned())
}

/// What the cloud refuses of a plan that leads away from what is deployed.
///
/// # Errors
/// Always: nothing compares them yet.
pub fn refused(_: &Target, _: &Place, _: &Deployed, _: &Plan) -> Result<Vec<Refusal>, String> {
    Err(UNKNOWN.to_owned())
}
