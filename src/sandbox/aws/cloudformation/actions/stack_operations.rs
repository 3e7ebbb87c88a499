//! The actions that start operations: `CreateStack`, `UpdateStack`, `DeleteStack`, `CancelUpdateStack`, `ContinueUpdateRollback`,
//! `RollbackStack`.

use std::collections::BTreeSet;

use super::{Request, protection};
use crate::sandbox::aws::cloudformation::operation::delete::DeleteOptions;
use crate::sandbox::aws::cloudformation::operation::{OnFailure, OperationKind, Options, Phase};
use crate::sandbox::aws::cloudformation::operation::{delete as deletion, deploy, restore};
use crate::sandbox::aws::cloudformation::request::{self, Requested};
use crate::sandbox::aws::cloudformation::stack::Stack;
use crate::sandbox::aws::cloudformation::status::{ExecutionStatus, ResourceStatus, StackStatus};
use crate::sandbox::aws::cloudformation::{changes, naming, outputs, tokens, validation};
use crate::sandbox::aws::error::ApiError;
use crate::sandbox::world::World;
use crate::sandbox::xml::Xml;

fn stack_id(id: &str) -> Xml {
    let mut xml = Xml::new();
    xml.text("StackId", id);
    xml
}

fn token(request: &Request<'_>) -> Option<String> {
    request.query.text("ClientRequestToken").map(str::to_owned)
}

/// Does something with a stack that is out of its shelf meanwhile, once for each token.
fn on_stack(
    world: &mut World,
    request: &Request<'_>,
    id: &str,
    act: impl FnOnce(&mut World, &mut Stack) -> Result<(), ApiError>,
) -> Result<(), ApiError> {
    let Some(mut stack) = world.stacks.remove(id) else { return Ok(()) };
    let outcome = match tokens::used(&mut stack, request.query) {
        Ok(true) => Ok(()),
        Ok(false) => act(world, &mut stack).inspect_err(|_| tokens::forget(&mut stack, request.query)),
        Err(error) => Err(error),
    };
    world.stacks.put(id.to_owned(), stack);
    outcome
}

pub(super) fn create(world: &mut World, request: &Request<'_>) -> Result<Xml, ApiError> {
    let Request { caller, query, now } = *request;
    let name = query.required("StackName")?.to_owned();
    naming::check_new(&name, "stackName")?;
    let on_failure = match (query.text("OnFailure"), query.flag("DisableRollback")?) {
        (Some(_), Some(_)) => {
            return Err(ApiError::validation("You can specify either DisableRollback or OnFailure, but not both."));
        }
        (Some("ROLLBACK"), _) | (None, Some(false) | None) => OnFailure::Rollback,
        (Some("DO_NOTHING"), _) | (None, Some(true)) => OnFailure::DoNothing,
        (Some("DELETE"), _) => OnFailure::Delete,
        (Some(other), _) => {
            return Err(ApiError::constraint(
                other,
                "onFailure",
                "Member must satisfy enum value set: [ROLLBACK, DELETE, DO_NOTHING]",
            ));
        }
    };
    if let Some(stack) = naming::find(world, caller, &name) {
        let same = query.text("ClientRequestToken").and_then(|token| stack.tokens.get(token)) == Some(&query.essence());
        if same {
            return Ok(stack_id(&stack.id));
        }
        return Err(ApiError::new(400, "AlreadyExistsException", format!("Stack [{name}] already exists")));
    }
    let Requested { definition, transform_failure } = request::definition(world, caller, query, None, true)?;
    let policy = protection::requested_policy(world, request, "StackPolicyBody", "StackPolicyURL")?;
    if let Some(reason) = transform_failure {
        return Err(ApiError::validation(reason));
    }
    let place = naming::place(caller);
    let id = naming::stack_arn(&place, &name, &mut world.ids);
    let mut stack = Stack::new(id.clone(), name, place, now);
    tokens::used(&mut stack, query)?;
    stack.policy = policy;
    stack.termination_protection = query.flag("EnableTerminationProtection")?.unwrap_or(false);
    stack.retain_except_on_create = query.flag("RetainExceptOnCreate")?.unwrap_or(false);
    let refused = refused(world, &stack, &definition)?;
    let options = Options { token: token(request), on_failure, policy: None };
    deploy::create(world, &mut stack, definition, options, now);
    if let Some(reason) = refused {
        deploy::refuse(world, &mut stack, reason, now);
    }
    stack.updated = None;
    world.stacks.put(id.clone(), stack);
    Ok(stack_id(&id))
}

/// What the checks before a direct operation say, if they stop it.
fn refused(
    world: &World,
    stack: &Stack,
    definition: &crate::sandbox::aws::cloudformation::stack::Definition,
) -> Result<Option<String>, ApiError> {
    let wrong =
        |error: crate::sandbox::aws::cloudformation::evaluate::Unresolved| ApiError::validation(error.to_string());
    let found = changes::compute(world, stack, definition).map_err(wrong)?;
    let findings = validation::run(world, stack, definition, &found).map_err(wrong)?;
    Ok(validation::summary(&findings))
}

pub(super) fn update(world: &mut World, request: &Request<'_>) -> Result<Xml, ApiError> {
    let Request { caller, query, now } = *request;
    let name = query.required("StackName")?.to_owned();
    let id = naming::find(world, caller, &name)
        .filter(|stack| !matches!(stack.status, StackStatus::DeleteComplete | StackStatus::ReviewInProgress))
        .map(|stack| stack.id.clone())
        .ok_or_else(|| ApiError::validation(format!("Stack [{name}] does not exist")))?;
    on_stack(world, request, &id, |world, stack| {
        if !stack.status.allows_update() {
            return Err(ApiError::validation(format!(
                "Stack:{} is in {} state and can not be updated.",
                stack.id, stack.status
            )));
        }
        let Requested { definition, transform_failure } = request::definition(world, caller, query, Some(stack), true)?;
        if let Some(reason) = transform_failure {
            return Err(ApiError::validation(reason));
        }
        let during =
            protection::requested_policy(world, request, "StackPolicyDuringUpdateBody", "StackPolicyDuringUpdateURL")?;
        let policy = protection::requested_policy(world, request, "StackPolicyBody", "StackPolicyURL")?;
        let found =
            changes::compute(world, stack, &definition).map_err(|error| ApiError::validation(error.to_string()))?;
        if found.is_empty() && !outputs::differ(stack, &definition) {
            return Err(ApiError::validation("No updates are to be performed."));
        }
        let refused = refused(world, stack, &definition)?;
        if policy.is_some() {
            stack.policy = policy;
        }
        let disable = query.flag("DisableRollback")?.unwrap_or(false);
        stack.retain_except_on_create = query.flag("RetainExceptOnCreate")?.unwrap_or(false);
        let on_failure = if disable { OnFailure::DoNothing } else { OnFailure::Rollback };
        for change_set in &mut stack.change_sets {
            change_set.execution = ExecutionStatus::Obsolete;
        }
        let options = Options { token: token(request), on_failure, policy: during };
        deploy::update(world, stack, definition, options, now);
        if let Some(reason) = refused {
            deploy::refuse(world, stack, reason, now);
        }
        Ok(())
    })?;
    Ok(stack_id(&id))
}

pub(super) fn delete(world: &mut World, request: &Request<'_>) -> Result<Xml, ApiError> {
    let Request { caller, query, now } = *request;
    let name = query.required("StackName")?;
    // Deleting what isn't there is no error.
    let Some(id) = naming::find(world, caller, name).map(|stack| stack.id.clone()) else { return Ok(Xml::new()) };
    let retain: BTreeSet<String> = query.texts("RetainResources").into_iter().collect();
    let force = match query.text("DeletionMode") {
        None | Some("STANDARD") => false,
        Some("FORCE_DELETE_STACK") => true,
        Some(other) => {
            return Err(ApiError::constraint(
                other,
                "deletionMode",
                "Member must satisfy enum value set: [STANDARD, FORCE_DELETE_STACK]",
            ));
        }
    };
    on_stack(world, request, &id, |world, stack| {
        if matches!(stack.status, StackStatus::DeleteComplete | StackStatus::DeleteInProgress) {
            return Ok(());
        }
        if stack.termination_protection {
            return Err(ApiError::validation(format!(
                "Stack [{}] cannot be deleted while TerminationProtection is enabled",
                stack.name
            )));
        }
        if stack.status.is_in_progress() && stack.status != StackStatus::CreateInProgress {
            return Err(ApiError::validation(format!(
                "Stack [{}] cannot be deleted while in status {}",
                stack.id, stack.status
            )));
        }
        if (!retain.is_empty() || force) && stack.status != StackStatus::DeleteFailed {
            let what = if force { "DeletionMode" } else { "RetainResources" };
            return Err(ApiError::validation(format!(
                "Invalid operation on stack [{}]. When you delete a stack, specify {what} only when the stack is in the DELETE_FAILED state.",
                stack.id
            )));
        }
        for resource in &retain {
            match stack.resources.get(resource).map(|resource| resource.status) {
                None => {
                    return Err(ApiError::validation(format!(
                        "The specified resources to retain must be in a valid state. [{resource}] does not exist in the stack."
                    )));
                }
                Some(ResourceStatus::DeleteComplete) => {
                    return Err(ApiError::validation(
                        "The specified resources to retain must be in a valid state. Do not specify resources that are in the DELETE_COMPLETE state.",
                    ));
                }
                Some(_) => {}
            }
        }
        if force {
            stack.deletion_mode = Some("FORCE_DELETE_STACK".to_owned());
        }
        stack.operation = None;
        let options = DeleteOptions { token: token(request), retain, force };
        deletion::delete(world, stack, options, false, now);
        Ok(())
    })?;
    Ok(Xml::new())
}

pub(super) fn cancel_update(world: &mut World, request: &Request<'_>) -> Result<Xml, ApiError> {
    let name = request.query.required("StackName")?;
    let id = naming::changed(world, request.caller, name)?;
    on_stack(world, request, &id, |world, stack| {
        let updating = stack
            .operation
            .as_ref()
            .is_some_and(|operation| operation.kind == OperationKind::Update && operation.phase == Phase::Deploy);
        if stack.status != StackStatus::UpdateInProgress || !updating {
            return Err(ApiError::validation("CancelUpdateStack cannot be called from current stack status"));
        }
        restore::cancel(world, stack, request.now);
        Ok(())
    })?;
    Ok(Xml::new())
}

pub(super) fn continue_update_rollback(world: &mut World, request: &Request<'_>) -> Result<Xml, ApiError> {
    let name = request.query.required("StackName")?;
    let id = naming::changed(world, request.caller, name)?;
    let skip: BTreeSet<String> = request.query.texts("ResourcesToSkip").into_iter().collect();
    on_stack(world, request, &id, |world, stack| {
        if stack.status != StackStatus::UpdateRollbackFailed {
            return Err(ApiError::validation(format!(
                "Stack:{} is in {} state and can not continue rollback.",
                stack.id, stack.status
            )));
        }
        for name in &skip {
            let status = stack.resources.get(name).map(|resource| resource.status);
            match status {
                None => {
                    return Err(ApiError::validation(format!(
                        "Resource [{name}] does not exist in stack [{}]",
                        stack.name
                    )));
                }
                Some(ResourceStatus::UpdateFailed) => {}
                Some(status) => {
                    return Err(ApiError::validation(format!(
                        "Only resources in UPDATE_FAILED state can be skipped; [{name}] is in {status} state"
                    )));
                }
            }
        }
        restore::rollback(world, stack, token(request), &skip, request.now);
        Ok(())
    })?;
    Ok(Xml::new())
}

pub(super) fn rollback(world: &mut World, request: &Request<'_>) -> Result<Xml, ApiError> {
    let name = request.query.required("StackName")?;
    let id = naming::changed(world, request.caller, name)?;
    let retain_except = request.query.flag("RetainExceptOnCreate")?.unwrap_or(false);
    on_stack(world, request, &id, |world, stack| {
        match stack.status {
            StackStatus::CreateFailed => {
                stack.retain_except_on_create = retain_except;
                let options = DeleteOptions { token: token(request), ..DeleteOptions::default() };
                deletion::delete(world, stack, options, true, request.now);
            }
            StackStatus::UpdateFailed => {
                stack.retain_except_on_create = retain_except;
                restore::rollback(world, stack, token(request), &BTreeSet::new(), request.now);
            }
            status => {
                return Err(ApiError::validation(format!(
                    "Stack:{} is in {status} state and can not be rolled back.",
                    stack.id
                )));
            }
        }
        Ok(())
    })?;
    Ok(stack_id(&id))
}
