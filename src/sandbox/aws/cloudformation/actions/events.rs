//! `DescribeStackEvents` and `DescribeEvents`.

use super::{Request, change_sets};
use crate::sandbox::aws::cloudformation::stack::{STACK_KIND, Stack, StackEvent};
use crate::sandbox::aws::cloudformation::{naming, page};
use crate::sandbox::aws::error::{ApiError, iso8601};
use crate::sandbox::world::World;
use crate::sandbox::xml::Xml;

pub(super) fn describe(world: &mut World, request: &Request<'_>) -> Result<Xml, ApiError> {
    let name = request.query.required("StackName")?;
    let stack = naming::find(world, request.caller, name)
        .ok_or_else(|| ApiError::validation(format!("Stack [{name}] does not exist")))?;
    let newest_first: Vec<&StackEvent> = stack.events.iter().rev().collect();
    // A page starts at an event, not at a number: events that arrive meanwhile don't shift it.
    let start = match request.query.text("NextToken") {
        None => 0,
        Some(token) => newest_first
            .iter()
            .position(|event| token == format!("event-{}", event.id))
            .ok_or_else(|| ApiError::validation("Invalid NextToken"))?,
    };
    let next = newest_first.get(start + page::SIZE).map(|event| format!("event-{}", event.id));
    let mut xml = Xml::new();
    xml.list("StackEvents", newest_first.into_iter().skip(start).take(page::SIZE), |xml, event| {
        xml.text("StackId", &stack.id);
        xml.text("EventId", &event.id);
        xml.text("StackName", &stack.name);
        xml.text("LogicalResourceId", &event.logical_id);
        xml.text("PhysicalResourceId", &event.physical_id);
        xml.text("ResourceType", &event.kind);
        xml.text("Timestamp", iso8601(event.at));
        xml.text("ResourceStatus", &event.status);
        xml.optional("ResourceStatusReason", event.reason.as_ref());
        xml.optional("ResourceProperties", event.properties.as_ref());
        xml.optional("ClientRequestToken", event.token.as_ref());
        xml.optional("OperationId", event.operation_id.as_ref());
    });
    xml.optional("NextToken", next);
    Ok(xml)
}

/// The newer call: events by operation or change set, validations among them.
pub(super) fn describe_operations(world: &mut World, request: &Request<'_>) -> Result<Xml, ApiError> {
    let query = request.query;
    let failed_only = query.text("Filters.FailedEvents") == Some("true");
    let mut parts: Vec<Xml> = Vec::new();
    if query.text("ChangeSetName").is_some() {
        let (stack, change_set) = change_sets::find(world, request)?;
        if request.now >= change_set.ready {
            for (index, finding) in change_set.findings.iter().enumerate() {
                if failed_only && !finding.fails {
                    continue;
                }
                let mut xml = Xml::new();
                xml.text("EventId", format!("{}-{index}", change_set.operation_id));
                xml.text("StackId", &stack.id);
                xml.text("OperationId", &change_set.operation_id);
                xml.text("OperationType", "CREATE_CHANGESET");
                xml.text("EventType", "VALIDATION_ERROR");
                xml.text("LogicalResourceId", &finding.logical_id);
                xml.optional("PhysicalResourceId", finding.physical_id.as_ref());
                xml.text("ResourceType", &finding.kind);
                xml.text("Timestamp", iso8601(change_set.ready));
                xml.text("ValidationFailureMode", if finding.fails { "FAIL" } else { "WARN" });
                xml.text("ValidationName", &finding.check);
                xml.text("ValidationStatus", "FAILED");
                xml.text("ValidationStatusReason", &finding.reason);
                xml.text("ValidationPath", &finding.path);
                parts.push(xml);
            }
        }
    } else {
        let operation = query.text("OperationId");
        let stack = match (query.text("StackName"), operation) {
            (Some(name), _) => naming::find(world, request.caller, name)
                .ok_or_else(|| ApiError::validation(format!("Stack [{name}] does not exist")))?,
            (None, Some(operation)) => by_operation(world, request, operation)?,
            (None, None) => {
                return Err(ApiError::validation("One of ChangeSetName, OperationId or StackName must be specified"));
            }
        };
        for event in stack.events.iter().rev() {
            let failed = event.status.ends_with("_FAILED");
            let meant = operation.is_none_or(|id| event.operation_id.as_deref() == Some(id));
            if meant && (failed || !failed_only) {
                parts.push(stack_event(stack, event, failed));
            }
        }
    }
    let (page, next) = page::of(parts, query.text("NextToken"), page::SIZE)?;
    let mut xml = Xml::new();
    xml.list("OperationEvents", page, |xml, part| xml.append(part));
    xml.optional("NextToken", next);
    Ok(xml)
}

fn by_operation<'a>(world: &'a World, request: &Request<'_>, operation: &str) -> Result<&'a Stack, ApiError> {
    let place = naming::place(request.caller);
    world
        .stacks
        .iter()
        .map(|(_, stack)| stack)
        .filter(|stack| stack.place == place)
        .find(|stack| stack.events.iter().any(|event| event.operation_id.as_deref() == Some(operation)))
        .ok_or_else(|| ApiError::validation(format!("Operation [{operation}] does not exist")))
}

fn stack_event(stack: &Stack, event: &StackEvent, failed: bool) -> Xml {
    let mut xml = Xml::new();
    xml.text("EventId", &event.id);
    xml.text("StackId", &stack.id);
    xml.optional("OperationId", event.operation_id.as_ref());
    let kind = match (event.kind == STACK_KIND, failed) {
        (true, _) => "STACK_EVENT",
        (false, true) => "PROVISIONING_ERROR",
        (false, false) => "PROGRESS_EVENT",
    };
    xml.text("EventType", kind);
    xml.text("LogicalResourceId", &event.logical_id);
    xml.text("PhysicalResourceId", &event.physical_id);
    xml.text("ResourceType", &event.kind);
    xml.text("Timestamp", iso8601(event.at));
    xml.text("ResourceStatus", &event.status);
    xml.optional("ResourceStatusReason", event.reason.as_ref());
    xml.optional("ResourceProperties", event.properties.as_ref());
    xml.optional("ClientRequestToken", event.token.as_ref());
    xml
}
