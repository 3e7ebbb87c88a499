//! Switching services of Cloud Run between revisions.

use reqwest::Method;
use serde_json::{Value, json};

use super::Gcp;
use super::call::{Call, Sent};
use super::deployment::{list, text};
use crate::plan::serving::Serving;
use crate::ports::cloud::{CloudError, StackResource};

const SERVICE: &str = "google_cloud_run_v2_service";
const LATEST: &str = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST";
const REVISION: &str = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION";

impl Gcp {
    /// What serves of what a stack has made, whoever keeps it.
    pub(in crate::drivers) async fn what_serves(
        &self,
        resources: Vec<StackResource>,
    ) -> Result<Vec<Serving>, CloudError> {
        let mut serving = Vec::new();
        for one in resources {
            let Some(resource) = one.physical.filter(|_| one.kind == SERVICE) else { continue };
            let version = self.takes_calls(&resource).await?;
            serving.extend(version.map(|version| Serving { id: one.id, resource, version }));
        }
        Ok(serving)
    }

    pub(super) async fn have_serve(&self, serving: &Serving) -> Result<(), CloudError> {
        let there = || async { Ok(self.takes_calls(&serving.resource).await?.as_ref() == Some(&serving.version)) };
        self.caller.retry.settle(|| self.lead_to(serving), there).await?;
        // Cloud Run has taken it up, and carries it out in a while.
        let look = || async { Ok(there().await?.then_some(())) };
        self.caller.retry.until(self.caller.retry.patience.overall, look).await?.ok_or_else(|| {
            let why = format!("calls don't go to {} yet", serving.version);
            CloudError::Unavailable { call: "run.services.update".to_owned(), why }
        })
    }

    /// The revision that takes all calls of a service; none where the service is gone, or several share them.
    async fn takes_calls(&self, service: &str) -> Result<Option<String>, CloudError> {
        let call = Call::run(Method::GET, "run.services.get", service, Sent::Nothing);
        Ok(self.caller.find(&call).await?.and_then(|found| takes_calls(&found, service)))
    }

    /// Leads all calls of a service to a revision. The template stays: until the deployment follows, its traffic differs.
    async fn lead_to(&self, serving: &Serving) -> Result<(), CloudError> {
        let revision = serving.version.rsplit('/').next().unwrap_or_default();
        let body = json!({ "traffic": [{ "type": REVISION, "revision": revision, "percent": 100 }] });
        let call = Call::run(Method::PATCH, "run.services.update", &serving.resource, Sent::Json(&body));
        self.caller.make(&call.with("updateMask", "traffic")).await.map(|_| ())
    }
}

/// What a service says of its traffic (Cloud Run Admin API v2, `Service.trafficStatuses`, `latestReadyRevision`).
fn takes_calls(found: &Value, service: &str) -> Option<String> {
    let percent = |target: &Value| target.get("percent").and_then(Value::as_u64).unwrap_or_default();
    let targets: Vec<&Value> = list(found, "/trafficStatuses").filter(|target| percent(target) > 0).collect();
    let [target] = targets.as_slice() else { return None };
    let revision = match text(target, "/type") {
        REVISION => text(target, "/revision"),
        LATEST => text(found, "/latestReadyRevision"),
        _ => "",
    };
    let own = revision.rsplit('/').next().filter(|own| !own.is_empty())?;
    Some(format!("{service}/revisions/{own}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_serves_the_revision_that_all_its_calls_go_to() {
        let of = |statuses: Value| {
            let found =
                json!({ "latestReadyRevision": "projects/p/services/s/revisions/s-2", "trafficStatuses": statuses });
            takes_calls(&found, "projects/p/services/s")
        };
        let latest = json!({ "type": LATEST, "percent": 100 });
        let first = |percent: u32| json!({ "type": REVISION, "revision": "s-1", "percent": percent });
        assert_eq!(of(json!([latest])).as_deref(), Some("projects/p/services/s/revisions/s-2"));
        assert_eq!(of(json!([first(100)])).as_deref(), Some("projects/p/services/s/revisions/s-1"));
        assert_eq!(of(json!([first(40), { "type": LATEST, "percent": 60 }])), None);
    }
}
