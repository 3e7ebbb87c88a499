//! Switching container apps between revisions.
//!
//! An app of ours has one revision at a time, the latest, unless it rolls out: then the one before runs on beside it until it is retired.
//! To lead calls to an earlier one, it has to be allowed several; then the earlier one is woken and given all calls. The stack makes
//! of it again what it was.

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
const DEACTIVATE: &str = "Microsoft.App/containerApps/revisions/deactivate/action";

/// Where an app says how many of its revisions may run, and that they may be several.
const MODE: &str = "/properties/configuration/activeRevisionsMode";
const SEVERAL: &str = "Multiple";

/// The version of Container Apps' interface.
const VERSION: &str = "2025-07-01";

impl Azure {
    pub(super) async fn what_serves(&self, stack: &str) -> Result<Vec<Serving>, CloudError> {
        let mut serving = Vec::new();
        for (resource, app) in self.apps(stack).await? {
            let version = takes_calls(&app);
            serving.extend(version.map(|version| Serving {
                id: label(&resource),
                version: format!("{resource}/revisions/{version}"),
                resource,
            }));
        }
        serving.sort();
        Ok(serving)
    }

    /// The apps of a stack, with their identifiers.
    async fn apps(&self, stack: &str) -> Result<Vec<(String, Value)>, CloudError> {
        let found = self.read_stack(stack).await?.unwrap_or_default();
        let mut apps = Vec::new();
        for managed in list(&found, "/properties/resources") {
            let resource = text(managed, "/id");
            if kind(resource) != APP {
                continue;
            }
            let app = self.caller.find(&Call::get(READ, resource, VERSION)).await?;
            apps.extend(app.map(|app| (resource.to_owned(), app)));
        }
        Ok(apps)
    }

    /// Puts to sleep what runs beside the revision that takes all calls of an app which may have several.
    pub(super) async fn put_to_sleep(&self, stack: &str) -> Result<(), CloudError> {
        let apps = self.apps(stack).await?;
        for (app, _) in apps.iter().filter(|(_, app)| text(app, MODE) == SEVERAL) {
            self.until(READ, app, |app| latest_serves(app).then_some(Ok(()))).await?;
            let latest = self.caller.make(&Call::get(READ, app, VERSION)).await?;
            let latest = text(&latest, "/properties/latestRevisionName").to_owned();
            let revisions = self.caller.list(Call::get(REVISION_READ, &format!("{app}/revisions"), VERSION)).await?;
            for revision in revisions.iter().filter(|revision| is_awake(revision) && text(revision, "/name") != latest)
            {
                let path = format!("{app}/revisions/{}/deactivate", text(revision, "/name"));
                let call = Call::send(Method::Post, DEACTIVATE, &path, VERSION, None);
                self.caller.retry.repeat(|| self.caller.make(&call)).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn have_serve(&self, serving: &Serving) -> Result<(), CloudError> {
        let revision = serving.version.rsplit('/').next().unwrap_or_default();
        let several = json!({ "properties": { "configuration": { "activeRevisionsMode": SEVERAL } } });
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

/// Whether the latest revision of an app takes all its calls, and is ready (same place as below, `latestReadyRevisionName`).
fn latest_serves(app: &Value) -> bool {
    let latest = text(app, "/properties/latestRevisionName");
    !latest.is_empty()
        && latest == text(app, "/properties/latestReadyRevisionName")
        && takes_calls(app).as_deref() == Some(latest)
}

/// Whether a revision may run (same place, Container Apps Revisions, `active`).
fn is_awake(revision: &Value) -> bool {
    revision.pointer("/properties/active") == Some(&Value::Bool(true))
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
    fn the_latest_serves_once_it_is_ready_and_takes_all_calls() {
        let of = |ready: &str, traffic: Value| {
            let configuration = json!({ "ingress": { "traffic": [traffic] } });
            let properties = json!({
                "latestRevisionName": "a--2", "latestReadyRevisionName": ready, "configuration": configuration,
            });
            latest_serves(&json!({ "properties": properties }))
        };
        let latest = json!({ "latestRevision": true, "weight": 100 });
        assert!(of("a--2", latest.clone()));
        assert!(!of("a--1", latest));
        assert!(!of("a--2", json!({ "revisionName": "a--1", "weight": 100 })));
    }

    #[test]
    fn a_revision_that_failed_is_not_waited_for() {
        let of = |state: &str| running(&json!({ "properties": { "runningState": state, "healthState": "Healthy" } }));
        assert_eq!(of("Running"), Some(Ok(())));
        assert!(matches!(of("Failed"), Some(Err(_))));
        assert_eq!(of("Processing"), None);
    }
}
