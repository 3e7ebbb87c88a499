//! `DescribeStacks` and `ListStacks`.

use super::Request;
use crate::sandbox::aws::cloudformation::stack::Stack;
use crate::sandbox::aws::cloudformation::status::StackStatus;
use crate::sandbox::aws::cloudformation::{naming, page};
use crate::sandbox::aws::error::{ApiError, iso8601};
use crate::sandbox::world::World;
use crate::sandbox::xml::Xml;

pub(super) fn describe(world: &mut World, request: &Request<'_>) -> Result<Xml, ApiError> {
    let place = naming::place(request.caller);
    let stacks: Vec<&Stack> = match request.query.text("StackName") {
        Some(name) => {
            let id = naming::described(world, request.caller, name)?;
            world.stacks.get(&id).into_iter().collect()
        }
        None => {
            let mut stacks: Vec<&Stack> = world
                .stacks
                .iter()
                .map(|(_, stack)| stack)
                .filter(|stack| stack.place == place && stack.status != StackStatus::DeleteComplete)
                .collect();
            stacks.sort_by_key(|stack| std::cmp::Reverse(stack.created));
            stacks
        }
    };
    let (stacks, next) = page::of(stacks, request.query.text("NextToken"), page::SIZE)?;
    let mut xml = Xml::new();
    xml.list("Stacks", stacks, describe_one);
    xml.optional("NextToken", next);
    Ok(xml)
}

fn describe_one(xml: &mut Xml, stack: &Stack) {
    let definition = &stack.definition;
    xml.text("StackId", &stack.id);
    xml.text("StackName", &stack.name);
    xml.optional("ChangeSetId", stack.change_set_id.as_ref());
    xml.optional("Description", definition.template.description());
    xml.list("Parameters", &definition.parameters, |xml, (key, value)| {
        xml.text("ParameterKey", key);
        xml.text("ParameterValue", if value.no_echo { "****" } else { &value.text });
        xml.optional("ResolvedValue", value.resolved.as_ref());
    });
    xml.text("CreationTime", iso8601(stack.created));
    xml.optional("DeletionTime", stack.deleted.map(iso8601));
    xml.optional("LastUpdatedTime", stack.updated.map(iso8601));
    xml.inside("RollbackConfiguration", |_| {});
    xml.text("StackStatus", stack.status);
    xml.optional("StackStatusReason", stack.status_reason.as_ref());
    xml.text("DisableRollback", stack.disable_rollback);
    xml.texts("NotificationARNs", &definition.notification_arns);
    xml.optional("TimeoutInMinutes", definition.timeout_minutes);
    xml.texts("Capabilities", &definition.capabilities);
    xml.list("Outputs", &stack.outputs, |xml, output| {
        xml.text("OutputKey", &output.key);
        xml.text("OutputValue", &output.value);
        xml.optional("Description", output.description.as_ref());
        xml.optional("ExportName", output.export_name.as_ref());
    });
    xml.optional("RoleARN", definition.role_arn.as_ref());
    xml.list("Tags", &definition.tags, |xml, (key, value)| {
        xml.text("Key", key);
        xml.text("Value", value);
    });
    xml.text("EnableTerminationProtection", stack.termination_protection);
    xml.inside("DriftInformation", |xml| {
        xml.text("StackDriftStatus", stack.drift.status.as_deref().unwrap_or("NOT_CHECKED"));
        xml.optional("LastCheckTimestamp", stack.drift.checked.map(iso8601));
    });
    xml.optional("DeletionMode", stack.deletion_mode.as_ref());
}

pub(super) fn list(world: &mut World, request: &Request<'_>) -> Result<Xml, ApiError> {
    let place = naming::place(request.caller);
    let wanted = request.query.texts("StackStatusFilter");
    for status in &wanted {
        if StackStatus::from_name(status).is_none() && !status.starts_with("IMPORT_") {
            return Err(ApiError::constraint(
                &format!("[{status}]"),
                "stackStatusFilter",
                "Member must satisfy constraint: [Member must satisfy enum value set]",
            ));
        }
    }
    let mut stacks: Vec<&Stack> = world
        .stacks
        .iter()
        .map(|(_, stack)| stack)
        .filter(|stack| stack.place == place)
        .filter(|stack| wanted.is_empty() || wanted.iter().any(|status| status == stack.status.as_str()))
        .collect();
    stacks.sort_by_key(|stack| std::cmp::Reverse(stack.created));
    let (stacks, next) = page::of(stacks, request.query.text("NextToken"), page::SIZE)?;
    let mut xml = Xml::new();
    xml.list("StackSummaries", stacks, |xml, stack| {
        xml.text("StackId", &stack.id);
        xml.text("StackName", &stack.name);
        xml.optional("TemplateDescription", stack.definition.template.description());
        xml.text("CreationTime", iso8601(stack.created));
        xml.optional("LastUpdatedTime", stack.updated.map(iso8601));
        xml.optional("DeletionTime", stack.deleted.map(iso8601));
        xml.text("StackStatus", stack.status);
        xml.optional("StackStatusReason", stack.status_reason.as_ref());
        xml.inside("DriftInformation", |xml| {
            xml.text("StackDriftStatus", stack.drift.status.as_deref().unwrap_or("NOT_CHECKED"));
            xml.optional("LastCheckTimestamp", stack.drift.checked.map(iso8601));
        });
    });
    xml.optional("NextToken", next);
    Ok(xml)
}
