//! Functions that are run and answer, in Lambda. Source: Lambda API reference, Invoke.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::LogType;
use aws_smithy_types::timeout::TimeoutConfig;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::Aws;
use super::call::{Call, Effect};
use crate::ports::calls::Calls;
use crate::ports::cloud::CloudError;

/// What an answer may take beyond the function's own time.
const SLACK: Duration = Duration::from_secs(30);

/// What a run of a function came to.
pub(super) struct Answered {
    /// What it answered, or why it failed in its own words.
    pub(super) said: Result<Value, String>,
    /// The end of what it wrote down, a line each.
    pub(super) log: Vec<String>,
}

#[async_trait]
impl Calls for Aws {
    async fn run(&self, function: &str, input: &Value, longest: Duration) -> Result<Result<Value, String>, CloudError> {
        self.verified_identity().await?;
        let arn = format!("arn:aws:lambda:{}:{}:function:{function}", self.place.region, self.place.account);
        Ok(self.call_function(function, &arn, input.to_string().as_bytes(), longest).await?.said)
    }
}

impl Aws {
    /// Runs a function and waits for its answer. Where that is lost, it is run again: it has to bear that.
    pub(super) async fn call_function(
        &self,
        name: &str,
        arn: &str,
        input: &[u8],
        longest: Duration,
    ) -> Result<Answered, CloudError> {
        let call = Call { permission: "lambda:InvokeFunction", resource: arn };
        let longest = longest + SLACK;
        let times = TimeoutConfig::builder().operation_attempt_timeout(longest).read_timeout(longest).build();
        let send = || {
            let own = aws_sdk_lambda::config::Config::builder().timeout_config(times.clone());
            let request = self.lambda.invoke().function_name(name).log_type(LogType::Tail);
            request.payload(Blob::new(input)).customize().config_override(own).send()
        };
        let answer = self.caller.make(call, Effect::Read, send).await?;
        let said = answer.payload().map(|payload| payload.as_ref()).unwrap_or_default();
        let said: Value = serde_json::from_slice(said).unwrap_or_default();
        let log = answer.log_result().and_then(|tail| STANDARD.decode(tail).ok()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log).lines().map(str::to_owned).collect();
        let said = match answer.function_error() {
            None => Ok(said),
            Some(kind) => Err(said.get("errorMessage").and_then(Value::as_str).unwrap_or(kind).to_owned()),
        };
        Ok(Answered { said, log })
    }
}
