//! What Infrastructure Manager says of a deployment, and what protects it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::Gcp;
use super::call::Call;
use super::source;
use crate::plan::deployment::Protection;
use crate::plan::stack::{Phase, StackFacts};
use crate::ports::cloud::CloudError;

/// The annotation of a deployment that holds the token of its last deployment.
pub(super) const TOKEN: &str = "landfall-operation";

const READ: &str = "config.deployments.get";
const CREATE: &str = "config.deployments.create";

impl Gcp {
    /// What deployments and previews stand in.
    pub(super) fn parent(&self) -> String {
        format!("projects/{}/locations/{}", self.place.account, self.place.region)
    }

    /// The whole name of a deployment, by its name or identity.
    pub(super) fn deployment_name(&self, stack: &str) -> String {
        format!("{}/deployments/{}", self.parent(), stack_name(stack))
    }

    /// A deployment as it is answered; none where there is none, or another one under the same name.
    pub(in crate::drivers) async fn read_deployment(&self, stack: &str) -> Result<Option<Value>, CloudError> {
        let name = self.deployment_name(stack);
        let found = self.caller.find(&Call::get(READ, &name)).await?;
        let created = stack.split_once('#').map(|(_, created)| created);
        Ok(found.filter(|found| created.is_none_or(|created| text(found, "/createTime") == created)))
    }

    pub(super) async fn describe_deployment(&self, stack: &str) -> Result<Option<StackFacts>, CloudError> {
        let Some(found) = self.read_deployment(stack).await? else {
            return Ok(None);
        };
        let newest = self.newest_revision(stack).await?;
        let protected = self.note(&self.bucket_of(&found), &protection(stack)).await?.is_some();
        Ok(Some(StackFacts { protected, ..facts(&found, newest.as_ref()) }))
    }

    /// Refuses to begin a stack that a program of somebody's own has deployed: each engine would keep a state of its own, and make
    /// everything again.
    pub(super) async fn refuse_anothers(&self, stack: &str) -> Result<(), CloudError> {
        let bucket = self.usual_bucket();
        let record = self.note(&bucket, &own_record(stack)).await?;
        if record.is_none() {
            return Ok(());
        }
        Err(CloudError::Refused {
            call: CREATE.to_owned(),
            code: "ANOTHER_ENGINE".to_owned(),
            message: format!(
                "{stack} was deployed by a program on somebody's machine, whose state lies in gs://{bucket}: say in `placement` which `engine` that is, or destroy the target with it first"
            ),
        })
    }

    /// The bucket that a deployment's source lies in.
    pub(super) fn bucket_of(&self, deployment: &Value) -> String {
        let source = text(deployment, "/terraformBlueprint/gcsSource");
        source::parts(source).map_or_else(|| self.usual_bucket(), |(bucket, ..)| bucket.to_owned())
    }

    /// Infrastructure Manager has no protection of a deployment but its lock, which keeps previews out too. So a note in the bucket
    /// holds landfall off, and nobody else.
    pub(super) async fn set_protection(&self, stack: &str, wanted: &Protection) -> Result<(), CloudError> {
        let found = self.read_deployment(stack).await?;
        let found = found.ok_or_else(|| CloudError::NotFound { what: format!("deployment {}", stack_name(stack)) })?;
        let (bucket, name) = (self.bucket_of(&found), protection(stack));
        let text = wanted.termination.then_some("Protected by the environment file.\n");
        if self.note(&bucket, &name).await?.is_some() == wanted.termination {
            return Ok(());
        }
        self.set_note(&bucket, &name, text).await
    }

    /// Refuses to begin on a deployment whose lock somebody holds, and says who.
    pub(super) async fn refuse_locked(&self, found: &Value) -> Result<(), CloudError> {
        if !matches!(text(found, "/lockState"), "LOCKED" | "LOCKING") {
            return Ok(());
        }
        let name = text(found, "/name");
        let on = format!("{name}:exportLock");
        let lock = self.caller.find(&Call::get("config.deployments.getLock", &on)).await?.unwrap_or_default();
        let (who, since, id) = (text(&lock, "/who"), text(&lock, "/createTime"), text(&lock, "/lockId"));
        Err(CloudError::Refused {
            call: "config.deployments.update".to_owned(),
            code: "LOCKED".to_owned(),
            message: format!(
                "{name} is locked by {who} since {since}: once that is over, `gcloud infra-manager deployments unlock {name} --lock-id={id}`"
            ),
        })
    }
}

/// Where the record lies of a stack that a program of somebody's own deploys.
pub(in crate::drivers) fn own_record(stack: &str) -> String {
    format!("terraform/{}/stack.json", stack_name(stack))
}

/// Where the note lies that a deployment is protected.
pub(super) fn protection(stack: &str) -> String {
    format!("protected/{}", stack_name(stack))
}

/// The name in a name, a whole name or an identity, which is a whole name and when the deployment was made.
pub(in crate::drivers) fn stack_name(stack: &str) -> &str {
    let whole = stack.split('#').next().unwrap_or(stack);
    whole.rsplit('/').next().unwrap_or(whole)
}

/// The identity of a deployment: its whole name and when it was made, as a later one of the same name has the same name.
pub(super) fn identity(deployment: &Value) -> String {
    format!("{}#{}", text(deployment, "/name"), text(deployment, "/createTime"))
}

/// A deployment in neutral words, with its last revision; whether it is protected isn't known from this.
pub(super) fn facts(deployment: &Value, newest: Option<&Value>) -> StackFacts {
    let state = text(deployment, "/state");
    let texts = |value: Option<&Value>, inner: &str| -> BTreeMap<String, String> {
        let object = value.and_then(Value::as_object).into_iter().flatten();
        object.filter_map(|(name, one)| Some((name.clone(), plain(one.get(inner)?)))).collect()
    };
    let labels = deployment.get("labels").and_then(Value::as_object).into_iter().flatten();
    let details = [text(deployment, "/stateDetail"), newest.map_or("", |newest| text(newest, "/stateDetail"))];
    let failed = first_failure(deployment).or_else(|| newest.and_then(first_failure));
    StackFacts {
        id: identity(deployment),
        name: stack_name(text(deployment, "/name")).to_owned(),
        phase: phase(state),
        state: state.to_owned(),
        reason: failed.or_else(|| details.into_iter().find(|detail| !detail.is_empty()).map(str::to_owned)),
        created: time(text(deployment, "/createTime")),
        updated: newest.and_then(|newest| time(text(newest, "/createTime"))),
        protected: false,
        tags: labels.map(|(name, value)| (name.clone(), plain(value))).collect(),
        parameters: texts(deployment.pointer("/terraformBlueprint/inputValues"), "inputValue"),
        outputs: texts(newest.and_then(|newest| newest.pointer("/applyResults/outputs")), "value"),
    }
}

/// The first error of Terraform that a deployment, revision or preview names.
pub(super) fn first_failure(of: &Value) -> Option<String> {
    list(of, "/tfErrors").next().map(said)
}

/// An error of Terraform in a line.
pub(super) fn said(error: &Value) -> String {
    let description = text(error, "/errorDescription");
    match text(error, "/resourceAddress") {
        "" => description.to_owned(),
        address => format!("{address}: {description}"),
    }
}

/// The states of a deployment (Infrastructure Manager REST reference, `Deployment.State`) in neutral words. A failed one is left as it
/// is, and takes another revision. A state that this program doesn't know is taken for work in progress: it waits until its deadline
/// rather than act on a deployment that it doesn't understand.
fn phase(state: &str) -> Phase {
    match state {
        "ACTIVE" => Phase::Steady,
        "FAILED" => Phase::UpdateFailed,
        "CREATING" => Phase::Creating,
        "DELETING" => Phase::Deleting,
        "DELETED" => Phase::Deleted,
        _ => Phase::Updating,
    }
}

pub(super) fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

pub(in crate::drivers) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

pub(in crate::drivers) fn list<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

/// A value as text: text as it is, anything else as JSON.
pub(in crate::drivers) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The resource's id in the document: its address without the place in a count.
pub(in crate::drivers) fn resource(address: &str) -> String {
    address.split('[').next().unwrap_or(address).to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_state_is_busy_unless_it_is_known_to_be_an_end() {
        for state in ["ACTIVE", "FAILED", "DELETED"] {
            assert!(!phase(state).is_busy(), "{state}");
        }
        for state in ["CREATING", "UPDATING", "DELETING", "SUSPENDED", "FROM_THE_FUTURE"] {
            assert!(phase(state).is_busy(), "{state}");
        }
    }

    #[test]
    fn a_deployment_of_the_same_name_that_was_made_later_has_another_identity() {
        let made = |at: &str| json!({ "name": "projects/p/locations/l/deployments/shop-dev", "createTime": at });
        assert_ne!(identity(&made("2026-11-21T10:00:00Z")), identity(&made("2026-11-21T11:00:00Z")));
        assert_eq!(stack_name(&identity(&made("2026-11-21T10:00:00Z"))), "shop-dev");
        assert_eq!(stack_name("shop-dev"), "shop-dev");
    }

    #[test]
    fn the_reason_of_a_failure_is_terraforms_and_names_the_resource() {
        let failed = json!({ "state": "FAILED", "stateDetail": "the revision failed" });
        let revision = json!({ "tfErrors": [{ "resourceAddress": "google_x.y[0]", "errorDescription": "Error 409" }] });
        assert_eq!(facts(&failed, Some(&revision)).reason.as_deref(), Some("google_x.y[0]: Error 409"));
        assert_eq!(facts(&failed, None).reason.as_deref(), Some("the revision failed"));
    }
}
