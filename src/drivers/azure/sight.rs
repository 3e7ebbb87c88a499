//! How services, databases and alarms of a stack are, asked of themselves.

mod alarms;

use async_trait::async_trait;
use serde_json::Value;

use super::Azure;
use super::call::Call;
use super::identifier::{kind, label};
use super::stack::{list, text};
use crate::drivers::answer;
use crate::ports::cloud::CloudError;
use crate::ports::sight::{Answer, Condition, Ringing, Seen, Sight};

/// The types that are looked at.
const APP: &str = "Microsoft.App/containerApps";
const SERVER: &str = "Microsoft.DBforPostgreSQL/flexibleServers";

#[async_trait]
impl Sight for Azure {
    async fn condition(&self, stack: &str) -> Result<Vec<Seen>, CloudError> {
        let found = self.read_stack(stack).await?.unwrap_or_default();
        let mut seen = Vec::new();
        for managed in list(&found, "/properties/resources") {
            let (id, version) = (text(managed, "/id"), text(managed, "/apiVersion"));
            let kind = kind(id);
            if !matches!(kind.as_str(), APP | SERVER) {
                continue;
            }
            let permission = format!("{kind}/read");
            let found = self.caller.find(&Call::get(&permission, id, version)).await?;
            let condition = found.map_or_else(|| Condition::Sick("it is gone".to_owned()), |found| condition(&found));
            seen.push(Seen { id: label(id), kind, condition });
        }
        seen.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(seen)
    }

    async fn ringing(&self, stack: &str) -> Result<Vec<Ringing>, CloudError> {
        let found = self.read_stack(stack).await?.unwrap_or_default();
        self.alarms(&found).await
    }

    async fn answer(&self, url: &str) -> Result<Answer, CloudError> {
        answer::get(url, self.caller.retry.patience.attempt, self.sandbox.as_deref()).await
    }

    async fn pace(&self) -> f64 {
        self.pace
    }
}

/// The states of container apps and of servers (their types' pages in the REST API reference).
fn condition(resource: &Value) -> Condition {
    let state = |name: &str| text(resource, &format!("/properties/{name}"));
    let running = [state("runningStatus"), state("state")].into_iter().find(|state| !state.is_empty());
    let (latest, ready) = (state("latestRevisionName"), state("latestReadyRevisionName"));
    match (state("provisioningState"), running.unwrap_or_default()) {
        ("Failed" | "Canceled", _) => Condition::Sick("its last change failed".to_owned()),
        // The app runs, by a revision before.
        (_, "Running" | "") if latest != ready => Condition::Settling(format!("its revision {latest} isn't ready")),
        (_, "Running" | "Ready" | "") => Condition::Well,
        (_, state @ ("Stopped" | "Suspended" | "Disabled" | "Inaccessible")) => {
            Condition::Sick(format!("it is {}", state.to_lowercase()))
        }
        (_, state) => Condition::Settling(format!("it is {}", state.to_lowercase())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Condition, condition};

    #[test]
    fn an_app_is_well_only_once_its_latest_revision_is_ready() {
        let of = |ready: &str, provisioned: &str| {
            condition(&json!({ "properties": {
                "provisioningState": provisioned, "runningStatus": "Running",
                "latestRevisionName": "a--2", "latestReadyRevisionName": ready,
            } }))
        };
        assert_eq!(of("a--2", "Succeeded"), Condition::Well);
        assert_eq!(of("a--1", "Succeeded"), Condition::Settling("its revision a--2 isn't ready".to_owned()));
        assert!(matches!(of("a--1", "Failed"), Condition::Sick(_)));
    }
}
