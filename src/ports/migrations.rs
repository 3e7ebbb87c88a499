//! Bringing a database's schema up to date, by running what a stack has for that.

use async_trait::async_trait;

use super::cloud::CloudError;
use crate::ledger::entry::Versions;
use crate::plan::deployment::{Deployment, Migration};

/// What a run of migrations came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationRun {
    /// The schema's versions before and after, as far as it told; or why it failed, in its own words.
    pub outcome: Result<Versions, String>,
    /// The end of what it wrote down, a line each.
    pub log: Vec<String>,
}

/// Runs migrations. A driver that has no way to, leaves it as it stands here.
#[async_trait]
pub trait Migrations: Send + Sync {
    /// Gives a stack's function its new code, runs it, and waits for its answer. Nobody else's calls reach that code before the stack
    /// itself is updated. Done again, it runs again: migrations have to bear that.
    ///
    /// # Errors
    /// [`CloudError::NotFound`] where the stack doesn't have the function.
    async fn migrate(
        &self,
        _stack: &str,
        _deployment: &Deployment,
        migration: &Migration,
    ) -> Result<MigrationRun, CloudError> {
        let function = &migration.function;
        let why = "this landfall doesn't run migrations on that cloud yet";
        Err(CloudError::Unsupported(format!("{why}: run {function} by hand")))
    }
}
