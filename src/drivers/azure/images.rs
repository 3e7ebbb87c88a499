//! Images into Azure's registries: not yet.

use async_trait::async_trait;

use super::Azure;
use crate::plan::deployment::Image;
use crate::ports::cloud::CloudError;
use crate::ports::images::{Images, Pushed};

#[async_trait]
impl Images for Azure {
    async fn push(&self, _stack: &str, image: &Image) -> Result<Pushed, CloudError> {
        let why = "this landfall doesn't push images to Azure's registries yet: `skopeo copy --all` takes one there";
        Err(CloudError::Unsupported(format!("{why} ({})", image.digest)))
    }
}
