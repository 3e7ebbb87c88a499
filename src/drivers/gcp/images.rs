//! Images into Artifact Registry: not yet.

use async_trait::async_trait;

use super::Gcp;
use crate::plan::deployment::Image;
use crate::ports::cloud::CloudError;
use crate::ports::images::{Images, Pushed};

#[async_trait]
impl Images for Gcp {
    async fn push(&self, _stack: &str, image: &Image) -> Result<Pushed, CloudError> {
        let why = "this landfall doesn't push images to Artifact Registry yet: `skopeo copy --all` takes one there";
        Err(CloudError::Unsupported(format!("{why} ({})", image.digest)))
    }
}
