//! Names, ids and ARNs of stacks and change sets, and how requests mean a stack by them.

use super::stack::Stack;
use super::status::StackStatus;
use crate::sandbox::aws::caller::{Caller, PARTITION};
use crate::sandbox::aws::error::ApiError;
use crate::sandbox::engine::inventory::Place;
use crate::sandbox::ids::IdSource;
use crate::sandbox::world::World;

/// The most characters of a stack's or change set's name. Source: API Reference, CreateStack, "StackName".
const NAME_LIMIT: usize = 128;

/// Where a caller's requests go.
pub fn place(caller: &Caller) -> Place {
    Place { account: caller.account.clone(), region: caller.region.clone() }
}

/// A new stack's ARN.
pub fn stack_arn(place: &Place, name: &str, ids: &mut IdSource) -> String {
    let Place { account, region } = place;
    format!("arn:{PARTITION}:cloudformation:{region}:{account}:stack/{name}/{}", ids.uuid())
}

/// A new change set's ARN.
pub fn change_set_arn(place: &Place, name: &str, ids: &mut IdSource) -> String {
    let Place { account, region } = place;
    format!("arn:{PARTITION}:cloudformation:{region}:{account}:changeSet/{name}/{}", ids.uuid())
}

/// Checks a name for something new.
///
/// # Errors
/// `ValidationError`.
pub fn check_new(name: &str, parameter: &str) -> Result<(), ApiError> {
    let mut letters = name.chars();
    let good = letters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    if !good {
        return Err(ApiError::constraint(
            name,
            parameter,
            "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*",
        ));
    }
    if name.len() > NAME_LIMIT {
        return Err(ApiError::constraint(
            name,
            parameter,
            &format!("Member must have length less than or equal to {NAME_LIMIT}"),
        ));
    }
    Ok(())
}

/// The stack that a request means: by name while it isn't deleted, by ARN always.
pub fn find<'a>(world: &'a World, caller: &Caller, name_or_id: &str) -> Option<&'a Stack> {
    let place = place(caller);
    if name_or_id.starts_with("arn:") {
        return world.stacks.get(name_or_id).filter(|stack| stack.place == place);
    }
    let prefix = format!("arn:{PARTITION}:cloudformation:{}:{}:stack/{name_or_id}/", place.region, place.account);
    world.stacks.range(&prefix).map(|(_, stack)| stack).find(|stack| stack.status != StackStatus::DeleteComplete)
}

/// The id of the stack that a request means.
///
/// # Errors
/// `ValidationError` in the words that the describing actions use.
pub fn described(world: &World, caller: &Caller, name_or_id: &str) -> Result<String, ApiError> {
    find(world, caller, name_or_id)
        .map(|stack| stack.id.clone())
        .ok_or_else(|| ApiError::validation(format!("Stack with id {name_or_id} does not exist")))
}

/// The id of the stack that a request wants to change.
///
/// # Errors
/// `ValidationError` in the words that the changing actions use.
pub fn changed(world: &World, caller: &Caller, name_or_id: &str) -> Result<String, ApiError> {
    find(world, caller, name_or_id)
        .map(|stack| stack.id.clone())
        .ok_or_else(|| ApiError::validation(format!("Stack [{name_or_id}] does not exist")))
}
