//! `UpdateTerminationProtection`, `SetStackPolicy` and `GetStackPolicy`.

use super::Request;
use crate::sandbox::aws::cloudformation::status::StackStatus;
use crate::sandbox::aws::cloudformation::{naming, policy};
use crate::sandbox::aws::error::ApiError;
use crate::sandbox::aws::s3::object;
use crate::sandbox::world::World;
use crate::sandbox::xml::Xml;

pub(super) fn update_termination(world: &mut World, request: &Request<'_>) -> Result<Xml, ApiError> {
    let name = request.query.required("StackName")?;
    request.query.required("EnableTerminationProtection")?;
    let enable = request.query.flag("EnableTerminationProtection")?.unwrap_or(false);
    let id = naming::find(world, request.caller, name)
        .filter(|stack| stack.status != StackStatus::DeleteComplete)
        .map(|stack| stack.id.clone())
        .ok_or_else(|| ApiError::validation(format!("Stack [{name}] does not exist")))?;
    if let Some(stack) = world.stacks.edit(&id) {
        stack.termination_protection = enable;
    }
    let mut xml = Xml::new();
    xml.text("StackId", id);
    Ok(xml)
}

/// The policy that a request brings or points to, checked.
///
/// # Errors
/// `ValidationError`.
pub(super) fn requested_policy(
    world: &World,
    request: &Request<'_>,
    body: &str,
    url: &str,
) -> Result<Option<String>, ApiError> {
    let text = match (request.query.text(body), request.query.text(url)) {
        (Some(_), Some(_)) => {
            return Err(ApiError::validation(format!("You cannot specify both {body} and {url}")));
        }
        (Some(text), None) => text.to_owned(),
        (None, Some(address)) => {
            let (bucket, key, version) = object::locate(address)
                .ok_or_else(|| ApiError::validation(format!("{url} must be a supported URL.")))?;
            let bytes = object::read(world, &request.caller.account, &bucket, &key, version.as_deref())
                .map_err(|error| ApiError::validation(format!("S3 error: {error}")))?;
            String::from_utf8(bytes).map_err(|_| ApiError::validation("Error validating stack policy: not UTF-8"))?
        }
        (None, None) => return Ok(None),
    };
    policy::check(&text)?;
    Ok(Some(text))
}

pub(super) fn set_policy(world: &mut World, request: &Request<'_>) -> Result<Xml, ApiError> {
    let name = request.query.required("StackName")?;
    let id = naming::described(world, request.caller, name)?;
    let policy = requested_policy(world, request, "StackPolicyBody", "StackPolicyURL")?;
    let Some(policy) = policy else {
        return Err(ApiError::validation("Either StackPolicyBody or StackPolicyURL must be specified"));
    };
    if let Some(stack) = world.stacks.edit(&id) {
        stack.policy = Some(policy);
    }
    Ok(Xml::new())
}

pub(super) fn get_policy(world: &mut World, request: &Request<'_>) -> Result<Xml, ApiError> {
    let name = request.query.required("StackName")?;
    let id = naming::described(world, request.caller, name)?;
    let mut xml = Xml::new();
    xml.optional("StackPolicyBody", world.stacks.get(&id).and_then(|stack| stack.policy.as_ref()));
    Ok(xml)
}
