//! Switching container apps between revisions.
//!
//! An app of ours has one revision at a time, the latest. To lead calls to an earlier one, it has to be allowed several; then the earlier
//! one is woken and given all calls. The stack makes an app with one revision of it again.

use azure_core::http::Method;
use serde_json::{Value, json};

use super::Azure;
use super::call::Call;
use super::identifier::{kind, label};
use super::stack::{list, text};
use crate::plan::serving::Serving;
use crate::ports::cloud::CloudError;

const APP: &str = "Microsoft.App/containerApps";
const READ: &str = "Microsoft.App/containerApps/read";
const WRITE: &str = "Microsoft.App/containerApps/write";
const REVISION_READ: &str = "Microsoft.App/containerApps/revisions/read";
const ACTIVATE: &str = "Microsoft.App/containerApps/revisions/activate/action";

/// The version of Container Apps' interface.
const VERSION: &str = "2025-07-01";

impl Azure {
    pub(super) async fn what_serves(&self, stack: &str) -> Result<Vec<Serving>, CloudError> {
        let found = self.read_stack(stack).await?.unwrap_or_default();
        let mut serving = Vec::new();
        for managed in list(&found, "/properties/resources") {
            let resource = text(managed, "/id");
            if kind(resource) != APP {
                continue;
            }
            let app = self.caller.find(&Call::get(READ, resource, VERSION)).await?;
            let version = app.and_then(|app| takes_calls(&app));
            serving.extend(version.map(|version| Serving {
                id: label(resource),
                resource: resource.to_owned(),
                version: format!("{resource}/revisions/{version}"),
            }));
        }
        serving.sort();
        Ok(serving)
    }

    pub(super) async fn have_serve(&self, serving: &Serving) -> Result<(), CloudError> {
        let revision = serving.version.rsplit('/').next().unwrap_or_default();
        let several = json!({ "properties": { "configuration": { "activeRevisionsMode": "Multiple" } } });
        self.change(&serving.resource, &several).await?;
        self.wake(&serving.version).await?;
        let traffic = json!([{ "revisionName": revision, "weight": 100 }]);
        let led = json!({ "properties": { "configuration": { "ingress": { "traffic": traffic } } } });
        self.change(&serving.resource, &led).await
    }

    /// Changes an app and waits until that is done. Each change says how something is to be, so that asking again changes nothing.
    async fn change(&self, app: &str, body: &Value) -> Result<(), CloudError> {
        let call = Call::send(Method::Patch, WRITE, app, VERSION, Some(body));
        self.caller.retry.repeat(|| self.caller.make(&call)).await?;
        self.until(READ, app, |found| match text(found, "/properties/provisioningState") {
            "Succeeded" => Some(Ok(())),
            "Failed" | "Canceled" => Some(Err("its change failed".to_owned())),
            _ => None,
        })
        .await
    }

    /// Wakes a revision and waits until it runs.
    async fn wake(&self, revision: &str) -> Result<(), CloudError> {
        let path = format!("{revision}/activate");
        let call = Call::send(Method::Post, ACTIVATE, &path, VERSION, None);
        self.caller.retry.repeat(|| self.caller.make(&call)).await?;
        self.until(REVISION_READ, revision, running).await
    }

    /// Asks for something until it is as it should be, or won't be.
    async fn until(
        &self,
        permission: &str,
        on: &str,
        judge: impl Fn(&Value) -> Option<Result<(), String>>,
    ) -> Result<(), CloudError> {
        let call = Call::get(permission, on, VERSION);
        let look = || async { Ok(judge(&self.caller.make(&call).await?)) };
        match self.caller.retry.until(self.caller.retry.patience.overall, look).await? {
            Some(Ok(())) => Ok(()),
            Some(Err(message)) => {
                let message = format!("{}: {message}", label(on));
                Err(CloudError::Refused { call: WRITE.to_owned(), code: "Failed".to_owned(), message })
            }
            None => {
                let why = format!("{} isn't ready yet", label(on));
                Err(CloudError::Unavailable { call: permission.to_owned(), why })
            }
        }
    }
}

/// Whether a revision runs (Container Apps REST API, Container Apps Revisions, `runningState`, `healthState`).
fn running(revision: &Value) -> Option<Result<(), String>> {
    let state = |name: &str| text(revision, &format!("/properties/{name}"));
    match (state("runningState"), state("healthState")) {
        ("Failed" | "Degraded", _) => Some(Err(format!("the revision is {}", state("runningState").to_lowercase()))),
        ("Running" | "RunningAtMaxScale" | "ScaledToZero", "Healthy" | "None" | "") => Some(Ok(())),
        _ => None,
    }
}

/// The revision that takes all calls of an app that takes any; none where several share them (same place, Container Apps,
/// `TrafficWeight`).
fn takes_calls(app: &Value) -> Option<String> {
    let weight = |one: &Value| one.get("weight").and_then(Value::as_u64).unwrap_or_default();
    let traffic = list(app, "/properties/configuration/ingress/traffic").filter(|one| weight(one) > 0);
    let [one] = traffic.collect::<Vec<_>>()[..] else { return None };
    let named = text(one, "/revisionName");
    let version = if named.is_empty() { text(app, "/properties/latestReadyRevisionName") } else { named };
    (!version.is_empty()).then(|| version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_serves_the_revision_that_all_its_calls_go_to() {
        let of = |traffic: Value| {
            let configuration = json!({ "ingress": { "traffic": traffic } });
            takes_calls(&json!({ "properties": { "latestReadyRevisionName": "a--2", "configuration": configuration } }))
        };
        assert_eq!(of(json!([{ "latestRevision": true, "weight": 100 }])).as_deref(), Some("a--2"));
        assert_eq!(of(json!([{ "revisionName": "a--1", "weight": 100 }])).as_deref(), Some("a--1"));
        assert_eq!(
            of(json!([{ "revisionName": "a--1", "weight": 50 }, { "latestRevision": true, "weight": 50 }])),
            None
        );
        assert_eq!(takes_calls(&json!({ "properties": { "latestReadyRevisionName": "a--2" } })), None);
    }

    #[test]
    fn a_revision_that_failed_is_not_waited_for() {
        let of = |state: &str| running(&json!({ "properties": { "runningState": state, "healthState": "Healthy" } }));
        assert_eq!(of("Running"), Some(Ok(())));
        assert!(matches!(of("Failed"), Some(Err(_))));
        assert_eq!(of("Processing"), None);
    }
}
