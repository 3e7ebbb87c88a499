//! Functions that are run by hand.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use super::cloud::CloudError;

/// Runs functions. A driver that has no way to, leaves it as it stands here.
#[async_trait]
pub trait Calls: Send + Sync {
    /// Runs a function with an input and waits for its answer; or why it failed, in its own words. Where the answer is lost it is run again:
    /// it has to bear that.
    async fn run(
        &self,
        function: &str,
        _input: &Value,
        _longest: Duration,
    ) -> Result<Result<Value, String>, CloudError> {
        let why = "this landfall doesn't run functions on that cloud yet";
        Err(CloudError::Unsupported(format!("{why}: run {function} by hand")))
    }
}
