//! What a stack's deployment would do.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::difference::{PropertyChange, between};
use super::error::ArmError;
use super::identifier::{Identifier, folded};
use super::resources::{self, runtime};
use super::stack::{ArmStack, Request, Unmanage};
use super::template::Template;
use super::types;
use crate::sandbox::world::World;
use jiff::Timestamp;

/// A computed answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WhatIf {
    /// Its identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The stack that it is about.
    pub stack: String,
    /// When that stack was changed last; none where there is none.
    pub stack_modified: Option<Timestamp>,
    /// What was asked.
    pub request: Request,
    /// How long it is kept, as it was written.
    pub retention: String,
    /// The changes; none where it failed.
    pub changes: Option<Value>,
    /// Why it failed.
    pub error: Option<ArmError>,
    /// The operation that computed it.
    pub ticket: String,
    /// When it is there.
    pub ready: Timestamp,
    /// When it goes by itself.
    pub expires: Timestamp,
}

impl WhatIf {
    /// As it is answered.
    pub fn to_json(&self, now: Timestamp) -> Value {
        let ready = self.ready <= now;
        let word = match (ready, &self.error) {
            (false, _) => "running",
            (true, None) => "succeeded",
            (true, Some(_)) => "failed",
        };
        let mut properties = json!({
            "provisioningState": word,
            "deploymentStackResourceId": self.stack,
            "retentionInterval": self.retention,
            "actionOnUnmanage": self.request.action_on_unmanage,
            "denySettings": self.request.deny_settings,
        });
        if let Some(modified) = self.stack_modified {
            properties["deploymentStackLastModified"] = json!(super::stack::time(modified));
        }
        if ready {
            if let Some(changes) = &self.changes {
                properties["changes"] = changes.clone();
            }
            if let Some(error) = &self.error {
                properties["error"] = error.to_json();
            }
        }
        json!({
            "id": self.id,
            "name": self.name,
            "type": "Microsoft.Resources/deploymentStacksWhatIfResults",
            "properties": properties,
        })
    }
}

/// The changes that a deployment would make.
///
/// # Errors
/// What is wrong with what is asked for, as far as that is known before anything runs.
pub fn changes(
    world: &World,
    stack: Option<&ArmStack>,
    request: &Request,
    unmanage: Unmanage,
    template: &Template,
) -> Result<Value, ArmError> {
    let mut found = Vec::new();
    let mut reached = BTreeSet::new();
    let mut unsure = false;
    let mut wrong = Vec::new();
    for (key, step) in &template.steps {
        let Some(wanted) = template.wanted(step, &runtime(world))? else {
            unsure = true;
            found.push(json!({
                "id": format!("{}/{key}", template_scope(template)),
                "type": step.kind,
                "apiVersion": step.api,
                "changeType": "unsupported",
                "changeCertainty": "potential",
                "unsupportedReason": "The resource id cannot be calculated until the deployment is under way.",
            }));
            continue;
        };
        let Some(id) = Identifier::read(&wanted.id) else { continue };
        reached.insert(folded(&id.text));
        let before = resources::find(world, &id.text);
        if let Some(error) = resources::refused(world, &id, &step.api, &wanted.body)
            && matches!(
                error.code.as_str(),
                "InvalidRequestContent" | "InvalidResourceLocation" | "PropertyChangeNotAllowed"
            )
        {
            wrong.push(error);
            continue;
        }
        let managed = stack.is_some_and(|stack| stack.resources.contains_key(&folded(&id.text)));
        let delta = before.map(|before| between(&before.properties, &wanted.body));
        let kind = match &delta {
            None => "create",
            Some(delta) if delta.is_empty() => "noChange",
            Some(_) => "modify",
        };
        let mut change = json!({
            "id": wanted.id,
            "type": step.kind,
            "apiVersion": step.api,
            "changeType": kind,
            "changeCertainty": "definite",
            "managementStatusChange": {
                "before": if managed { "managed" } else { "unmanaged" },
                "after": "managed",
            },
        });
        if let (Some(before), Some(delta)) = (before, &delta)
            && !delta.is_empty()
        {
            change["resourceConfigurationChanges"] = json!({
                "before": before.properties,
                "after": wanted.body,
                "delta": delta.iter().map(PropertyChange::to_json).collect::<Vec<_>>(),
            });
        }
        found.push(change);
    }
    if !wrong.is_empty() {
        let message = "The template deployment failed because of preflight validation errors.";
        return Err(ArmError::bad_request("InvalidTemplateDeployment", message).because(wrong));
    }
    for managed in stack.iter().flat_map(|stack| stack.resources.values()) {
        if reached.contains(&folded(&managed.id)) {
            continue;
        }
        let kind = Identifier::read(&managed.id).map(|id| id.kind).unwrap_or_default();
        let goes = unmanage.delete && !types::stays(&kind);
        found.push(json!({
            "id": managed.id,
            "type": kind,
            "apiVersion": managed.api,
            "changeType": if goes { "delete" } else { "detach" },
            // One whose name wasn't known may be this.
            "changeCertainty": if unsure { "potential" } else { "definite" },
            "managementStatusChange": { "before": "managed", "after": "unmanaged" },
        }));
    }
    let before = stack.map(|stack| stack.request.deny_settings.clone()).unwrap_or_else(|| json!({ "mode": "none" }));
    let (Some(was), Some(is)) = (before.as_object(), request.deny_settings.as_object()) else {
        return Err(ArmError::bad_request("InvalidRequestContent", "denySettings is no object"));
    };
    let delta: Vec<Value> = between(was, is).iter().map(PropertyChange::to_json).collect();
    let deny: Map<String, Value> = Map::from_iter([
        ("before".to_owned(), before.clone()),
        ("after".to_owned(), request.deny_settings.clone()),
        ("delta".to_owned(), json!(delta)),
    ]);
    Ok(json!({ "resourceChanges": found, "denySettingsChange": deny }))
}

fn template_scope(template: &Template) -> String {
    format!("/subscriptions/{}/resourceGroups/{}", template.subscription, template.group)
}
