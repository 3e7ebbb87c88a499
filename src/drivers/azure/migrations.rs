//! Migrations as an execution of a Container Apps job, started with the new image for that run alone: the job itself stays as it is until
//! the stack is updated. Source: Container Apps REST API reference, Jobs - Start (`JobExecutionTemplate`) and Job Execution.

use std::time::Duration;

use async_trait::async_trait;
use azure_core::http::Method;
use serde_json::{Value, json};

use super::Azure;
use super::call::Call;
use super::stack::text;
use crate::drivers::made::made;
use crate::drivers::registry::registries;
use crate::ledger::entry::Versions;
use crate::plan::deployment::{Deployment, Migration};
use crate::ports::cloud::CloudError;
use crate::ports::migrations::{MigrationRun, Migrations};

const JOB: &str = "Microsoft.App/jobs";
const READ: &str = "Microsoft.App/jobs/read";
const START: &str = "Microsoft.App/jobs/start/action";
const EXECUTION: &str = "Microsoft.App/jobs/executions/read";
const VERSION: &str = "2025-07-01";

/// How long an execution may take besides its own time: it waits for a machine and its image.
const BEGINNING: Duration = Duration::from_secs(600);

#[async_trait]
impl Migrations for Azure {
    async fn migrate(
        &self,
        stack: &str,
        deployment: &Deployment,
        migration: &Migration,
    ) -> Result<MigrationRun, CloudError> {
        self.verified_identity().await?;
        let resources = self.list_resources(stack).await?;
        let id = made(&resources, JOB, &migration.function, "job", stack)?;
        let job = self.caller.make(&Call::get(READ, id, VERSION)).await?;
        let mut containers = job.pointer("/properties/template/containers").cloned().unwrap_or_default();
        let image = deployment.images.values().find(|image| image.digest.to_string() == migration.code);
        // Else it stays as it is deployed.
        if let (Some(image), Some(of_job)) = (image, containers.pointer_mut("/0/image")) {
            let registry = registries(&resources, super::images::REGISTRY, stack, image)?;
            let registry = registry.first().copied().unwrap_or_default();
            let server = self.login_server(registry).await?;
            *of_job = Value::String(format!("{server}/{}@{}", image.name, image.digest));
        }
        let (path, template) = (format!("{id}/start"), json!({ "containers": containers }));
        let begin = Call::send(Method::Post, START, &path, VERSION, Some(&template));
        let begun = self.caller.retry.repeat(|| self.caller.make(&begin)).await?;
        let execution = format!("{id}/executions/{}", text(&begun, "/name"));
        self.finished(&execution, Duration::from_secs(migration.seconds) + BEGINNING).await
    }
}

impl Azure {
    /// What an execution came to.
    async fn finished(&self, execution: &str, longest: Duration) -> Result<MigrationRun, CloudError> {
        let call = Call::get(EXECUTION, execution, VERSION);
        let look = || async {
            let found = self.caller.make(&call).await?;
            Ok(outcome(&found).map(|outcome| MigrationRun { outcome, log: Vec::new() }))
        };
        self.caller.retry.until(longest, look).await?.ok_or_else(|| {
            let why = format!("the execution {execution} has not ended within {} s", longest.as_secs());
            CloudError::Unavailable { call: EXECUTION.to_owned(), why }
        })
    }
}

/// How an execution ended; none while it goes on. What it says of versions it says in its log only.
fn outcome(execution: &Value) -> Option<Result<Versions, String>> {
    match text(execution, "/properties/status") {
        "Succeeded" => Some(Ok(Versions { before: None, after: None })),
        state @ ("Failed" | "Stopped" | "Degraded") => {
            let name = text(execution, "/name");
            Some(Err(format!(
                "the execution {name} is {}: its lines in the logs of its job say why",
                state.to_lowercase()
            )))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execution_has_ended_when_it_says_so() {
        let said = |state: &str| outcome(&json!({ "name": "migrate-1", "properties": { "status": state } }));
        assert_eq!(said("Running"), None);
        assert_eq!(said("Succeeded"), Some(Ok(Versions { before: None, after: None })));
        assert!(said("Failed").is_some_and(|outcome| outcome.is_err_and(|why| why.contains("migrate-1 is failed"))));
    }
}
