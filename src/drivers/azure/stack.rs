//! What Azure says of a deployment stack, its resource group, and the lock that protects it.

use std::collections::BTreeMap;

use azure_core::http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Azure;
use super::call::{Call, reason};
use super::document;
use super::identifier::{kind, label};
use crate::plan::deployment::Protection;
use crate::plan::stack::{Phase, StackFacts};
use crate::ports::cloud::{CloudError, StackResource};

/// The version of Deployment Stacks' interface.
pub(super) const VERSION: &str = "2025-07-01";
/// The version of locks' interface.
const LOCKS: &str = "2020-05-01";
/// The version of resource groups' interface.
const GROUPS: &str = "2024-11-01";

/// The tag of a stack that holds the token of its last deployment.
pub(super) const TOKEN: &str = "landfall-operation";
/// The tag of a resource group that holds the token of the last deletion of its stack.
pub(super) const DELETION: &str = "landfall-deletion";
/// The tag of a resource group that says which target it was made for.
const MADE_FOR: &str = "landfall-target";

const READ: &str = "Microsoft.Resources/deploymentStacks/read";
const GROUP_READ: &str = "Microsoft.Resources/subscriptions/resourceGroups/read";
const GROUP_WRITE: &str = "Microsoft.Resources/subscriptions/resourceGroups/write";

impl Azure {
    /// The resource group of a stack, which has its name.
    pub(super) fn group_path(&self, stack: &str) -> String {
        format!("/subscriptions/{}/resourceGroups/{}", self.place.account, stack_name(stack))
    }

    /// The address of a stack, by its name or identity.
    pub(super) fn stack_path(&self, stack: &str) -> String {
        format!("{}/providers/Microsoft.Resources/deploymentStacks/{}", self.group_path(stack), stack_name(stack))
    }

    /// A stack as Azure answers it; none where there is none, or another one under the same name.
    pub(super) async fn read_stack(&self, stack: &str) -> Result<Option<Value>, CloudError> {
        let path = self.stack_path(stack);
        let found = self.caller.find(&Call::get(READ, &path, VERSION)).await?;
        let created = stack.split_once('#').map(|(_, created)| created);
        Ok(found.filter(|found| created.is_none_or(|created| text(found, "/systemData/createdAt") == created)))
    }

    pub(super) async fn describe_stack(&self, stack: &str) -> Result<Option<StackFacts>, CloudError> {
        let Some(found) = self.read_stack(stack).await? else {
            return Ok(None);
        };
        let lock = self.lock_path(stack);
        let call = Call::get("Microsoft.Authorization/locks/read", &lock, LOCKS);
        let locked = self.caller.find(&call).await?.is_some();
        Ok(Some(StackFacts { protected: locked, ..facts(&found) }))
    }

    fn lock_path(&self, stack: &str) -> String {
        format!("{}/providers/Microsoft.Authorization/locks/landfall", self.stack_path(stack))
    }

    pub(super) async fn export_template(&self, stack: &str) -> Result<Option<String>, CloudError> {
        let path = format!("{}/exportTemplate", self.stack_path(stack));
        let permission = "Microsoft.Resources/deploymentStacks/exportTemplate/action";
        let call = Call::send(Method::Post, permission, &path, VERSION, None);
        let answer = self.caller.find(&call).await?;
        Ok(answer.and_then(|answer| answer.get("template").map(document::written)))
    }

    pub(super) async fn list_resources(&self, stack: &str) -> Result<Vec<StackResource>, CloudError> {
        let Some(found) = self.read_stack(stack).await? else {
            return Ok(Vec::new());
        };
        let failed: BTreeMap<String, String> = list(&found, "/properties/failedResources")
            .filter_map(|one| Some((text(one, "/id").to_ascii_lowercase(), reason(one.get("error")?))))
            .collect();
        let mut resources: Vec<StackResource> = list(&found, "/properties/resources")
            .map(|one| {
                let id = text(one, "/id");
                StackResource {
                    id: label(id),
                    kind: kind(id),
                    physical: Some(id.to_owned()),
                    state: text(one, "/status").to_owned(),
                    reason: failed.get(&id.to_ascii_lowercase()).cloned(),
                }
            })
            .collect();
        resources.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(resources)
    }

    /// A stack is protected by a lock over it: it can't be deleted then, and what it manages can still be changed.
    pub(super) async fn set_protection(&self, stack: &str, protection: &Protection) -> Result<(), CloudError> {
        let now = self.describe_stack(stack).await?;
        let now = now.ok_or_else(|| CloudError::NotFound { what: format!("stack {}", stack_name(stack)) })?;
        if now.protected == protection.termination {
            return Ok(());
        }
        let lock = self.lock_path(stack);
        let notes = "Protected by the environment file: landfall lifts it when that is asked for by name.";
        let body = json!({ "properties": { "level": "CanNotDelete", "notes": notes } });
        // Both set a state, so that asking again changes nothing and doubt is settled by looking.
        let call = if protection.termination {
            Call::send(Method::Put, "Microsoft.Authorization/locks/write", &lock, LOCKS, Some(&body))
        } else {
            Call::send(Method::Delete, "Microsoft.Authorization/locks/delete", &lock, LOCKS, None)
        };
        let write = || async {
            match self.caller.make(&call).await {
                Ok(_) => Ok(()),
                Err(CloudError::NotFound { .. }) if !protection.termination => Ok(()),
                Err(error) => Err(error),
            }
        };
        let happened = || async {
            let now = self.describe_stack(stack).await?;
            Ok(now.is_some_and(|now| now.protected == protection.termination))
        };
        self.caller.retry.settle(write, happened).await
    }

    /// The tags of a stack's resource group; none where there is no group.
    pub(super) async fn group_tags(&self, stack: &str) -> Result<Option<BTreeMap<String, String>>, CloudError> {
        let path = self.group_path(stack);
        let found = self.caller.find(&Call::get(GROUP_READ, &path, GROUPS)).await?;
        Ok(found.map(|found| tags(&found)))
    }

    /// Makes the resource group of a stack where there is none. It stays when the stack goes: deleting a group takes everything in it
    /// along, whoever put it there.
    pub(super) async fn ensure_group(&self, stack: &str, target: &str) -> Result<(), CloudError> {
        if self.group_tags(stack).await?.is_some() {
            return Ok(());
        }
        let path = self.group_path(stack);
        let body = json!({ "location": self.place.region, "tags": { MADE_FOR: target } });
        let call = Call::send(Method::Put, GROUP_WRITE, &path, GROUPS, Some(&body));
        let write = || async { self.caller.make(&call).await.map(|_| ()) };
        let happened = || async { Ok(self.group_tags(stack).await?.is_some()) };
        self.caller.retry.settle(write, happened).await
    }

    /// Writes the token of a deletion on the stack's resource group, as the deletion itself holds none.
    pub(super) async fn announce_deletion(&self, stack: &str, token: &str) -> Result<(), CloudError> {
        let mut tags = self.group_tags(stack).await?.unwrap_or_default();
        tags.insert(DELETION.to_owned(), token.to_owned());
        let path = self.group_path(stack);
        let body = json!({ "tags": tags });
        let call = Call::send(Method::Patch, GROUP_WRITE, &path, GROUPS, Some(&body));
        let write = || async { self.caller.make(&call).await.map(|_| ()) };
        let happened = || async {
            let now = self.group_tags(stack).await?;
            Ok(now.is_some_and(|tags| tags.get(DELETION).map(String::as_str) == Some(token)))
        };
        self.caller.retry.settle(write, happened).await
    }
}

/// The name in a name, an address or an identity, which is an address and when the stack was made.
pub(super) fn stack_name(stack: &str) -> &str {
    let address = stack.split('#').next().unwrap_or(stack);
    address.rsplit('/').next().unwrap_or(address)
}

/// The identity of a stack: its address and when it was made, as a later one of the same name has the same address.
pub(super) fn identity(stack: &Value) -> String {
    format!("{}#{}", text(stack, "/id"), text(stack, "/systemData/createdAt"))
}

/// A stack in neutral words; whether it is protected isn't known from this.
pub(super) fn facts(stack: &Value) -> StackFacts {
    let mut tags = tags(stack);
    tags.remove(TOKEN);
    let state = text(stack, "/properties/provisioningState");
    let (created, modified) =
        (time(text(stack, "/systemData/createdAt")), time(text(stack, "/systemData/lastModifiedAt")));
    let pairs = |pointer: &str| -> BTreeMap<String, String> {
        let object = stack.pointer(pointer).and_then(Value::as_object);
        let value = |value: &Value| value.get("value").map(plain);
        object.into_iter().flatten().filter_map(|(name, one)| Some((name.clone(), value(one)?))).collect()
    };
    StackFacts {
        id: identity(stack),
        name: text(stack, "/name").to_owned(),
        phase: phase(state, created == modified),
        state: state.to_owned(),
        reason: stack.pointer("/properties/error").map(reason),
        created,
        updated: modified,
        protected: false,
        tags,
        parameters: pairs("/properties/parameters"),
        outputs: pairs("/properties/outputs"),
    }
}

/// The states of a deployment stack (REST API reference, Deployment Stacks, provisioning state) in neutral words. A failed one is left
/// as it is, and takes another deployment. A state that this program doesn't know is taken for work in progress: it waits until its
/// deadline rather than act on a stack that it doesn't understand.
pub(super) fn phase(state: &str, is_first: bool) -> Phase {
    match state.to_ascii_lowercase().as_str() {
        "succeeded" => Phase::Steady,
        "failed" | "canceled" => Phase::UpdateFailed,
        "deletingresources" => Phase::CleaningUp,
        "deleting" => Phase::Deleting,
        _ if is_first => Phase::Creating,
        _ => Phase::Updating,
    }
}

/// When the operation that a stack ended last ended; none while it runs.
pub(super) fn ended(stack: &Value) -> Option<Timestamp> {
    let began = time(text(stack, "/systemData/lastModifiedAt"))?;
    Some(began + length(text(stack, "/properties/duration"))?)
}

/// A length of time as Azure writes it: `PT12.5S`.
pub(super) fn length(text: &str) -> Option<SignedDuration> {
    let span: jiff::Span = text.parse().ok()?;
    SignedDuration::try_from(span).ok()
}

pub(super) fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn list<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

pub(super) fn tags(value: &Value) -> BTreeMap<String, String> {
    let object = value.get("tags").and_then(Value::as_object);
    object.into_iter().flatten().map(|(name, value)| (name.clone(), plain(value))).collect()
}

/// A value as text: text as it is, anything else as JSON.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_busy_unless_it_is_known_to_be_an_end() {
        for state in ["succeeded", "failed", "canceled", "Succeeded"] {
            assert!(!phase(state, false).is_busy(), "{state}");
        }
        for state in ["creating", "validating", "deploying", "deletingResources", "deleting", "fromTheFuture"] {
            assert!(phase(state, false).is_busy(), "{state}");
        }
    }

    #[test]
    fn a_stack_of_the_same_name_that_was_made_later_has_another_identity() {
        let made = |at: &str| json!({ "id": "/subscriptions/s/x/shop-dev", "systemData": { "createdAt": at } });
        assert_ne!(identity(&made("2026-11-21T10:00:00Z")), identity(&made("2026-11-21T11:00:00Z")));
        assert_eq!(stack_name(&identity(&made("2026-11-21T10:00:00Z"))), "shop-dev");
        assert_eq!(stack_name("shop-dev"), "shop-dev");
    }
}
