//! Drift: a preview of what is deployed says what isn't as it was applied.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Gcp;
use super::call::Call;
use super::deployment::{list, plain, resource, text};
use super::preview::reason;
use super::revision::failures;
use crate::plan::drift::{DriftState, FieldDrift, ResourceDrift};
use crate::ports::cloud::CloudError;

/// What stands for a value that mustn't be told.
const SECRET: &str = "(a secret)";

impl Gcp {
    pub(super) async fn detect_drift(&self, stack: &str) -> Result<Vec<ResourceDrift>, CloudError> {
        let Some(found) = self.read_deployment(stack).await? else {
            return Ok(Vec::new());
        };
        self.refuse_locked(&found).await?;
        let token = self.caller.retry.clock.unique();
        let name = format!("landfall-look-{}", token.get(..8).unwrap_or_default());
        // What isn't said is the deployment's own.
        let body = json!({
            "deployment": self.deployment_name(stack),
            "serviceAccount": text(&found, "/serviceAccount"),
            "terraformBlueprint": found.get("terraformBlueprint"),
        });
        let preview = self.computed(&name, &body, &token).await?;
        let looked = self.drifts(stack, &name, &preview).await;
        self.delete_preview(&name).await?;
        looked
    }

    async fn drifts(&self, stack: &str, name: &str, preview: &Value) -> Result<Vec<ResourceDrift>, CloudError> {
        if text(preview, "/state") == "FAILED" {
            return Err(CloudError::Refused {
                call: "config.previews.create".to_owned(),
                code: text(preview, "/errorCode").to_owned(),
                message: reason(preview),
            });
        }
        let whole = self.preview_name(name);
        let path = format!("{whole}/resourceDrifts");
        let drifts = self.caller.list(&Call::get("config.resourcedrifts.list", &path), "resourceDrifts").await?;
        let path = format!("{whole}/resourceChanges");
        let changes = self.caller.list(&Call::get("config.resourcechanges.list", &path), "resourceChanges").await?;
        let Some(revision) = self.newest_revision(stack).await? else { return Ok(Vec::new()) };
        let failed = failures(&revision);
        let by_address: BTreeMap<&str, &Value> =
            drifts.iter().map(|one| (text(one, "/terraformInfo/address"), one)).collect();
        let made_anew: BTreeSet<&str> = changes
            .iter()
            .filter(|one| text(one, "/intent") == "CREATE")
            .map(|one| text(one, "/terraformInfo/address"))
            .collect();
        let mut found = Vec::new();
        for one in self.revision_resources(&revision).await? {
            let address = text(&one, "/terraformInfo/address");
            if text(&one, "/intent") == "DELETE" || failed.contains_key(address) {
                continue;
            }
            let fields = by_address.get(address).map(|drift| fields(drift)).unwrap_or_default();
            let (state, fields) = match by_address.get(address) {
                Some(_) if made_anew.contains(address) => (DriftState::Deleted, Vec::new()),
                Some(_) => (DriftState::Modified, fields),
                None => (DriftState::InSync, fields),
            };
            found.push(ResourceDrift {
                id: resource(address),
                kind: text(&one, "/terraformInfo/type").to_owned(),
                physical: text(&one, "/terraformInfo/id").to_owned(),
                state,
                fields,
            });
        }
        found.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(found)
    }
}

fn fields(drift: &Value) -> Vec<FieldDrift> {
    let value = |one: &Value, name: &str| {
        let secret = list(one, &format!("/{name}SensitivePaths")).next().is_some();
        if secret { Some(SECRET.to_owned()) } else { one.get(name).filter(|value| !value.is_null()).map(plain) }
    };
    let mut found: Vec<FieldDrift> = list(drift, "/propertyDrifts")
        .map(|one| FieldDrift {
            path: format!("/{}", text(one, "/path").replace(['.', '['], "/").replace(']', "")),
            expected: value(one, "before"),
            actual: value(one, "after"),
        })
        .collect();
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_changed_by_hand_is_named_and_a_secret_is_not_told() {
        let drift = json!({ "propertyDrifts": [
            { "path": "settings[0].tier", "before": "a", "after": "b" },
            { "path": "labels.owner", "after": "me" },
            { "path": "password", "beforeSensitivePaths": [""], "afterSensitivePaths": [""], "before": "x", "after": "y" },
        ]});
        let told: Vec<String> = fields(&drift).iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            ["/labels/owner: me, added by hand", "/password: (a secret) → (a secret)", "/settings/0/tier: a → b"]
        );
    }
}
