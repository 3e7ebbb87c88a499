//! A deployment stack and the deployment that it ran last.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::error::ArmError;
use super::identifier::Identifier;
use super::operation::Operation;
use super::template::NESTED;

/// Where a stack stands (REST API reference, Deployment Stacks, provisioning state).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// Its resources are being made.
    Deploying,
    /// What left the template is being deleted.
    DeletingResources,
    /// The stack itself is being deleted.
    Deleting,
    /// The last operation is done.
    Succeeded,
    /// The last operation failed.
    Failed,
}

impl State {
    /// Whether the stack can take a request.
    pub fn is_terminal(self) -> bool {
        matches!(self, State::Succeeded | State::Failed)
    }

    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            State::Deploying => "deploying",
            State::DeletingResources => "deletingResources",
            State::Deleting => "deleting",
            State::Succeeded => "succeeded",
            State::Failed => "failed",
        }
    }
}

/// What becomes of resources that leave the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmanage {
    /// Whether they are deleted; else they are left behind.
    pub delete: bool,
    /// Whether those without a delete of their own are left behind; else they fail the operation.
    pub detach_undeletable: bool,
}

/// A resource that a stack manages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Managed {
    /// Its identifier, as it was written.
    pub id: String,
    /// The version of its type's interface that it was made with.
    pub api: String,
    /// The managed resources that it was made after, by folded identifier.
    pub after: BTreeSet<String>,
    /// Whether deleting it failed.
    pub delete_failed: bool,
}

/// What a request asks of a stack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The template.
    pub template: Value,
    /// The values of its parameters, each under `value`.
    pub parameters: Map<String, Value>,
    /// What is said of it.
    pub description: Option<String>,
    /// What becomes of resources that leave the template, as it was written.
    pub action_on_unmanage: Value,
    /// What is denied to others, as it was written.
    pub deny_settings: Value,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// What became of one resource in a deployment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The resource's identifier, once it is known.
    pub id: Option<String>,
    /// Its type.
    pub kind: String,
    /// The nested deployment that it belongs to.
    pub nested: Option<String>,
    /// When work on it began.
    pub began: Timestamp,
    /// When it ended; none while it goes on.
    pub ended: Option<Timestamp>,
    /// Why it failed.
    pub error: Option<ArmError>,
}

/// A deployment that a stack ran.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    /// Its name.
    pub name: String,
    /// What became of each resource, by step.
    pub records: BTreeMap<String, Record>,
}

/// A stack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArmStack {
    /// Its identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The subscription.
    pub subscription: String,
    /// The resource group.
    pub group: String,
    /// What it was asked for last.
    pub request: Request,
    /// Where it stands.
    pub state: State,
    /// Why it failed.
    pub error: Option<ArmError>,
    /// The values of the parameters, defaults among them.
    pub given: Value,
    /// What it manages, by folded identifier.
    pub resources: BTreeMap<String, Managed>,
    /// What the last operation deleted.
    pub deleted: Vec<String>,
    /// What the last operation left behind.
    pub detached: Vec<String>,
    /// What failed in the last operation, and how.
    pub failed: Vec<(String, ArmError)>,
    /// What it gives back.
    pub outputs: Map<String, Value>,
    /// The last deployment.
    pub deployment: Option<Deployment>,
    /// The last request's correlation.
    pub correlation: String,
    /// When it was made.
    pub created: Timestamp,
    /// When the last request was made of it.
    pub modified: Timestamp,
    /// When the last operation ended.
    pub ended: Option<Timestamp>,
    /// What is being done to it.
    pub operation: Option<Operation>,
}

impl ArmStack {
    /// The identifier of its last deployment.
    pub fn deployment_id(&self) -> Option<String> {
        let deployment = self.deployment.as_ref()?;
        Some(format!("{}/providers/{NESTED}/{}", self.group_id(), deployment.name))
    }

    /// The identifier of its resource group.
    pub fn group_id(&self) -> String {
        format!("/subscriptions/{}/resourceGroups/{}", self.subscription, self.group)
    }

    /// The name by which people find a resource of it: type and name.
    pub fn label(id: &str) -> String {
        Identifier::read(id).map_or_else(|| id.to_owned(), |id| id.label())
    }

    /// As it is answered.
    pub fn to_json(&self) -> Value {
        let reference = |id: &String| json!({ "id": id });
        let resources = self.resources.values().map(|one| {
            let status = if one.delete_failed { "deleteFailed" } else { "managed" };
            let deny = self.request.deny_settings.get("mode").cloned().unwrap_or_else(|| json!("none"));
            json!({ "id": one.id, "apiVersion": one.api, "status": status, "denyStatus": deny })
        });
        let failed = self.failed.iter().map(|(id, error)| json!({ "id": id, "error": error.to_json() }));
        let mut properties = json!({
            "provisioningState": self.state.word(),
            "actionOnUnmanage": self.request.action_on_unmanage,
            "denySettings": self.request.deny_settings,
            "parameters": self.given,
            "correlationId": self.correlation,
            "resources": resources.collect::<Vec<_>>(),
            "deletedResources": self.deleted.iter().map(reference).collect::<Vec<_>>(),
            "detachedResources": self.detached.iter().map(reference).collect::<Vec<_>>(),
            "failedResources": failed.collect::<Vec<_>>(),
            "outputs": self.outputs,
        });
        let optional = [
            ("description", self.request.description.clone().map(Value::String)),
            ("deploymentId", self.deployment_id().map(Value::String)),
            ("error", self.error.as_ref().map(ArmError::to_json)),
            ("duration", self.ended.map(|ended| json!(duration(self.modified, ended)))),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                properties[name] = value;
            }
        }
        json!({
            "id": self.id,
            "name": self.name,
            "type": "Microsoft.Resources/deploymentStacks",
            "tags": self.request.tags,
            "properties": properties,
            "systemData": {
                "createdBy": "sandbox",
                "createdByType": "Application",
                "createdAt": time(self.created),
                "lastModifiedBy": "sandbox",
                "lastModifiedByType": "Application",
                "lastModifiedAt": time(self.modified),
            },
        })
    }
}

/// A time as Resource Manager writes it.
pub fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

/// A length of time as Resource Manager writes it: `PT12.5S`.
pub fn duration(from: Timestamp, to: Timestamp) -> String {
    let milliseconds = to.duration_since(from).as_millis().max(0);
    format!("PT{}.{:03}S", milliseconds / 1000, milliseconds % 1000)
}
