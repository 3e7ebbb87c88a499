//! Settings where workloads read them, beside the engine that made their place.

use async_trait::async_trait;

use super::cloud::CloudError;

/// Reads and writes the values of settings. A driver that has no way to, leaves all of it as it stands here.
#[async_trait]
pub trait Settings: Send + Sync {
    /// What a setting holds now, by the cloud's name for its place; none where there is no such place.
    async fn setting(&self, _parameter: &str) -> Result<Option<String>, CloudError> {
        Err(not_yet())
    }

    /// Writes what a setting holds; its place has to be there. Written twice, it is the same.
    ///
    /// # Errors
    /// [`CloudError::NotFound`] where there is no such place; [`CloudError::Ambiguous`] where the answer was lost and the value could
    /// not be read back.
    async fn write_setting(&self, _parameter: &str, _value: &str) -> Result<(), CloudError> {
        Err(not_yet())
    }
}

fn not_yet() -> CloudError {
    CloudError::Unsupported("this landfall can't switch settings on that cloud yet".to_owned())
}
