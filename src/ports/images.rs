//! The registries of container images that belong to stacks.

use std::ops::AddAssign;

use async_trait::async_trait;

use super::cloud::CloudError;
use crate::plan::deployment::Image;

/// What pushing an image came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pushed {
    /// Bytes that were sent.
    pub sent: u64,
    /// Parts that were sent.
    pub parts: usize,
}

impl AddAssign for Pushed {
    fn add_assign(&mut self, more: Self) {
        self.sent += more.sent;
        self.parts += more.parts;
    }
}

/// Registries of container images. A driver that has no way to, leaves it as it stands here.
#[async_trait]
pub trait Images: Send + Sync {
    /// Puts an image into those registries of a stack that it is run from. Only what isn't there is sent, so that doing it again goes
    /// on where it stopped, and done twice the second does nothing.
    ///
    /// # Errors
    /// [`CloudError::NotFound`] where the stack doesn't have one of the registries. [`CloudError::Refused`] where a registry
    /// finds that the image isn't whole.
    async fn push(&self, _stack: &str, image: &Image) -> Result<Pushed, CloudError> {
        let why =
            "this landfall doesn't push images to that cloud's registries yet: `skopeo copy --all` takes one there";
        Err(CloudError::Unsupported(format!("{why} ({})", image.digest)))
    }
}
