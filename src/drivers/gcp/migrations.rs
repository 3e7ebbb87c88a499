//! Running migrations on Google Cloud: not yet.

use async_trait::async_trait;

use super::Gcp;
use crate::plan::deployment::{Deployment, Migration};
use crate::ports::cloud::CloudError;
use crate::ports::migrations::{MigrationRun, Migrations};

#[async_trait]
impl Migrations for Gcp {
    async fn migrate(
        &self,
        _stack: &str,
        _deployment: &Deployment,
        migration: &Migration,
    ) -> Result<MigrationRun, CloudError> {
        let function = &migration.function;
        Err(CloudError::Unsupported(format!(
            "this landfall doesn't run migrations on Google Cloud yet: run {function} by hand"
        )))
    }
}
