//! `DescribeChangeSet`, `ListChangeSets`, `ExecuteChangeSet` and `DeleteChangeSet`.

use jiff::Timestamp;

use super::Request;
use crate::sandbox::aws::cloudformation::change_set::ChangeSet;
use crate::sandbox::aws::cloudformation::changes::{Attribute, ChangeAction, Replacement, ResourceChange};
use crate::sandbox::aws::cloudformation::operation::{OnFailure, Options, deploy};
use crate::sandbox::aws::cloudformation::stack::Stack;
use crate::sandbox::aws::cloudformation::status::{ExecutionStatus, StackStatus};
use crate::sandbox::aws::cloudformation::{drift, naming, page, tokens};
use crate::sandbox::aws::error::{ApiError, iso8601};
use crate::sandbox::world::World;
use crate::sandbox::xml::Xml;

/// The change set that a request means, and its stack.
///
/// # Errors
/// `ChangeSetNotFound`, `ValidationError`.
pub(super) fn find<'a>(world: &'a World, request: &Request<'_>) -> Result<(&'a Stack, &'a ChangeSet), ApiError> {
    let name = request.query.required("ChangeSetName")?;
    let not_found = || ApiError::new(404, "ChangeSetNotFound", format!("ChangeSet [{name}] does not exist"));
    if name.starts_with("arn:") {
        let place = naming::place(request.caller);
        return world
            .stacks
            .iter()
            .map(|(_, stack)| stack)
            .filter(|stack| stack.place == place)
            .find_map(|stack| Some((stack, stack.change_sets.iter().find(|change_set| change_set.id == name)?)))
            .ok_or_else(not_found);
    }
    let stack_name = request.query.text("StackName").ok_or_else(|| {
        ApiError::validation("StackName must be specified if ChangeSetName is not specified as an ARN.")
    })?;
    let stack = naming::find(world, request.caller, stack_name)
        .ok_or_else(|| ApiError::validation(format!("Stack [{stack_name}] does not exist")))?;
    let change_set = stack.change_sets.iter().find(|change_set| change_set.name == name).ok_or_else(not_found)?;
    Ok((stack, change_set))
}

pub(super) fn describe(world: &mut World, request: &Request<'_>) -> Result<Xml, ApiError> {
    let (stack, change_set) = find(world, request)?;
    let ready = request.now >= change_set.ready;
    let changes: Vec<&ResourceChange> = if ready { change_set.changes.iter().collect() } else { Vec::new() };
    let (changes, next) = page::of(changes, request.query.text("NextToken"), page::SIZE)?;
    let values = request.query.flag("IncludePropertyValues")?.unwrap_or(false);
    let definition = &change_set.definition;
    let mut xml = Xml::new();
    head(&mut xml, stack, change_set, request.now);
    xml.optional("Description", change_set.description.as_ref());
    xml.list("Parameters", &definition.parameters, |xml, (key, value)| {
        xml.text("ParameterKey", key);
        xml.text("ParameterValue", if value.no_echo { "****" } else { &value.text });
        xml.optional("ResolvedValue", value.resolved.as_ref());
    });
    xml.texts("NotificationARNs", &definition.notification_arns);
    xml.inside("RollbackConfiguration", |_| {});
    xml.texts("Capabilities", &definition.capabilities);
    xml.list("Tags", &definition.tags, |xml, (key, value)| {
        xml.text("Key", key);
        xml.text("Value", value);
    });
    xml.list("Changes", changes, |xml, change| {
        xml.text("Type", "Resource");
        xml.inside("ResourceChange", |xml| resource_change(xml, change, values));
    });
    let on_failure = change_set.on_failure.map(|on_failure| match on_failure {
        OnFailure::Rollback => "ROLLBACK",
        OnFailure::Delete => "DELETE",
        OnFailure::DoNothing => "DO_NOTHING",
    });
    xml.optional("OnStackFailure", on_failure);
    xml.optional("NextToken", next);
    Ok(xml)
}

fn head(xml: &mut Xml, stack: &Stack, change_set: &ChangeSet, now: Timestamp) {
    let ready = now >= change_set.ready;
    xml.text("ChangeSetName", &change_set.name);
    xml.text("ChangeSetId", &change_set.id);
    xml.text("StackId", &stack.id);
    xml.text("StackName", &stack.name);
    xml.text("CreationTime", iso8601(change_set.created));
    xml.text("ExecutionStatus", change_set.execution_at(now));
    xml.text("Status", change_set.status_at(now));
    xml.optional("StatusReason", change_set.status_reason.as_ref().filter(|_| ready));
    xml.text("IncludeNestedStacks", false);
    xml.optional("DeploymentMode", change_set.reverts_drift.then_some("REVERT_DRIFT"));
}

fn resource_change(xml: &mut Xml, change: &ResourceChange, values: bool) {
    xml.optional("PolicyAction", change.policy_action.as_ref());
    let action = match change.action {
        ChangeAction::Add => "Add",
        ChangeAction::Modify => "Modify",
        ChangeAction::Remove => "Remove",
    };
    xml.text("Action", action);
    xml.text("LogicalResourceId", &change.logical_id);
    xml.optional("PhysicalResourceId", change.physical_id.as_ref());
    xml.text("ResourceType", &change.kind);
    let replacement = change.replacement.map(|replacement| match replacement {
        Replacement::True => "True",
        Replacement::False => "False",
        Replacement::Conditional => "Conditional",
    });
    xml.optional("Replacement", replacement);
    xml.texts("Scope", change.scope.iter().map(|attribute| attribute.as_str()));
    let mut shown: Vec<_> = change.details.iter().collect();
    if !values {
        // Without values a property appears once for each source of its change.
        shown.sort_by_key(|detail| (detail.name.clone(), detail.source.clone(), detail.cause.clone()));
        shown.dedup_by_key(|detail| {
            (detail.attribute, detail.name.clone(), detail.source.clone(), detail.cause.clone())
        });
    }
    xml.list("Details", shown, |xml, detail| {
        xml.inside("Target", |xml| {
            xml.text("Attribute", detail.attribute.as_str());
            xml.optional("Name", detail.name.as_ref());
            if detail.attribute == Attribute::Properties {
                xml.text("RequiresRecreation", &detail.recreation);
            } else {
                xml.text("RequiresRecreation", "Never");
            }
            if values {
                xml.text("Path", &detail.path);
                xml.optional("BeforeValue", detail.before.as_ref());
                xml.optional("AfterValue", detail.after.as_ref());
                xml.text("AttributeChangeType", &detail.change);
            }
        });
        xml.text("Evaluation", if detail.is_static { "Static" } else { "Dynamic" });
        xml.text("ChangeSource", &detail.source);
        xml.optional("CausingEntity", detail.cause.as_ref());
    });
    if values {
        xml.optional("BeforeContext", change.before.as_ref());
        xml.optional("AfterContext", change.after.as_ref());
    }
}

pub(super) fn list(world: &mut World, request: &Request<'_>) -> Result<Xml, ApiError> {
    let name = request.query.required("StackName")?;
    let stack = naming::find(world, request.caller, name)
        .ok_or_else(|| ApiError::validation(format!("Stack [{name}] does not exist")))?;
    let (page, next) =
        page::of(stack.change_sets.iter().collect::<Vec<_>>(), request.query.text("NextToken"), page::SIZE)?;
    let mut xml = Xml::new();
    xml.list("Summaries", page, |xml, change_set| {
        head(xml, stack, change_set, request.now);
        xml.optional("Description", change_set.description.as_ref());
    });
    xml.optional("NextToken", next);
    Ok(xml)
}

pub(super) fn execute(world: &mut World, request: &Request<'_>) -> Result<Xml, ApiError> {
    let (stack, change_set) = find(world, request)?;
    let (stack_id, change_set) = (stack.id.clone(), change_set.clone());
    let Some(mut stack) = world.stacks.remove(&stack_id) else { return Ok(Xml::new()) };
    let outcome = execute_on(world, &mut stack, &change_set, request);
    world.stacks.put(stack_id, stack);
    outcome.map(|()| Xml::new())
}

fn execute_on(
    world: &mut World,
    stack: &mut Stack,
    change_set: &ChangeSet,
    request: &Request<'_>,
) -> Result<(), ApiError> {
    if tokens::used(stack, request.query)? {
        return Ok(());
    }
    let invalid = |what: String| ApiError::new(400, "InvalidChangeSetStatus", what);
    let status = change_set.status_at(request.now);
    let execution = change_set.execution_at(request.now);
    let refusal = if request.now < change_set.ready || change_set.execution == ExecutionStatus::Unavailable {
        Some(invalid(format!("ChangeSet [{}] cannot be executed in its current status of [{status}]", change_set.id)))
    } else if execution != ExecutionStatus::Available {
        Some(invalid(format!(
            "ChangeSet [{}] cannot be executed in its current execution status of [{execution}]",
            change_set.id
        )))
    } else if !(stack.status.allows_update() || stack.status == StackStatus::ReviewInProgress) {
        Some(ApiError::validation(format!("Stack:{} is in {} state and can not be updated.", stack.id, stack.status)))
    } else {
        None
    };
    if let Some(refusal) = refusal {
        tokens::forget(stack, request.query);
        return Err(refusal);
    }
    let disable = request.query.flag("DisableRollback")?;
    let on_failure = match (disable, change_set.on_failure) {
        (Some(_), Some(_)) => {
            tokens::forget(stack, request.query);
            return Err(ApiError::validation(
                "DisableRollback cannot be specified when OnStackFailure was specified for the change set",
            ));
        }
        (Some(true), None) => OnFailure::DoNothing,
        (_, Some(on_failure)) => on_failure,
        (_, None) => OnFailure::Rollback,
    };
    stack.retain_except_on_create = request.query.flag("RetainExceptOnCreate")?.unwrap_or(false);
    let options =
        Options { token: request.query.text("ClientRequestToken").map(str::to_owned), on_failure, policy: None };
    stack.change_set_id = Some(change_set.id.clone());
    stack.change_sets.retain(|other| other.id == change_set.id);
    for own in &mut stack.change_sets {
        own.execution = ExecutionStatus::ExecuteInProgress;
    }
    let definition = change_set.definition.clone();
    if change_set.creates {
        deploy::create(world, stack, definition, options, request.now);
    } else {
        if change_set.reverts_drift {
            *stack = drift::as_it_is(world, stack, request.now);
        }
        deploy::update(world, stack, definition, options, request.now);
    }
    Ok(())
}

pub(super) fn delete(world: &mut World, request: &Request<'_>) -> Result<Xml, ApiError> {
    let found = find(world, request).map(|(stack, change_set)| (stack.id.clone(), change_set.clone()));
    let (stack_id, change_set) = match found {
        Ok(found) => found,
        // Deleting what isn't there is no error, as long as the stack is there.
        Err(error) if error.code == "ChangeSetNotFound" => return Ok(Xml::new()),
        Err(error) => return Err(error),
    };
    if change_set.execution == ExecutionStatus::ExecuteInProgress {
        return Err(ApiError::new(
            400,
            "InvalidChangeSetStatus",
            format!(
                "ChangeSet [{}] cannot be deleted in its current execution status of [{}]",
                change_set.id, change_set.execution
            ),
        ));
    }
    if let Some(stack) = world.stacks.edit(&stack_id) {
        stack.change_sets.retain(|other| other.id != change_set.id);
    }
    Ok(Xml::new())
}
