//! Requests that name the result of a what-if.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::error::ArmError;
use super::identifier::folded;
use super::operation::Ticket;
use super::reply::Reply;
use super::stacks::{Place, asked};
use super::what_if::{WhatIf, changes};
use crate::sandbox::world::World;

/// The type's name.
pub const KIND: &str = "deploymentStacksWhatIfResults";

/// Seconds that computing a result takes. Ours.
const COMPUTING: f64 = 20.0;

/// A result that is there.
///
/// # Errors
/// `DeploymentStacksWhatIfResultNotFound`.
pub fn find<'a>(world: &'a World, place: Place<'_>, now: Timestamp) -> Result<&'a WhatIf, ArmError> {
    let found = world.arm_what_ifs.get(&folded(&place.id(KIND))).filter(|found| found.expires > now);
    found.ok_or_else(|| {
        let message = format!("The deployment stack what-if result '{}' could not be found.", place.id(KIND));
        ArmError::new(404, "DeploymentStacksWhatIfResultNotFound", message)
    })
}

/// Computes a result.
///
/// # Errors
/// As Resource Manager does; what is wrong with the template is the result's own error.
pub fn put(world: &mut World, place: Place<'_>, body: &Value, now: Timestamp) -> Result<Reply, ArmError> {
    let text = |name: &str| {
        let value = body.get("properties").and_then(|properties| properties.get(name)).and_then(Value::as_str);
        value.map(str::to_owned).ok_or_else(|| {
            let message = format!("The request content was invalid: '{name}' is required.");
            ArmError::bad_request("InvalidRequestContent", message)
        })
    };
    let stack_id = text("deploymentStackResourceId")?;
    let retention = text("retentionInterval")?;
    let kept: jiff::Span = retention.parse().map_err(|_| {
        ArmError::bad_request("InvalidRequestContent", "The retention interval is not a duration of ISO 8601.")
    })?;
    let kept = SignedDuration::try_from(kept).map_err(|_| {
        ArmError::bad_request("InvalidRequestContent", "The retention interval is not a length of time.")
    })?;
    let (request, unmanage, template) = asked(world, place, body, now)?;
    let stack = world.arm_stacks.get(&folded(&stack_id));
    let stack_modified = stack.map(|stack| stack.modified);
    let (changes, error) = match changes(world, stack, &request, unmanage, &template) {
        Ok(changes) => (Some(changes), None),
        Err(error) => (None, Some(error)),
    };
    #[expect(clippy::cast_possible_truncation, reason = "a pace is at most 1000")]
    let ready = now + SignedDuration::from_millis((COMPUTING * world.pace * 1000.0) as i64);
    let ticket = world.ids.uuid();
    world
        .arm_tickets
        .put(ticket.clone(), Ticket { id: ticket.clone(), until: Some(ready), over: false, error: error.clone() });
    let result = WhatIf {
        id: place.id(KIND),
        name: place.name.to_owned(),
        stack: stack_id,
        stack_modified,
        request,
        retention,
        changes,
        error,
        ticket: ticket.clone(),
        ready,
        expires: ready + kept,
    };
    let answer = result.to_json(now);
    let before = world.arm_what_ifs.get(&folded(&result.id)).is_some();
    world.arm_what_ifs.put(folded(&place.id(KIND)), result);
    Ok(Reply::begun(if before { 200 } else { 201 }, answer, ticket))
}

/// Gives a result with all property changes; the others have them too here.
///
/// # Errors
/// `DeploymentStacksWhatIfResultNotFound`.
pub fn post(world: &World, place: Place<'_>, now: Timestamp) -> Result<Reply, ArmError> {
    let found = find(world, place, now)?;
    let answer = found.to_json(now);
    Ok(if found.ready <= now { Reply::new(200, answer) } else { Reply::begun(202, Value::Null, found.ticket.clone()) })
}

/// Removes a result.
pub fn delete(world: &mut World, place: Place<'_>) -> Reply {
    let gone = world.arm_what_ifs.remove(&folded(&place.id(KIND)));
    Reply::new(if gone.is_some() { 200 } else { 204 }, Value::Null)
}
