//! A target on Google Cloud, and two of its documents side by side.

use crate::clouds::{Deployed, Rendered};
use crate::diagnostics::finding::Finding;
use crate::model::placement::Target;
use crate::model::stack::Stack;
use crate::plan::Plan;
use crate::plan::deployment::Place;
use crate::plan::refusal::Refusal;

const UNKNOWN: &str = "this version of landfall has no renderer for Google Cloud";

/// Renders a stack as a Terraform document.
///
/// # Errors
/// Always: there is no renderer yet.
pub fn rendered(_: &Target, _: &Stack) -> Result<Rendered, Vec<Finding>> {
    let why = "the model knows the cloud, and what components become there is not written yet";
    Err(vec![
        Finding::error("cloud-without-renderer", ["placement", "cloud"], UNKNOWN)
            .why(why)
            .fix("place it on another cloud"),
    ])
}

/// What differs between two documents of a target.
///
/// # Errors
/// Always: there is no renderer yet.
pub fn compared(_: &Target, _: &Place, _: &Deployed, _: &Deployed) -> Result<Plan, String> {
    Err(UNKNOWN.to_owned())
}

/// What the cloud refuses of a plan that leads away from what is deployed.
///
/// # Errors
/// Always: there is no renderer yet.
pub fn refused(_: &Target, _: &Place, _: &Deployed, _: &Plan) -> Result<Vec<Refusal>, String> {
    Err(UNKNOWN.to_owned())
}
