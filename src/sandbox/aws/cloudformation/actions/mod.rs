//! CloudFormation's actions, by what they are about.

mod change_sets;
mod create_change_set;
mod drifts;
mod events;
mod exports;
mod protection;
mod resources;
mod stack_operations;
mod stacks;
mod templates;

use jiff::Timestamp;

use crate::sandbox::aws::caller::Caller;
use crate::sandbox::aws::error::ApiError;
use crate::sandbox::aws::query::Query;
use crate::sandbox::world::World;
use crate::sandbox::xml::Xml;

/// The namespace of CloudFormation's answers.
pub const NAMESPACE: &str = "http://cloudformation.amazonaws.com/doc/2010-05-15/";

/// One request to CloudFormation.
pub(super) struct Request<'a> {
    /// Who asks, and where.
    pub(super) caller: &'a Caller,
    /// What is asked.
    pub(super) query: &'a Query,
    /// When.
    pub(super) now: Timestamp,
}

/// Carries out an action.
///
/// # Errors
/// As CloudFormation answers them.
pub fn call(world: &mut World, caller: &Caller, action: &str, query: &Query, now: Timestamp) -> Result<Xml, ApiError> {
    let request = Request { caller, query, now };
    match action {
        "CancelUpdateStack" => stack_operations::cancel_update(world, &request),
        "ContinueUpdateRollback" => stack_operations::continue_update_rollback(world, &request),
        "CreateChangeSet" => create_change_set::create(world, &request),
        "CreateStack" => stack_operations::create(world, &request),
        "DeleteChangeSet" => change_sets::delete(world, &request),
        "DeleteStack" => stack_operations::delete(world, &request),
        "DescribeChangeSet" => change_sets::describe(world, &request),
        "DescribeEvents" => events::describe_operations(world, &request),
        "DescribeStackDriftDetectionStatus" => drifts::describe_detection(world, &request),
        "DescribeStackEvents" => events::describe(world, &request),
        "DescribeStackResource" => resources::describe_one(world, &request),
        "DescribeStackResourceDrifts" => drifts::describe(world, &request),
        "DescribeStackResources" => resources::describe(world, &request),
        "DescribeStacks" => stacks::describe(world, &request),
        "DetectStackDrift" => drifts::detect(world, &request),
        "DetectStackResourceDrift" => drifts::detect_resource(world, &request),
        "ExecuteChangeSet" => change_sets::execute(world, &request),
        "GetStackPolicy" => protection::get_policy(world, &request),
        "GetTemplate" => templates::get(world, &request),
        "GetTemplateSummary" => templates::summary(world, &request),
        "ListChangeSets" => change_sets::list(world, &request),
        "ListExports" => exports::list(world, &request),
        "ListImports" => exports::list_imports(world, &request),
        "ListStackResources" => resources::list(world, &request),
        "ListStacks" => stacks::list(world, &request),
        "RollbackStack" => stack_operations::rollback(world, &request),
        "SetStackPolicy" => protection::set_policy(world, &request),
        "SignalResource" => resources::signal(world, &request),
        "UpdateStack" => stack_operations::update(world, &request),
        "UpdateTerminationProtection" => protection::update_termination(world, &request),
        "ValidateTemplate" => templates::validate(world, &request),
        _ => Err(ApiError::new(
            400,
            "InvalidAction",
            format!("Could not find operation {action} for version 2010-05-15"),
        )),
    }
}
