//! Settings: not switched on Google Cloud yet.

use async_trait::async_trait;

use super::Gcp;
use crate::ports::cloud::CloudError;
use crate::ports::setting::Settings;

#[async_trait]
impl Settings for Gcp {
    async fn setting(&self, _: &str) -> Result<Option<String>, CloudError> {
        Err(not_yet())
    }

    async fn write_setting(&self, _: &str, _: &str) -> Result<(), CloudError> {
        Err(not_yet())
    }
}

fn not_yet() -> CloudError {
    CloudError::Unsupported("this landfall can't switch settings on Google Cloud yet".to_owned())
}
