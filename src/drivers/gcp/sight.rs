//! How services, databases and alarms of a deployment are, asked of their own interfaces.

mod alarms;

use async_trait::async_trait;
use reqwest::Method;
use serde_json::Value;

use super::Gcp;
use super::call::{Call, Interface, Sent};
use super::deployment::text;
use crate::drivers::answer;
use crate::ports::cloud::{CloudError, StackResource};
use crate::ports::sight::{Answer, Condition, Ringing, Seen, Sight};

/// The types that are looked at.
const SERVICE: &str = "google_cloud_run_v2_service";
const WORKERS: &str = "google_cloud_run_v2_worker_pool";
const DATABASE: &str = "google_sql_database_instance";

#[async_trait]
impl Sight for Gcp {
    async fn condition(&self, stack: &str) -> Result<Vec<Seen>, CloudError> {
        self.conditions(&self.list_resources(stack).await?).await
    }

    async fn ringing(&self, stack: &str) -> Result<Vec<Ringing>, CloudError> {
        self.alarms(&self.list_resources(stack).await?).await
    }

    async fn answer(&self, url: &str) -> Result<Answer, CloudError> {
        answer::get(url, self.caller.retry.patience.attempt, self.sandbox.as_deref()).await
    }

    async fn pace(&self) -> f64 {
        self.pace
    }
}

impl Gcp {
    /// How those resources are of which that can be asked; they are what a stack has made, whoever keeps it.
    pub(in crate::drivers) async fn conditions(&self, resources: &[StackResource]) -> Result<Vec<Seen>, CloudError> {
        let mut seen = Vec::new();
        for one in resources {
            let kind = one.kind.as_str();
            let Some(id) = one.physical.as_deref().filter(|_| matches!(kind, SERVICE | WORKERS | DATABASE)) else {
                continue;
            };
            let condition = match self.caller.find(&self.look(kind, id)).await? {
                Some(found) if kind == DATABASE => of_database(&found),
                Some(found) => of_service(&found),
                None => Condition::Sick("it is gone".to_owned()),
            };
            seen.push(Seen { id: one.id.clone(), kind: kind.to_owned(), condition });
        }
        seen.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(seen)
    }

    /// The call that reads a service, worker pool or database, by Terraform's identifier of it.
    fn look<'a>(&'a self, kind: &str, id: &'a str) -> Call<'a> {
        match kind {
            DATABASE => Call {
                permission: "cloudsql.instances.get",
                method: Method::GET,
                interface: Interface::Sql,
                on: vec!["v1", "projects", &self.place.account, "instances", id],
                query: Vec::new(),
                sent: Sent::Nothing,
            },
            WORKERS => Call::run(Method::GET, "run.workerpools.get", id, Sent::Nothing),
            _ => Call::run(Method::GET, "run.services.get", id, Sent::Nothing),
        }
    }
}

/// The condition of a service (Cloud Run Admin API reference, `Condition.State`).
fn of_service(found: &Value) -> Condition {
    let message = text(found, "/terminalCondition/message");
    let said = |fallback: &str| if message.is_empty() { fallback.to_owned() } else { message.to_owned() };
    match text(found, "/terminalCondition/state") {
        _ if found.get("reconciling") == Some(&Value::Bool(true)) => Condition::Settling(said("it is being changed")),
        "CONDITION_SUCCEEDED" => Condition::Well,
        "CONDITION_FAILED" => Condition::Sick(said("it isn't ready")),
        _ => Condition::Settling(said("it isn't ready yet")),
    }
}

/// The state of a database (Cloud SQL Admin API reference, `SqlInstanceState`).
fn of_database(found: &Value) -> Condition {
    match text(found, "/state") {
        "RUNNABLE" | "ONLINE_MAINTENANCE" => Condition::Well,
        state @ ("FAILED" | "SUSPENDED" | "PENDING_DELETE") => {
            Condition::Sick(format!("it is {}", state.to_lowercase().replace('_', " ")))
        }
        state => Condition::Settling(format!("it is {}", state.to_lowercase().replace('_', " "))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_serves_is_well_what_failed_is_sick_and_what_nobody_knows_is_waited_for() {
        let service = |state: &str, reconciling: bool| {
            of_service(
                &json!({ "reconciling": reconciling, "terminalCondition": { "state": state, "message": "no port" } }),
            )
        };
        assert_eq!(service("CONDITION_SUCCEEDED", false), Condition::Well);
        assert_eq!(service("CONDITION_FAILED", false), Condition::Sick("no port".to_owned()));
        assert!(matches!(service("CONDITION_SUCCEEDED", true), Condition::Settling(_)));
        assert!(matches!(service("FROM_THE_FUTURE", false), Condition::Settling(_)));
        assert_eq!(of_database(&json!({ "state": "RUNNABLE" })), Condition::Well);
        assert_eq!(of_database(&json!({ "state": "SUSPENDED" })), Condition::Sick("it is suspended".to_owned()));
        assert!(matches!(of_database(&json!({ "state": "MAINTENANCE" })), Condition::Settling(_)));
    }
}
