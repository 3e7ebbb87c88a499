//! Previews: what Infrastructure Manager says that it would do.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::Gcp;
use super::call::{Call, Sent};
use super::deployment::{facts, first_failure, identity, list, resource, stack_name, text};
use crate::plan::change::Action;
use crate::plan::deployment::Deployment;
use crate::plan::stack::Phase;
use crate::ports::cloud::{CloudError, Preview, PreviewChange, PreviewKind, PreviewState};

/// How long Google may take to compute a preview.
const COMPUTING: Duration = Duration::from_secs(1800);

/// The annotation of a preview that says which stack it is of: that of a first deployment names none.
const STACK: &str = "landfall-stack";

/// The version of Terraform, exactly: later ones are under another licence, and charged for.
pub(super) const TERRAFORM: &str = "=1.5.7";

const READ: &str = "config.previews.get";
const CREATE: &str = "config.previews.create";
const DELETE: &str = "config.previews.delete";

impl Gcp {
    pub(super) async fn create_preview(
        &self,
        deployment: &Deployment,
        kind: PreviewKind,
        name: &str,
        token: &str,
    ) -> Result<Preview, CloudError> {
        let stack = deployment.stack.as_str();
        let before = self.read_deployment(stack).await?;
        match &before {
            Some(before) => self.refuse_locked(before).await?,
            None => self.refuse_anothers(stack).await?,
        }
        let source = self.upload(deployment).await?;
        let inputs: Map<String, Value> =
            deployment.parameters.iter().map(|(name, value)| (name.clone(), json!({ "inputValue": value }))).collect();
        let mut body = json!({
            "terraformBlueprint": { "gcsSource": source, "inputValues": inputs },
            "serviceAccount": self.service_account(before.as_ref()),
            "labels": deployment.tags,
            "annotations": { STACK: stack },
            "tfVersionConstraint": TERRAFORM,
        });
        if before.is_some() {
            body["deployment"] = json!(self.deployment_name(stack));
        }
        let found = self.computed(name, &body, token).await?;
        let changes = self.changes(name).await?;
        let state = match before.as_ref() {
            _ if text(&found, "/state") == "FAILED" => PreviewState::Failed(reason(&found)),
            Some(before)
                if changes.is_empty()
                    && facts(before, None).phase == Phase::Steady
                    && kind != PreviewKind::Create
                    && same(before, &body) =>
            {
                PreviewState::Empty
            }
            Some(_) | None => PreviewState::Ready,
        };
        let stack_id = before.as_ref().map_or_else(|| self.deployment_name(stack), identity);
        Ok(Preview { id: name.to_owned(), name: name.to_owned(), stack_id, state, changes })
    }

    /// Creates a preview and waits until it is computed.
    pub(super) async fn computed(&self, name: &str, body: &Value, token: &str) -> Result<Value, CloudError> {
        let (on, path) = (format!("{}/previews", self.parent()), self.preview_name(name));
        let call = Call::send(Method::POST, CREATE, &on, Sent::Json(body));
        let call = call.with("previewId", name).with("requestId", request(token, "preview", name));
        // A preview of this name can only be ours: the name holds the plan's digest and the intent.
        let write = || async {
            match self.caller.make(&call).await {
                Err(CloudError::Refused { code, .. }) if code == "ALREADY_EXISTS" => Ok(()),
                made => made.map(|_| ()),
            }
        };
        let happened = || async { Ok(self.caller.find(&Call::get(READ, &path)).await?.is_some()) };
        self.caller.retry.settle(write, happened).await?;
        let start = self.caller.retry.clock.elapsed();
        let mut attempt = 0;
        loop {
            let found = self.caller.make(&Call::get(READ, &path)).await?;
            if text(&found, "/state") != "CREATING" {
                return Ok(found);
            }
            if self.caller.retry.since(start) >= COMPUTING {
                let why = format!("the preview was not computed within {} s", COMPUTING.as_secs());
                return Err(CloudError::Unavailable { call: READ.to_owned(), why });
            }
            self.caller.retry.pause(attempt.min(4)).await;
            attempt += 1;
        }
    }

    /// The whole name of a preview.
    pub(super) fn preview_name(&self, name: &str) -> String {
        format!("{}/previews/{}", self.parent(), stack_name(name))
    }

    /// The account that Terraform runs as: the one that is named, else the deployment's, else the project's `landfall`.
    fn service_account(&self, before: Option<&Value>) -> String {
        let project = &self.place.account;
        let own = before.map(|before| text(before, "/serviceAccount")).filter(|account| !account.is_empty());
        match (&self.account, own) {
            (Some(account), _) if account.starts_with("projects/") => account.clone(),
            (Some(account), _) => format!("projects/{project}/serviceAccounts/{account}"),
            (None, Some(own)) => own.to_owned(),
            (None, None) => format!("projects/{project}/serviceAccounts/landfall@{project}.iam.gserviceaccount.com"),
        }
    }

    pub(super) async fn read_preview(&self, name: &str) -> Result<Option<Preview>, CloudError> {
        let path = self.preview_name(name);
        let Some(found) = self.caller.find(&Call::get(READ, &path)).await? else {
            return Ok(None);
        };
        let state = match text(&found, "/state") {
            "FAILED" => PreviewState::Failed(reason(&found)),
            "STALE" => PreviewState::Obsolete,
            "APPLYING" => PreviewState::Started,
            _ => PreviewState::Ready,
        };
        let stack_id = self.deployment_name(text(&found, &format!("/annotations/{STACK}")));
        let changes = self.changes(name).await?;
        Ok(Some(Preview { id: name.to_owned(), name: name.to_owned(), stack_id, state, changes }))
    }

    /// What a preview of ours is of, and what carrying it out sends; none where it is gone or the deployment has moved on.
    pub(super) async fn prepared(&self, name: &str) -> Result<Option<Value>, CloudError> {
        let path = self.preview_name(name);
        let found = self.caller.find(&Call::get(READ, &path)).await?;
        Ok(found.filter(|found| text(found, "/state") == "SUCCEEDED"))
    }

    /// The changes of a preview, ordered by resource; what stays as it is is left out.
    async fn changes(&self, name: &str) -> Result<Vec<PreviewChange>, CloudError> {
        let path = format!("{}/resourceChanges", self.preview_name(name));
        let all = self.caller.list(&Call::get("config.resourcechanges.list", &path), "resourceChanges").await?;
        let mut found: Vec<PreviewChange> = all.iter().filter_map(change).collect();
        found.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(found)
    }

    pub(super) async fn delete_preview(&self, name: &str) -> Result<(), CloudError> {
        let path = self.preview_name(name);
        let call = Call::send(Method::DELETE, DELETE, &path, Sent::Nothing);
        let write = || async { self.caller.find(&call).await.map(|_| ()) };
        let happened = || async { Ok(self.caller.find(&Call::get(READ, &path)).await?.is_none()) };
        self.caller.retry.settle(write, happened).await
    }
}

/// The identifier of a request: it follows from the token of the operation that it belongs to, and from what it does for it.
pub(super) fn request(token: &str, verb: &str, name: &str) -> String {
    let digest = Sha256::digest(format!("{token} {verb} {name}").as_bytes());
    let bytes: [u8; 16] = digest.first_chunk().copied().unwrap_or_default();
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

/// Whether a deployment was asked for the same before: its source by digest and generation, its variables, its labels.
fn same(before: &Value, body: &Value) -> bool {
    let none = json!({});
    let part = |of: &Value, pointer: &str| of.pointer(pointer).cloned().unwrap_or_else(|| none.clone());
    ["/terraformBlueprint/gcsSource", "/terraformBlueprint/inputValues", "/labels"]
        .iter()
        .all(|pointer| part(before, pointer) == part(body, pointer))
}

/// Why a preview failed.
pub(super) fn reason(preview: &Value) -> String {
    let said = [text(preview, "/errorStatus/message"), text(preview, "/errorCode")];
    let all: Vec<String> = list(preview, "/tfErrors").map(super::deployment::said).collect();
    match first_failure(preview) {
        Some(_) => all.join("; "),
        None => said.into_iter().find(|said| !said.is_empty()).unwrap_or("no reason given").to_owned(),
    }
}

fn change(change: &Value) -> Option<PreviewChange> {
    let action = match text(change, "/intent") {
        "CREATE" => Action::Create,
        "UPDATE" => Action::Update,
        "DELETE" => Action::Delete,
        "RECREATE" => Action::Replace,
        _ => return None,
    };
    let mut fields: Vec<String> = list(change, "/propertyChanges").map(|one| text(one, "/path").to_owned()).collect();
    fields.sort();
    fields.dedup();
    Some(PreviewChange {
        id: resource(text(change, "/terraformInfo/address")),
        kind: text(change, "/terraformInfo/type").to_owned(),
        action,
        replacement_possible: false,
        certain: true,
        fields,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_one_identifier_however_often_it_is_made() {
        let one = request("t", "preview", "a");
        assert_eq!(one, request("t", "preview", "a"));
        assert_ne!(one, request("t", "update", "a"));
        assert_eq!(uuid::Uuid::parse_str(&one).unwrap().get_version_num(), 4);
    }

    #[test]
    fn a_failed_preview_says_what_terraform_says() {
        let failed =
            json!({ "errorStatus": { "message": "failed" }, "tfErrors": [{ "errorDescription": "Cycle: a, b" }] });
        assert_eq!(reason(&failed), "Cycle: a, b");
        assert_eq!(reason(&json!({ "errorStatus": { "message": "failed" } })), "failed");
    }
}
