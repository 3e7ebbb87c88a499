//! Migrations as a run of a Lambda function, from its unpublished code: callers call an alias, which stays where it is until the stack is
//! updated. Source: Lambda developer guide, "Manage Lambda function versions"; Lambda API reference, UpdateFunctionCode and Invoke.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_lambda::types::{LastUpdateStatus, State};
use serde_json::Value;

use super::Aws;
use super::call::{Call, Effect};
use super::calls::Answered;
use crate::drivers::made::made;
use crate::ledger::entry::Versions;
use crate::plan::deployment::{Deployment, Migration};
use crate::ports::cloud::CloudError;
use crate::ports::migrations::{MigrationRun, Migrations};

const FUNCTION: &str = "AWS::Lambda::Function";

/// How long Lambda may take to make a function ready: one in a network waits for its interfaces.
const READY: Duration = Duration::from_secs(600);

#[async_trait]
impl Migrations for Aws {
    async fn migrate(
        &self,
        stack: &str,
        deployment: &Deployment,
        migration: &Migration,
    ) -> Result<MigrationRun, CloudError> {
        self.verified_identity().await?;
        let resources = self.list_resources(stack).await?;
        let name = made(&resources, FUNCTION, &migration.function, "function", stack)?;
        let arn = format!("arn:aws:lambda:{}:{}:function:{name}", self.place.region, self.place.account);
        self.ready(name, &arn).await?;
        let bucket = self.bucket_name(deployment);
        let call = Call { permission: "lambda:UpdateFunctionCode", resource: &arn };
        let send =
            || self.lambda.update_function_code().function_name(name).s3_bucket(&bucket).s3_key(&migration.code).send();
        // It sets a value: setting it again is harmless.
        self.caller.make(call, Effect::Read, send).await?;
        self.ready(name, &arn).await?;
        self.invoke(name, &arn, migration).await
    }
}

impl Aws {
    /// Waits until Lambda has taken up what was done to a function last.
    async fn ready(&self, name: &str, arn: &str) -> Result<(), CloudError> {
        let call = Call { permission: "lambda:GetFunctionConfiguration", resource: arn };
        let look = || async {
            let send = || self.lambda.get_function_configuration().function_name(name).send();
            let answer = self.caller.make(call, Effect::Read, send).await?;
            let why = answer.last_update_status_reason().or(answer.state_reason()).unwrap_or("no reason given");
            match (answer.state(), answer.last_update_status()) {
                (Some(State::Failed), _) | (_, Some(LastUpdateStatus::Failed)) => {
                    let message = format!("the function {name} can't be run: {why}");
                    Err(CloudError::Refused { call: call.name(), code: "Failed".to_owned(), message })
                }
                (Some(State::Pending), _) | (_, Some(LastUpdateStatus::InProgress)) => Ok(None),
                _ => Ok(Some(())),
            }
        };
        self.caller.retry.until(READY, look).await?.ok_or_else(|| {
            let why = format!("the function {name} was not ready within {} s", READY.as_secs());
            CloudError::Unavailable { call: call.name(), why }
        })
    }

    async fn invoke(&self, name: &str, arn: &str, migration: &Migration) -> Result<MigrationRun, CloudError> {
        let longest = Duration::from_secs(migration.seconds);
        let Answered { said, log } = self.call_function(name, arn, b"{}", longest).await?;
        let version = |said: &Value, key: &str| said.get(key).and_then(Value::as_u64);
        let outcome = said.map(|said| Versions { before: version(&said, "before"), after: version(&said, "after") });
        Ok(MigrationRun { outcome, log })
    }
}
