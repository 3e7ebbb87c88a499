//! `DescribeStackResource`, `DescribeStackResources`, `ListStackResources` and `SignalResource`.

use super::Request;
use crate::sandbox::aws::cloudformation::operation;
use crate::sandbox::aws::cloudformation::stack::{Stack, StackResource};
use crate::sandbox::aws::cloudformation::{naming, page};
use crate::sandbox::aws::error::{ApiError, iso8601};
use crate::sandbox::world::World;
use crate::sandbox::xml::Xml;

/// The most resources that `DescribeStackResources` gives. Source: API Reference, DescribeStackResources.
const DESCRIBED: usize = 100;

pub(super) fn describe(world: &mut World, request: &Request<'_>) -> Result<Xml, ApiError> {
    let query = request.query;
    let logical = query.text("LogicalResourceId");
    let physical = query.text("PhysicalResourceId");
    let stack = match (query.text("StackName"), physical) {
        (Some(_), Some(_)) => {
            return Err(ApiError::validation("StackName and PhysicalResourceId cannot both be specified"));
        }
        (Some(name), None) => {
            let id = naming::described(world, request.caller, name)?;
            world.stacks.get(&id)
        }
        (None, Some(physical)) => {
            let place = naming::place(request.caller);
            let found = world.stacks.iter().map(|(_, stack)| stack).find(|stack| {
                stack.place == place
                    && stack.resources.values().any(|resource| resource.physical_id.as_deref() == Some(physical))
            });
            if found.is_none() {
                return Err(ApiError::validation(format!("Stack for {physical} does not exist")));
            }
            found
        }
        (None, None) => {
            return Err(ApiError::validation("Either StackName or PhysicalResourceId must be specified"));
        }
    };
    let mut xml = Xml::new();
    let Some(stack) = stack else { return Ok(xml) };
    let wanted = stack
        .resources
        .iter()
        .filter(|(name, _)| logical.is_none_or(|logical| logical == name.as_str()))
        .take(DESCRIBED);
    xml.list("StackResources", wanted, |xml, (name, resource)| {
        xml.text("StackName", &stack.name);
        xml.text("StackId", &stack.id);
        xml.text("LogicalResourceId", name);
        xml.optional("PhysicalResourceId", resource.physical_id.as_ref());
        xml.text("ResourceType", &resource.kind);
        xml.text("Timestamp", iso8601(resource.updated));
        state(xml, resource);
    });
    Ok(xml)
}

fn state(xml: &mut Xml, resource: &StackResource) {
    xml.text("ResourceStatus", resource.status);
    xml.optional("ResourceStatusReason", resource.status_reason.as_ref());
    xml.inside("DriftInformation", |xml| {
        let drift = resource.drift.as_ref();
        xml.text("StackResourceDriftStatus", drift.map_or("NOT_CHECKED", |drift| drift.status.as_str()));
        xml.optional("LastCheckTimestamp", drift.map(|drift| iso8601(drift.checked)));
    });
}

pub(super) fn describe_one(world: &mut World, request: &Request<'_>) -> Result<Xml, ApiError> {
    let name = request.query.required("StackName")?;
    let logical_id = request.query.required("LogicalResourceId")?;
    let (stack, resource) = find(world, request, name, logical_id)?;
    let mut xml = Xml::new();
    xml.inside("StackResourceDetail", |xml| {
        xml.text("StackName", &stack.name);
        xml.text("StackId", &stack.id);
        xml.text("LogicalResourceId", logical_id);
        xml.optional("PhysicalResourceId", resource.physical_id.as_ref());
        xml.text("ResourceType", &resource.kind);
        xml.text("LastUpdatedTimestamp", iso8601(resource.updated));
        state(xml, resource);
        let metadata = if resource.metadata.is_null() { "{}".to_owned() } else { resource.metadata.to_string() };
        xml.text("Metadata", metadata);
    });
    Ok(xml)
}

/// A resource of a stack that a request means.
///
/// # Errors
/// `ValidationError`.
pub(super) fn find<'a>(
    world: &'a World,
    request: &Request<'_>,
    name: &str,
    logical_id: &str,
) -> Result<(&'a Stack, &'a StackResource), ApiError> {
    let stack = naming::find(world, request.caller, name)
        .ok_or_else(|| ApiError::validation(format!("Stack '{name}' does not exist")))?;
    let resource = stack.resources.get(logical_id).ok_or_else(|| {
        ApiError::validation(format!("Resource {logical_id} does not exist for stack {}", stack.name))
    })?;
    Ok((stack, resource))
}

pub(super) fn list(world: &mut World, request: &Request<'_>) -> Result<Xml, ApiError> {
    let name = request.query.required("StackName")?;
    let id = naming::described(world, request.caller, name)?;
    let resources: Vec<(&String, &StackResource)> =
        world.stacks.get(&id).map(|stack| stack.resources.iter().collect()).unwrap_or_default();
    let (page, next) = page::of(resources, request.query.text("NextToken"), page::SIZE)?;
    let mut xml = Xml::new();
    xml.list("StackResourceSummaries", page, |xml, (name, resource)| {
        xml.text("LogicalResourceId", name);
        xml.optional("PhysicalResourceId", resource.physical_id.as_ref());
        xml.text("ResourceType", &resource.kind);
        xml.text("LastUpdatedTimestamp", iso8601(resource.updated));
        state(xml, resource);
    });
    xml.optional("NextToken", next);
    Ok(xml)
}

/// A signal to a wait condition: with enough of them it ends at once.
pub(super) fn signal(world: &mut World, request: &Request<'_>) -> Result<Xml, ApiError> {
    let query = request.query;
    let name = query.required("StackName")?;
    let logical_id = query.required("LogicalResourceId")?.to_owned();
    query.required("UniqueId")?;
    let success = query.required("Status")? == "SUCCESS";
    let (stack, _) = find(world, request, name, &logical_id)?;
    let id = stack.id.clone();
    if let Some(stack) = world.stacks.edit(&id) {
        operation::signal(stack, &logical_id, success, request.now);
    }
    Ok(Xml::new())
}
