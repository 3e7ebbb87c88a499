//! Settings where workloads read them, beside the engine that made their place.

use async_trait::async_trait;

use super::cloud::CloudError;

/// Reads and writes the values of settings.
#[async_trait]
pub trait Settings: Send + Sync {
    /// What a setting holds now, by the cloud's name for its place; none where there is no such place.
    async fn setting(&self, parameter: &str) -> Result<Option<String>, CloudError>;

    /// Writes what a setting holds; its place has to be there. Written twice, it is the same.
    ///
    /// # Errors
    /// [`CloudError::NotFound`] where there is no such place; [`CloudError::Ambiguous`] where the answer was lost and the value could
    /// not be read back.
    async fn write_setting(&self, parameter: &str, value: &str) -> Result<(), CloudError>;
}
