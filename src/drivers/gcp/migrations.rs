//! Migrations as an execution of a Cloud Run job, whose image is changed first: nothing that serves runs it, and the stack brings the job
//! to the same image afterwards. Source: Cloud Run Admin API v2, `projects.locations.jobs.patch`, `jobs.run` and `Execution`.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::Method;
use serde_json::{Value, json};

use super::Gcp;
use super::call::{Call, Sent};
use super::deployment::{list, text};
use super::images::path;
use crate::drivers::made::made;
use crate::drivers::registry::registries;
use crate::ledger::entry::Versions;
use crate::plan::deployment::{Deployment, Migration};
use crate::ports::cloud::{CloudError, StackResource};
use crate::ports::migrations::{MigrationRun, Migrations};

const JOB: &str = "google_cloud_run_v2_job";
const IMAGE: &str = "/template/template/containers/0/image";

/// How long an execution may take besides its own time: it waits for a machine and its image.
const START: Duration = Duration::from_secs(600);

#[async_trait]
impl Migrations for Gcp {
    async fn migrate(
        &self,
        stack: &str,
        deployment: &Deployment,
        migration: &Migration,
    ) -> Result<MigrationRun, CloudError> {
        self.migrate_in(&self.list_resources(stack).await?, stack, deployment, migration).await
    }
}

impl Gcp {
    /// Runs a stack's migrations; `resources` are what the stack has made, whoever keeps it.
    pub(in crate::drivers) async fn migrate_in(
        &self,
        resources: &[StackResource],
        stack: &str,
        deployment: &Deployment,
        migration: &Migration,
    ) -> Result<MigrationRun, CloudError> {
        self.verified().await?;
        let name = made(resources, JOB, &migration.function, "job", stack)?;
        let mut job = self.caller.make(&Call::run(Method::GET, "run.jobs.get", name, Sent::Nothing)).await?;
        let image = deployment.images.values().find(|image| image.digest.to_string() == migration.code);
        let wanted = match image {
            // It stays as it is deployed.
            None => None,
            Some(image) => {
                let repositories = registries(resources, super::images::REPOSITORY, stack, image)?;
                let unreadable = || CloudError::NotFound { what: format!("a repository for the image {}", image.name) };
                let path = repositories.first().and_then(|repository| path(repository)).ok_or_else(unreadable)?;
                Some(format!("{path}/{}@{}", image.name, image.digest))
            }
        };
        if let (Some(wanted), Some(image)) = (wanted, job.pointer_mut(IMAGE)) {
            *image = Value::String(wanted);
            // It sets a value: setting it again is harmless.
            let update = Call::run(Method::PATCH, "run.jobs.update", name, Sent::Json(&job));
            self.caller.retry.repeat(|| self.caller.make(&update)).await?;
        }
        let whole = format!("{name}:run");
        let nothing = json!({});
        let begin = Call::run(Method::POST, "run.jobs.run", &whole, Sent::Json(&nothing));
        let begun = self.caller.retry.repeat(|| self.caller.make(&begin)).await?;
        let execution = text(&begun, "/metadata/name").to_owned();
        if execution.is_empty() {
            let message = "Cloud Run tells of no execution".to_owned();
            return Err(CloudError::Refused { call: "run.jobs.run".to_owned(), code: "Empty".to_owned(), message });
        }
        self.finished(&execution, Duration::from_secs(migration.seconds) + START).await
    }

    /// What an execution came to.
    async fn finished(&self, execution: &str, longest: Duration) -> Result<MigrationRun, CloudError> {
        let call = Call::run(Method::GET, "run.executions.get", execution, Sent::Nothing);
        let look = || async {
            let found = self.caller.make(&call).await?;
            Ok(outcome(&found).map(|outcome| {
                let log = Some(text(&found, "/logUri")).filter(|log| !log.is_empty());
                MigrationRun { outcome, log: log.map(|log| format!("its log: {log}")).into_iter().collect() }
            }))
        };
        self.caller.retry.until(longest, look).await?.ok_or_else(|| {
            let why = format!("the execution {execution} has not ended within {} s", longest.as_secs());
            CloudError::Unavailable { call: call.permission.to_owned(), why }
        })
    }
}

/// How an execution ended; none while it goes on. What it says of versions it says in its log only.
fn outcome(execution: &Value) -> Option<Result<Versions, String>> {
    let completed = list(execution, "/conditions").find(|condition| text(condition, "/type") == "Completed")?;
    match text(completed, "/state") {
        "CONDITION_SUCCEEDED" => Some(Ok(Versions { before: None, after: None })),
        "CONDITION_FAILED" => Some(Err(text(completed, "/message").to_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execution_has_ended_when_it_says_so() {
        let said = |state: &str| {
            outcome(&json!({ "conditions": [
            { "type": "Started", "state": "CONDITION_SUCCEEDED" },
            { "type": "Completed", "state": state, "message": "the task failed" },
        ] }))
        };
        assert_eq!(said("CONDITION_RECONCILING"), None);
        assert_eq!(said("CONDITION_SUCCEEDED"), Some(Ok(Versions { before: None, after: None })));
        assert_eq!(said("CONDITION_FAILED"), Some(Err("the task failed".to_owned())));
        assert_eq!(outcome(&json!({})), None);
    }
}
