//! Previews as what-if results of deployment stacks.

use std::collections::BTreeMap;
use std::time::Duration;

use azure_core::http::Method;
use serde_json::{Map, Value, json};

use super::call::{Call, reason};
use super::expected::{Given, resources};
use super::identifier::{kind, label};
use super::stack::{VERSION, facts, identity, list, stack_name, text};
use super::{Azure, held};
use crate::plan::change::Action;
use crate::plan::deployment::Deployment;
use crate::plan::stack::{Mark, Phase};
use crate::ports::cloud::{CloudError, Preview, PreviewChange, PreviewKind, PreviewState};

/// How long Azure may take to compute a result.
const COMPUTING: Duration = Duration::from_secs(1800);

/// How long a result is kept that nobody removes.
const KEPT: &str = "PT3H";

const WRITE: &str = "Microsoft.Resources/deploymentStacksWhatIfResults/write";
const READ: &str = "Microsoft.Resources/deploymentStacksWhatIfResults/read";
const DELETE: &str = "Microsoft.Resources/deploymentStacksWhatIfResults/delete";

/// A preview of this connection, and what carrying it out sends.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    /// The stack's properties to send.
    pub(super) properties: Value,
    /// The stack's tags, without the operation's token.
    pub(super) tags: BTreeMap<String, String>,
    /// The stack that the preview was made for.
    pub(super) before: Option<Mark>,
    /// What it does, by the resource's id in the document.
    pub(super) actions: BTreeMap<String, Action>,
}

impl Azure {
    pub(super) async fn what_if(
        &self,
        deployment: &Deployment,
        kind: PreviewKind,
        name: &str,
    ) -> Result<Preview, CloudError> {
        let stack = deployment.stack.as_str();
        self.ensure_group(stack, &deployment.target).await?;
        let before = self.read_stack(stack).await?;
        let mut properties = properties(deployment)?;
        keep(&mut properties, before.as_ref());
        let path = self.what_if_path(stack, name);
        let mut asked = properties.clone();
        asked["deploymentStackResourceId"] = json!(self.stack_path(stack));
        asked["retentionInterval"] = json!(KEPT);
        let body = json!({ "properties": asked });
        let call = Call::send(Method::Put, WRITE, &path, VERSION, Some(&body));
        // A result of this name can only be ours: the name holds the plan's digest and the intent.
        let write = || async { self.caller.make(&call).await.map(|_| ()) };
        let happened = || async { Ok(self.caller.find(&Call::get(READ, &path, VERSION)).await?.is_some()) };
        match self.caller.retry.settle(write, happened).await {
            Err(CloudError::Refused { code, message, .. }) if code == "InvalidTemplate" => {
                return Ok(Preview {
                    id: name.to_owned(),
                    name: name.to_owned(),
                    stack_id: self.stack_path(stack),
                    state: PreviewState::Failed(message),
                    changes: Vec::new(),
                });
            }
            settled => settled?,
        }
        let found = self.await_what_if(&path).await?;
        let mut changes = changes(&found);
        if before.is_none() {
            let given = Given { subscription: &self.place.account, group: stack, parameters: &deployment.parameters };
            changes.extend(unnamed(&found, &properties["template"], given));
            changes.sort_by(|one, other| one.id.cmp(&other.id));
        }
        let state = match before.as_ref().map(facts) {
            _ if text(&found, "/properties/provisioningState") != "succeeded" => PreviewState::Failed(
                found.pointer("/properties/error").map_or_else(|| "no reason given".to_owned(), reason),
            ),
            Some(facts) if changes.is_empty() && facts.phase == Phase::Steady && kind != PreviewKind::Create => {
                // What Azure doesn't count as a change: the document's own words, tags and parameters of the stack.
                let given = deployment.parameters.iter().all(|(name, value)| facts.parameters.get(name) == Some(value));
                let same = self.export_template(stack).await?.as_deref() == Some(deployment.document.as_str());
                let mode = |side: &str| text(&found, &format!("/properties/changes/denySettingsChange/{side}/mode"));
                let denied = mode("before") == mode("after");
                let empty = given && same && denied && facts.tags == deployment.tags;
                if empty { PreviewState::Empty } else { PreviewState::Ready }
            }
            Some(_) | None => PreviewState::Ready,
        };
        let prepared = Prepared {
            properties,
            tags: deployment.tags.clone(),
            before: before.as_ref().map(|before| facts(before).mark()),
            actions: changes.iter().map(|change| (change.id.clone(), change.action)).collect(),
        };
        held(&self.prepared).insert(name.to_owned(), prepared);
        let stack_id = before.as_ref().map_or_else(|| self.stack_path(stack), identity);
        Ok(Preview { id: name.to_owned(), name: name.to_owned(), stack_id, state, changes })
    }

    fn what_if_path(&self, stack: &str, name: &str) -> String {
        let group = self.group_path(stack);
        format!("{group}/providers/Microsoft.Resources/deploymentStacksWhatIfResults/{}", stack_name(name))
    }

    /// Polls until the result is computed.
    async fn await_what_if(&self, path: &str) -> Result<Value, CloudError> {
        let start = self.caller.retry.clock.elapsed();
        let mut attempt = 0;
        loop {
            let found = self.caller.make(&Call::get(READ, path, VERSION)).await?;
            let state = text(&found, "/properties/provisioningState").to_ascii_lowercase();
            if matches!(state.as_str(), "succeeded" | "failed" | "canceled") {
                return Ok(found);
            }
            if self.caller.retry.clock.elapsed().saturating_sub(start) >= COMPUTING {
                return Err(CloudError::Unavailable {
                    call: READ.to_owned(),
                    why: format!("the what-if result was not computed within {} s", COMPUTING.as_secs()),
                });
            }
            self.caller.retry.pause(attempt.min(4)).await;
            attempt += 1;
        }
    }

    pub(super) async fn find_what_if(&self, stack: &str, name: &str) -> Result<Option<Preview>, CloudError> {
        let path = self.what_if_path(stack, name);
        let Some(found) = self.caller.find(&Call::get(READ, &path, VERSION)).await? else {
            return Ok(None);
        };
        let state = match text(&found, "/properties/provisioningState") {
            "failed" => PreviewState::Failed(found.pointer("/properties/error").map(reason).unwrap_or_default()),
            _ => PreviewState::Ready,
        };
        let stack_id = text(&found, "/properties/deploymentStackResourceId").to_owned();
        Ok(Some(Preview { id: name.to_owned(), name: name.to_owned(), stack_id, state, changes: changes(&found) }))
    }

    pub(super) async fn delete_what_if(&self, stack: &str, name: &str) -> Result<(), CloudError> {
        let path = self.what_if_path(stack, name);
        let call = Call::send(Method::Delete, DELETE, &path, VERSION, None);
        let write = || async { self.caller.find(&call).await.map(|_| ()) };
        let happened = || async { Ok(self.caller.find(&Call::get(READ, &path, VERSION)).await?.is_none()) };
        match self.caller.retry.settle(write, happened).await {
            // It goes by itself after some hours.
            Err(CloudError::Denied { .. }) => Ok(()),
            settled => settled,
        }
    }
}

/// What is asked of a stack: what leaves the template is deleted, but for what Azure can't delete by itself.
fn properties(deployment: &Deployment) -> Result<Value, CloudError> {
    let template: Value = serde_json::from_str(&deployment.document).map_err(|error| CloudError::Refused {
        call: WRITE.to_owned(),
        code: "Unreadable".to_owned(),
        message: format!("the template is no JSON: {error}"),
    })?;
    let parameters: Map<String, Value> =
        deployment.parameters.iter().map(|(name, value)| (name.clone(), json!({ "value": value }))).collect();
    Ok(json!({
        "template": template,
        "parameters": parameters,
        "description": format!("landfall {} {}", env!("CARGO_PKG_VERSION"), deployment.target),
        "actionOnUnmanage": {
            "resources": "delete",
            "resourceGroups": "detach",
            "managementGroups": "detach",
            "resourcesWithoutDeleteSupport": "detach",
        },
        "denySettings": { "mode": denied(deployment.protection.termination) },
    }))
}

/// What others may not do to what a stack manages: where the stack itself can't be deleted, they can't delete a part of it either. What
/// changes it stays allowed: a rollback switches revisions ahead of the stack. Anything but `none` takes
/// `Microsoft.Resources/deploymentStacks/manageDenySetting/action`.
fn denied(guarded: bool) -> &'static str {
    if guarded { "denyDelete" } else { "none" }
}

/// Keeps what Azure worked out by itself when the stack was made, such as the month of a budget: a default that is an expression would
/// give another value today.
fn keep(properties: &mut Value, before: Option<&Value>) {
    let known = before.map(|before| facts(before).parameters).unwrap_or_default();
    let declared = properties.pointer("/template/parameters").and_then(Value::as_object).cloned().unwrap_or_default();
    let worked_out = declared.iter().filter(|(_, one)| text(one, "/defaultValue").starts_with('['));
    for (name, _) in worked_out {
        let given = properties.get_mut("parameters").and_then(Value::as_object_mut);
        if let (Some(value), Some(given)) = (known.get(name), given) {
            given.entry(name.clone()).or_insert_with(|| json!({ "value": value }));
        }
    }
}

/// The changes of a result, ordered by resource; what stays as it is is left out.
fn changes(result: &Value) -> Vec<PreviewChange> {
    let mut found: Vec<PreviewChange> =
        list(result, "/properties/changes/resourceChanges").filter_map(change).collect();
    found.sort_by(|one, other| one.id.cmp(&other.id));
    found
}

/// What comes into being under a name that only the deployment works out, by the name that the template writes.
fn unnamed<'a>(result: &'a Value, template: &Value, given: Given<'_>) -> impl Iterator<Item = PreviewChange> + use<'a> {
    let written: Vec<String> = resources(template, given).into_keys().filter(|id| id.contains("/[")).collect();
    list(result, "/properties/changes/resourceChanges").filter_map(move |change| {
        let kind = text(change, "/type");
        let unsupported = text(change, "/changeType").eq_ignore_ascii_case("unsupported");
        let id = written.iter().find(|id| id.starts_with(&format!("{kind}/[")))?;
        unsupported.then(|| PreviewChange {
            id: id.clone(),
            kind: kind.to_owned(),
            action: Action::Create,
            replacement_possible: false,
            certain: false,
            fields: Vec::new(),
        })
    })
}

fn change(change: &Value) -> Option<PreviewChange> {
    let action = match text(change, "/changeType").to_ascii_lowercase().as_str() {
        "create" => Action::Create,
        "delete" => Action::Delete,
        "detach" => Action::Forget,
        "modify" => Action::Update,
        // What it can't tell before it runs is no answer.
        _ => return None,
    };
    let id = text(change, "/id");
    let mut fields: Vec<String> = list(change, "/resourceConfigurationChanges/delta")
        .filter(|one| text(one, "/changeType") != "noEffect")
        .map(|one| text(one, "/path").to_owned())
        .collect();
    fields.sort();
    fields.dedup();
    Some(PreviewChange {
        id: label(id),
        kind: kind(id),
        action,
        // Azure refuses what only a new resource can have.
        replacement_possible: false,
        certain: text(change, "/changeCertainty") != "potential",
        fields,
    })
}
