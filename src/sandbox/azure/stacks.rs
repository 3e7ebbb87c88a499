//! Requests that name a deployment stack.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::error::ArmError;
use super::group;
use super::identifier::{Identifier, folded};
use super::operation;
use super::reply::Reply;
use super::resources;
use super::stack::{ArmStack, Request, State, Unmanage};
use super::template::{Template, readable};
use crate::sandbox::world::World;

/// The largest template, bytes (Azure Resource Manager documentation, limits).
const LARGEST: usize = 4 * 1024 * 1024;
/// The longest name.
const LONGEST_NAME: usize = 90;

/// Where a stack is.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The subscription.
    pub subscription: &'a str,
    /// The resource group.
    pub group: &'a str,
    /// Its name.
    pub name: &'a str,
}

impl Place<'_> {
    /// Its identifier.
    pub fn id(&self, kind: &str) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Resources/{kind}/{}",
            self.subscription, self.group, self.name
        )
    }
}

/// A stack that is there.
///
/// # Errors
/// `DeploymentStackNotFound`.
pub fn find<'a>(world: &'a World, place: Place<'_>) -> Result<&'a ArmStack, ArmError> {
    world.arm_stacks.get(&folded(&place.id("deploymentStacks"))).ok_or_else(|| {
        let message = format!("The deployment stack '{}' could not be found.", place.id("deploymentStacks"));
        ArmError::new(404, "DeploymentStackNotFound", message)
    })
}

/// What a request asks for, and the template read.
///
/// # Errors
/// What Resource Manager refuses before it begins.
pub fn asked(
    world: &World,
    place: Place<'_>,
    body: &Value,
    now: Timestamp,
) -> Result<(Request, Unmanage, Template), ArmError> {
    let group = group::find(world, place.subscription, place.group)?;
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_.()".contains(letter);
    if place.name.len() > LONGEST_NAME || !place.name.chars().all(fits) {
        let message =
            format!("The name '{}' is not valid: at most {LONGEST_NAME} letters, digits and -_.()", place.name);
        return Err(ArmError::bad_request("InvalidDeploymentStackName", message));
    }
    let properties = body.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let known = [
        "actionOnUnmanage",
        "bypassStackOutOfSyncError",
        "denySettings",
        "deploymentScope",
        "deploymentStackResourceId",
        "description",
        "parameters",
        "retentionInterval",
        "template",
    ];
    if let Some(unknown) = properties.keys().find(|key| !known.contains(&key.as_str())) {
        let message = format!("The request content was invalid: the sandbox doesn't know the property '{unknown}'.");
        return Err(ArmError::bad_request("InvalidRequestContent", message));
    }
    let required = |name: &str, inner: &str| {
        let value = properties.get(name).and_then(|value| value.get(inner)).and_then(Value::as_str);
        value.map(str::to_owned).ok_or_else(|| {
            let message = format!("The request content was invalid: '{name}.{inner}' is required.");
            ArmError::bad_request("InvalidRequestContent", message)
        })
    };
    let mode = required("denySettings", "mode")?;
    if !["none", "denyDelete", "denyWriteAndDelete"].contains(&mode.as_str()) {
        let message = format!("The deny settings mode '{mode}' is not valid.");
        return Err(ArmError::bad_request("InvalidRequestContent", message));
    }
    let action = properties.get("actionOnUnmanage").cloned().unwrap_or_default();
    let unmanage = unmanage(&required("actionOnUnmanage", "resources")?, &|name| {
        action.get(name).and_then(Value::as_str).map(str::to_owned)
    })?;
    let template = properties.get("template").cloned().ok_or_else(|| {
        ArmError::bad_request(
            "InvalidRequestContent",
            "The request content was invalid: the sandbox fetches no templates, 'template' is required.",
        )
    })?;
    if template.to_string().len() > LARGEST {
        let message = "The request content size exceeds the maximum size of 4 MB.";
        return Err(ArmError::new(413, "RequestContentTooLarge", message));
    }
    let parameters = properties.get("parameters").and_then(Value::as_object).cloned().unwrap_or_default();
    readable(&template)?;
    let at = (place.subscription, place.group, group.location.as_str());
    let read = Template::read(&template, &parameters, at, now)?;
    let request = Request {
        template,
        parameters,
        description: properties.get("description").and_then(Value::as_str).map(str::to_owned),
        action_on_unmanage: action,
        deny_settings: properties.get("denySettings").cloned().unwrap_or_default(),
        tags: group::tags(body),
    };
    Ok((request, unmanage, read))
}

/// What becomes of resources that leave the template.
fn unmanage(resources: &str, other: &dyn Fn(&str) -> Option<String>) -> Result<Unmanage, ArmError> {
    let word = |value: &str, one: &str, two: &str| -> Result<bool, ArmError> {
        if value.eq_ignore_ascii_case(one) {
            return Ok(true);
        }
        if value.eq_ignore_ascii_case(two) {
            return Ok(false);
        }
        Err(ArmError::bad_request("InvalidRequestContent", format!("The value '{value}' is neither {one} nor {two}.")))
    };
    for name in ["resourceGroups", "managementGroups"] {
        if let Some(value) = other(name) {
            word(&value, "detach", "delete")?;
        }
    }
    let without = other("resourcesWithoutDeleteSupport");
    Ok(Unmanage {
        delete: word(resources, "delete", "detach")?,
        detach_undeletable: without.map_or(Ok(false), |value| word(&value, "detach", "fail"))?,
    })
}

/// Refuses a request while an earlier one goes on.
fn free(stack: &ArmStack) -> Result<(), ArmError> {
    if stack.state.is_terminal() {
        return Ok(());
    }
    let message = format!(
        "The deployment stack resource '{}' could not be updated as it is currently in a non-terminal state '{}'.",
        stack.id,
        stack.state.word()
    );
    Err(ArmError::new(409, "DeploymentStackInNonTerminalState", message))
}

/// Makes a stack, or gives it another template.
///
/// # Errors
/// As Resource Manager does.
pub fn put(
    world: &mut World,
    place: Place<'_>,
    body: &Value,
    correlation: &str,
    now: Timestamp,
) -> Result<Reply, ArmError> {
    let id = place.id("deploymentStacks");
    let before = world.arm_stacks.get(&folded(&id)).cloned();
    before.iter().try_for_each(free)?;
    let (request, unmanage, template) = asked(world, place, body, now)?;
    let status = if before.is_some() { 200 } else { 201 };
    let mut stack = before.unwrap_or_else(|| ArmStack {
        id: id.clone(),
        name: place.name.to_owned(),
        subscription: place.subscription.to_owned(),
        group: place.group.to_owned(),
        request: request.clone(),
        state: State::Deploying,
        error: None,
        given: json!({}),
        resources: BTreeMap::new(),
        deleted: Vec::new(),
        detached: Vec::new(),
        failed: Vec::new(),
        outputs: Map::new(),
        deployment: None,
        correlation: String::new(),
        created: now,
        modified: now,
        ended: None,
        operation: None,
    });
    stack.request = request;
    stack.correlation = correlation.to_owned();
    operation::deploy(world, &mut stack, template, unmanage, now);
    let ticket = stack.operation.as_ref().map(|operation| operation.id.clone()).unwrap_or_default();
    let answer = stack.to_json();
    world.arm_stacks.put(folded(&id), stack);
    Ok(Reply::begun(status, answer, ticket))
}

/// Deletes a stack; what becomes of its resources stands in the query.
///
/// # Errors
/// As Resource Manager does.
pub fn delete(
    world: &mut World,
    place: Place<'_>,
    query: &BTreeMap<String, String>,
    correlation: &str,
    now: Timestamp,
) -> Result<Reply, ArmError> {
    let id = place.id("deploymentStacks");
    let Some(mut stack) = world.arm_stacks.get(&folded(&id)).cloned() else {
        return Ok(Reply::new(204, Value::Null));
    };
    free(&stack)?;
    if let Some(error) = resources::locked(world, &id) {
        return Err(error);
    }
    let asked = |name: &str| query.get(&format!("unmanageAction.{name}")).cloned();
    // Left out, everything is left behind.
    let resources = asked("Resources").unwrap_or_else(|| "detach".to_owned());
    let unmanage = unmanage(&resources, &|name| {
        let mut letters = name.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        asked(&first.into_iter().chain(letters).collect::<String>())
    })?;
    stack.correlation = correlation.to_owned();
    operation::delete(world, &mut stack, unmanage, now);
    let ticket = stack.operation.as_ref().map(|operation| operation.id.clone()).unwrap_or_default();
    world.arm_stacks.put(folded(&id), stack);
    Ok(Reply::begun(202, Value::Null, ticket))
}

/// Checks what a request asks for, and begins nothing.
///
/// # Errors
/// As Resource Manager does.
pub fn validate(world: &World, place: Place<'_>, body: &Value, now: Timestamp) -> Result<Reply, ArmError> {
    let (_, _, template) = asked(world, place, body, now)?;
    let mut validated = Vec::new();
    for step in template.steps.values() {
        let Some(wanted) = template.wanted(step, &resources::runtime(world))? else { continue };
        let Some(id) = Identifier::read(&wanted.id) else { continue };
        if wanted.whole
            && let Some(error) = resources::refused(world, &id, &step.api, &wanted.body)
            && error.code == "InvalidRequestContent"
        {
            return Err(error);
        }
        validated.push(json!({ "id": wanted.id }));
    }
    let properties = json!({ "validatedResources": validated });
    Ok(Reply::new(200, json!({ "id": place.id("deploymentStacks"), "name": place.name, "properties": properties })))
}
