//! `CreateChangeSet`.

use jiff::SignedDuration;

use super::Request;
use crate::sandbox::aws::cloudformation::change_set::ChangeSet;
use crate::sandbox::aws::cloudformation::operation::OnFailure;
use crate::sandbox::aws::cloudformation::request::{self, Requested};
use crate::sandbox::aws::cloudformation::stack::Stack;
use crate::sandbox::aws::cloudformation::status::{ChangeSetStatus, ExecutionStatus, StackStatus};
use crate::sandbox::aws::cloudformation::template::Template;
use crate::sandbox::aws::cloudformation::{changes, drift, naming, outputs, validation};
use crate::sandbox::aws::error::ApiError;
use crate::sandbox::world::World;
use crate::sandbox::xml::Xml;

/// Seconds that CloudFormation takes to compute a change set, about.
const SECONDS: f64 = 6.0;

/// The reason of a change set without changes, and that of one whose template has transforms.
/// Source: the AWS CLI, `customizations/cloudformation/deployer.py`, which tells an empty change set by these two.
const NO_CHANGES: &str =
    "The submitted information didn't contain changes. Submit different information to create a change set.";
const NO_UPDATES: &str = "No updates are to be performed.";

pub(super) fn create(world: &mut World, request: &Request<'_>) -> Result<Xml, ApiError> {
    let Request { caller, query, now } = *request;
    let stack_name = query.required("StackName")?.to_owned();
    let name = query.required("ChangeSetName")?.to_owned();
    naming::check_new(&name, "changeSetName")?;
    let creates = match query.text("ChangeSetType").unwrap_or("UPDATE") {
        "CREATE" => true,
        "UPDATE" => false,
        "IMPORT" => {
            return Err(ApiError::validation("The sandbox doesn't import resources into stacks."));
        }
        other => {
            return Err(ApiError::constraint(
                other,
                "changeSetType",
                "Member must satisfy enum value set: [IMPORT, UPDATE, CREATE]",
            ));
        }
    };
    let reverts_drift = match query.text("DeploymentMode") {
        None => false,
        Some("REVERT_DRIFT") if creates => {
            return Err(ApiError::validation("DeploymentMode REVERT_DRIFT needs a stack that exists"));
        }
        Some("REVERT_DRIFT") => true,
        Some(other) => {
            return Err(ApiError::constraint(
                other,
                "deploymentMode",
                "Member must satisfy enum value set: [REVERT_DRIFT]",
            ));
        }
    };
    let on_failure = match query.text("OnStackFailure") {
        None => None,
        Some("ROLLBACK") => Some(OnFailure::Rollback),
        Some("DO_NOTHING") => Some(OnFailure::DoNothing),
        Some("DELETE") if creates => Some(OnFailure::Delete),
        Some(other) => {
            return Err(ApiError::validation(format!("OnStackFailure cannot be {other} for this type of change set")));
        }
    };
    let existing = naming::find(world, caller, &stack_name).map(|stack| stack.id.clone());
    let stack_id = match (&existing, creates) {
        (None, false) => {
            return Err(ApiError::validation(format!("Stack [{stack_name}] does not exist")));
        }
        (None, true) => None,
        (Some(id), _) => Some(id.clone()),
    };
    let stack = stack_id.as_ref().and_then(|id| world.stacks.get(id));
    if let Some(stack) = stack {
        if let Some(answer) = already_there(stack, &name, request)? {
            return Ok(answer);
        }
        match (creates, stack.status) {
            (true, StackStatus::ReviewInProgress) => {}
            (true, _) => {
                return Err(ApiError::validation(format!(
                    "Stack [{stack_name}] already exists and cannot be created again with the changeSet [{name}]."
                )));
            }
            (false, StackStatus::ReviewInProgress) => {
                return Err(ApiError::validation(format!("Stack [{stack_name}] does not exist")));
            }
            (false, status) if status.allows_update() => {}
            (false, status) => {
                return Err(ApiError::validation(format!(
                    "Stack:{} is in {status} state and can not be updated.",
                    stack.id
                )));
            }
        }
    } else {
        naming::check_new(&stack_name, "stackName")?;
    }
    let previous = stack.filter(|_| !creates);
    let Requested { definition, transform_failure } = request::definition(world, caller, query, previous, false)?;

    // From here on the request is accepted; what is wrong shows in the change set.
    let place = naming::place(caller);
    let mut stack = match stack_id.as_ref().and_then(|id| world.stacks.remove(id)) {
        Some(stack) => stack,
        None => {
            let id = naming::stack_arn(&place, &stack_name, &mut world.ids);
            let mut stack = Stack::new(id, stack_name, place.clone(), now);
            stack.enter(&mut world.ids, now, StackStatus::ReviewInProgress, Some("User Initiated".to_owned()));
            stack
        }
    };
    let mut change_set = ChangeSet {
        id: naming::change_set_arn(&place, &name, &mut world.ids),
        name,
        creates,
        reverts_drift,
        created: now,
        ready: now
            + SignedDuration::from_millis(crate::sandbox::aws::cloudformation::operation::milliseconds(
                SECONDS * world.pace,
            )),
        status: ChangeSetStatus::CreateComplete,
        status_reason: None,
        execution: ExecutionStatus::Available,
        description: query.text("Description").map(str::to_owned),
        definition,
        changes: Vec::new(),
        findings: Vec::new(),
        on_failure,
        token: query.text("ClientToken").map(str::to_owned),
        operation_id: world.ids.uuid(),
        essence: query.essence(),
    };
    if let Some(reason) = transform_failure.or_else(|| fill(world, &stack, &mut change_set)) {
        change_set.status = ChangeSetStatus::Failed;
        change_set.status_reason = Some(reason);
        change_set.execution = ExecutionStatus::Unavailable;
    }
    let mut xml = Xml::new();
    xml.text("Id", &change_set.id);
    xml.text("StackId", &stack.id);
    stack.change_sets.push(change_set);
    world.stacks.put(stack.id.clone(), stack);
    Ok(xml)
}

/// Computes the changes; gives back the reason when the change set comes out as failed.
fn fill(world: &World, stack: &Stack, change_set: &mut ChangeSet) -> Option<String> {
    let definition = &change_set.definition;
    let actual = change_set.reverts_drift.then(|| drift::as_it_is(world, stack, change_set.created));
    let stack = actual.as_ref().unwrap_or(stack);
    let found = match changes::compute(world, stack, definition) {
        Ok(found) => found,
        Err(error) => return Some(error.to_string()),
    };
    let findings = match validation::run(world, stack, definition, &found) {
        Ok(findings) => findings,
        Err(error) => return Some(error.to_string()),
    };
    let empty = found.is_empty() && !change_set.creates && !outputs::differ(stack, definition);
    change_set.changes = found;
    let failed = validation::summary(&findings);
    change_set.findings = findings;
    if failed.is_some() {
        return failed;
    }
    let transformed = given_transforms(&definition.template_body);
    empty.then(|| if transformed { NO_UPDATES } else { NO_CHANGES }.to_owned())
}

/// A change set of this name exists: the same request gives the same answer, another is refused.
fn already_there(stack: &Stack, name: &str, request: &Request<'_>) -> Result<Option<Xml>, ApiError> {
    let Some(existing) = stack.change_sets.iter().find(|change_set| change_set.name == name) else {
        return Ok(None);
    };
    let essence = request.query.essence();
    if existing.essence == essence {
        let mut xml = Xml::new();
        xml.text("Id", &existing.id);
        xml.text("StackId", &stack.id);
        return Ok(Some(xml));
    }
    let differing = |prefix: &str| {
        let part = |from: &std::collections::BTreeMap<String, String>| {
            from.iter().filter(|(key, _)| key.starts_with(prefix)).map(|(_, value)| value.clone()).collect::<Vec<_>>()
        };
        part(&existing.essence) != part(&essence)
    };
    let attribute = ["ClientToken", "Template", "Parameters", "Tags", "Capabilities", "RoleARN", "Description"]
        .into_iter()
        .find(|name| differing(name))
        .unwrap_or("ChangeSetType");
    Err(ApiError::new(
        400,
        "AlreadyExistsException",
        format!("ChangeSet {name} cannot be created due to a mismatch with existing attribute {attribute}"),
    ))
}

/// Whether the template as it was given asks for transforms.
fn given_transforms(body: &str) -> bool {
    Template::parse(body).is_ok_and(|template| !template.transforms().is_empty())
}
