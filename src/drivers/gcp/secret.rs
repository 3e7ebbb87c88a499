//! Secrets: not rotated on Google Cloud yet.

use async_trait::async_trait;

use super::Gcp;
use crate::ports::cloud::CloudError;
use crate::ports::secret::{Hidden, Secrets};

#[async_trait]
impl Secrets for Gcp {
    async fn random(&self) -> Result<Hidden, CloudError> {
        Err(not_yet())
    }

    async fn has_version(&self, _: &str, _: &str) -> Result<bool, CloudError> {
        Err(not_yet())
    }

    async fn write_secret(&self, _: &str, _: &str, _: &Hidden) -> Result<(), CloudError> {
        Err(not_yet())
    }
}

fn not_yet() -> CloudError {
    CloudError::Unsupported("this landfall can't rotate secrets on Google Cloud yet".to_owned())
}
