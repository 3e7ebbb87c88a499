//! Where names lead, in the cloud's own zones.

use async_trait::async_trait;

use super::cloud::CloudError;
use crate::ledger::drill::Led;

/// Reads and switches records. A driver that has no way to, leaves all of it as it stands here.
#[async_trait]
pub trait Records: Send + Sync {
    /// Where a name leads; none where its zone has no such record of it.
    ///
    /// # Errors
    /// [`CloudError::Unsupported`] where the record leads to addresses rather than to a name of the cloud's.
    async fn leads(&self, _zone: &str, _host: &str) -> Result<Option<Led>, CloudError> {
        Err(not_yet())
    }

    /// Leads a name there, and gives the change by which it is followed. Done twice, the second says the same again.
    ///
    /// # Errors
    /// [`CloudError::Unsupported`] where that is no place that a record can lead to.
    async fn lead(&self, _led: &Led) -> Result<String, CloudError> {
        Err(not_yet())
    }

    /// Whether every name server knows of a change.
    async fn is_everywhere(&self, _change: &str) -> Result<bool, CloudError> {
        Err(not_yet())
    }
}

fn not_yet() -> CloudError {
    CloudError::Unsupported("this landfall can't switch names on that cloud yet".to_owned())
}
