//! `DetectStackDrift`, `DetectStackResourceDrift`, `DescribeStackDriftDetectionStatus` and `DescribeStackResourceDrifts`.

use jiff::SignedDuration;
use serde_json::Value;

use super::{Request, resources};
use crate::sandbox::aws::cloudformation::drift::{self, Detection, DriftStatus, ResourceDrift, StackDrift};
use crate::sandbox::aws::cloudformation::operation::milliseconds;
use crate::sandbox::aws::cloudformation::stack::{Stack, StackResource};
use crate::sandbox::aws::cloudformation::status::StackStatus;
use crate::sandbox::aws::cloudformation::{naming, page};
use crate::sandbox::aws::error::{ApiError, iso8601};
use crate::sandbox::world::World;
use crate::sandbox::xml::Xml;

/// Seconds that a detection takes for each resource, about.
const SECONDS: f64 = 1.5;

/// The states in which drift can be detected. Source: API Reference, DetectStackDrift.
fn allows_detection(status: StackStatus) -> bool {
    matches!(
        status,
        StackStatus::CreateComplete
            | StackStatus::UpdateComplete
            | StackStatus::UpdateRollbackComplete
            | StackStatus::UpdateRollbackFailed
    )
}

pub(super) fn detect(world: &mut World, request: &Request<'_>) -> Result<Xml, ApiError> {
    let name = request.query.required("StackName")?;
    let stack_id = naming::described(world, request.caller, name)?;
    let only = request.query.texts("LogicalResourceIds");
    let Some(mut stack) = world.stacks.remove(&stack_id) else { return Ok(Xml::new()) };
    let outcome = detect_on(world, &mut stack, &only, request);
    world.stacks.put(stack_id, stack);
    let id = outcome?;
    let mut xml = Xml::new();
    xml.text("StackDriftDetectionId", id);
    Ok(xml)
}

fn detect_on(world: &mut World, stack: &mut Stack, only: &[String], request: &Request<'_>) -> Result<String, ApiError> {
    if !allows_detection(stack.status) {
        return Err(ApiError::validation(format!(
            "Drift detection cannot be performed on stack [{}] while it is in {} state",
            stack.id, stack.status
        )));
    }
    let busy =
        world.detections.iter().any(|(_, detection)| detection.stack_id == stack.id && detection.ends > request.now);
    if busy {
        return Err(ApiError::validation(format!("Drift detection is already in progress for stack [{}]", stack.id)));
    }
    let meant = |name: &String| only.is_empty() || only.contains(name);
    let found: Vec<(String, ResourceDrift)> = stack
        .resources
        .iter()
        .filter(|(name, _)| meant(name))
        .map(|(name, resource)| (name.clone(), drift::of_resource(world, stack, resource, request.now)))
        .collect();
    let seconds = SECONDS * world.pace * f64::from(u32::try_from(found.len()).unwrap_or(u32::MAX));
    for (name, drift) in found {
        if let Some(resource) = stack.resources.get_mut(&name) {
            resource.drift = Some(drift);
        }
    }
    let drifted = stack
        .resources
        .values()
        .filter_map(|resource| resource.drift.as_ref())
        .filter(|drift| matches!(drift.status, DriftStatus::Modified | DriftStatus::Deleted))
        .count();
    let status = if drifted > 0 { "DRIFTED" } else { "IN_SYNC" };
    stack.drift = StackDrift { status: Some(status.to_owned()), checked: Some(request.now) };
    let id = world.ids.uuid();
    let detection = Detection {
        stack_id: stack.id.clone(),
        started: request.now,
        ends: request.now + SignedDuration::from_millis(milliseconds(seconds)),
        status: status.to_owned(),
        drifted,
    };
    world.detections.put(id.clone(), detection);
    Ok(id)
}

pub(super) fn describe_detection(world: &mut World, request: &Request<'_>) -> Result<Xml, ApiError> {
    let id = request.query.required("StackDriftDetectionId")?;
    let place = naming::place(request.caller);
    let detection = world
        .detections
        .get(id)
        .filter(|detection| world.stacks.get(&detection.stack_id).is_some_and(|stack| stack.place == place))
        .ok_or_else(|| ApiError::validation(format!("Drift detection with id {id} does not exist")))?;
    let done = request.now >= detection.ends;
    let mut xml = Xml::new();
    xml.text("StackId", &detection.stack_id);
    xml.text("StackDriftDetectionId", id);
    if done {
        xml.text("StackDriftStatus", &detection.status);
        xml.text("DetectionStatus", "DETECTION_COMPLETE");
        xml.text("DriftedStackResourceCount", detection.drifted);
    } else {
        xml.text("DetectionStatus", "DETECTION_IN_PROGRESS");
    }
    xml.text("Timestamp", iso8601(detection.started));
    Ok(xml)
}

pub(super) fn detect_resource(world: &mut World, request: &Request<'_>) -> Result<Xml, ApiError> {
    let name = request.query.required("StackName")?;
    let logical_id = request.query.required("LogicalResourceId")?.to_owned();
    let (stack, resource) = resources::find(world, request, name, &logical_id)?;
    let found = drift::of_resource(world, stack, resource, request.now);
    let mut xml = Xml::new();
    xml.inside("StackResourceDrift", |xml| one(xml, stack, &logical_id, resource, &found));
    let id = stack.id.clone();
    if let Some(resource) = world.stacks.edit(&id).and_then(|stack| stack.resources.get_mut(&logical_id)) {
        resource.drift = Some(found);
    }
    Ok(xml)
}

pub(super) fn describe(world: &mut World, request: &Request<'_>) -> Result<Xml, ApiError> {
    let name = request.query.required("StackName")?;
    let id = naming::described(world, request.caller, name)?;
    let wanted = request.query.texts("StackResourceDriftStatusFilters");
    let size = match request.query.number("MaxResults")? {
        None => page::SIZE,
        Some(number) if (1..=100).contains(&number) => usize::try_from(number).unwrap_or(page::SIZE),
        Some(number) => {
            return Err(ApiError::constraint(
                &number.to_string(),
                "maxResults",
                "Member must have value between 1 and 100",
            ));
        }
    };
    let mut xml = Xml::new();
    let Some(stack) = world.stacks.get(&id) else { return Ok(xml) };
    let found: Vec<(&String, &StackResource, &ResourceDrift)> = stack
        .resources
        .iter()
        .filter_map(|(name, resource)| Some((name, resource, resource.drift.as_ref()?)))
        .filter(|(_, _, drift)| drift.status != DriftStatus::NotChecked)
        .filter(|(_, _, drift)| wanted.is_empty() || wanted.iter().any(|status| status == drift.status.as_str()))
        .collect();
    let (page, next) = page::of(found, request.query.text("NextToken"), size)?;
    xml.list("StackResourceDrifts", page, |xml, (name, resource, drift)| one(xml, stack, name, resource, drift));
    xml.optional("NextToken", next);
    Ok(xml)
}

fn one(xml: &mut Xml, stack: &Stack, logical_id: &str, resource: &StackResource, drift: &ResourceDrift) {
    xml.text("StackId", &stack.id);
    xml.text("LogicalResourceId", logical_id);
    xml.optional("PhysicalResourceId", resource.physical_id.as_ref());
    xml.text("ResourceType", &resource.kind);
    if drift.status != DriftStatus::NotChecked {
        xml.text("ExpectedProperties", Value::Object(drift.expected.clone()));
    }
    if matches!(drift.status, DriftStatus::InSync | DriftStatus::Modified) {
        xml.text("ActualProperties", Value::Object(drift.actual.clone()));
    }
    xml.list("PropertyDifferences", &drift.differences, |xml, difference| {
        xml.text("PropertyPath", &difference.path);
        xml.text("ExpectedValue", &difference.expected);
        xml.text("ActualValue", &difference.actual);
        xml.text("DifferenceType", &difference.kind);
    });
    xml.text("StackResourceDriftStatus", drift.status.as_str());
    xml.text("Timestamp", iso8601(drift.checked));
}
