//! Revisions of a deployment, and what each does to its resources.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Gcp;
use super::call::Call;
use super::deployment::{list, resource, text};
use crate::ports::cloud::{CloudError, StackResource};

impl Gcp {
    /// The revision that was begun last; none where there is none.
    pub(super) async fn newest_revision(&self, stack: &str) -> Result<Option<Value>, CloudError> {
        let name = format!("{}/revisions", self.deployment_name(stack));
        let mut all = self.caller.list(&Call::get("config.revisions.list", &name), "revisions").await?;
        all.sort_by(|one, other| text(one, "/createTime").cmp(text(other, "/createTime")));
        Ok(all.pop())
    }

    /// What a revision does to each resource.
    pub(super) async fn revision_resources(&self, revision: &Value) -> Result<Vec<Value>, CloudError> {
        let name = format!("{}/resources", text(revision, "/name"));
        self.caller.list(&Call::get("config.resources.list", &name), "resources").await
    }

    pub(super) async fn list_resources(&self, stack: &str) -> Result<Vec<StackResource>, CloudError> {
        if self.read_deployment(stack).await?.is_none() {
            return Ok(Vec::new());
        }
        let Some(revision) = self.newest_revision(stack).await? else { return Ok(Vec::new()) };
        let failures = failures(&revision);
        let deletes = text(&revision, "/action") == "DELETE";
        let mut resources = Vec::new();
        for one in self.revision_resources(&revision).await? {
            let (intent, state) = (text(&one, "/intent"), text(&one, "/state"));
            // What went is there no more; what was to go and didn't, is.
            if (intent == "DELETE" || deletes) && state == "RECONCILED" {
                continue;
            }
            let address = text(&one, "/terraformInfo/address");
            let physical = text(&one, "/terraformInfo/id");
            resources.push(StackResource {
                id: resource(address),
                kind: text(&one, "/terraformInfo/type").to_owned(),
                physical: (!physical.is_empty()).then(|| physical.to_owned()),
                state: state.to_owned(),
                reason: failures.get(address).cloned(),
            });
        }
        resources.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(resources)
    }
}

/// The errors of Terraform by address.
pub(super) fn failures(revision: &Value) -> BTreeMap<String, String> {
    let one = |error: &Value| {
        let description = text(error, "/errorDescription").to_owned();
        (text(error, "/resourceAddress").to_owned(), description)
    };
    list(revision, "/tfErrors").map(one).collect()
}
