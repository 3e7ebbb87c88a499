//! Executions of Container Apps jobs, which a deployment starts. Source: Container Apps REST API reference, Jobs - Start, Job Execution.
//!
//! The sandbox runs no code: an execution is well, unless a fault says what it comes to.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::container_registry;
use super::error::ArmError;
use super::identifier::Identifier;
use super::resources::{self, missing};
use super::stack::ArmStack;
use crate::sandbox::world::World;

/// The type of a job.
const JOB: &str = "Microsoft.App/jobs";
/// Where a job keeps its executions; no template can ask for it.
const EXECUTIONS: &str = "(executions)";

/// Starts a job, with another template for this execution where one is given.
///
/// # Errors
/// `ResourceNotFound`; `InvalidParameterValueInContainerTemplate` for an image that can't be run.
pub fn start(world: &mut World, job: &Identifier, template: &Value, now: Timestamp) -> Result<Value, ArmError> {
    let found = resources::find(world, &job.text).cloned().ok_or_else(|| missing(job))?;
    if template.get("containers").is_some() {
        let body = Map::from_iter([("properties".to_owned(), json!({ "template": template }))]);
        if let Some(error) = container_registry::unfit(world, JOB, &body) {
            return Err(error);
        }
    }
    let owner = found.owner.clone();
    let stack = owner.as_ref().map(|owner| ArmStack::label(&owner.stack)).unwrap_or_default();
    let stack = stack.rsplit('/').next().unwrap_or_default().to_owned();
    let logical_id = owner.map(|owner| owner.logical_id).unwrap_or_default();
    let failed = world.faults.on_invocation(&stack, &logical_id).is_some_and(|invoked| invoked.error.is_some());
    let name = format!("{}-{}", job.own_name(), world.ids.hex(7));
    let status = if failed { "Failed" } else { "Succeeded" };
    let id = format!("{}/executions/{name}", job.text);
    let properties =
        json!({ "status": status, "startTime": now.to_string(), "endTime": now.to_string(), "template": template });
    if let Some(found) = world.resources.edit(&resources::key(job)) {
        let kept = found.attributes.entry(EXECUTIONS.to_owned()).or_insert_with(|| json!({}));
        kept[name.as_str()] =
            json!({ "id": id, "name": name, "type": "Microsoft.App/jobs/executions", "properties": properties });
    }
    Ok(json!({ "id": id, "name": name }))
}

/// An execution.
///
/// # Errors
/// `ResourceNotFound`.
pub fn execution(world: &World, execution: &Identifier) -> Result<Value, ArmError> {
    let job = execution.above.as_deref().and_then(|job| resources::find(world, job));
    let found = job.and_then(|job| job.attributes.get(EXECUTIONS)?.get(execution.own_name()));
    found.cloned().ok_or_else(|| missing(execution))
}
