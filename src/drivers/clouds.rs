//! Every cloud that this program was built for, by the name that environment files give it.

use std::sync::Arc;

use async_trait::async_trait;

use crate::plan::deployment::Place;
use crate::ports::clock::Clock;
use crate::ports::cloud::{Cloud, CloudError, Clouds};

/// Every cloud that this program was built for.
pub struct EveryCloud {
    #[cfg_attr(not(feature = "aws"), expect(dead_code, reason = "each driver takes it"))]
    clock: Arc<dyn Clock>,
}

impl EveryCloud {
    /// The clouds, with the credentials that each finds by itself.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        EveryCloud { clock }
    }
}

#[async_trait]
impl Clouds for EveryCloud {
    async fn connect(&self, place: &Place) -> Result<Box<dyn Cloud>, CloudError> {
        match place.cloud.as_str() {
            #[cfg(feature = "aws")]
            "aws" => {
                let patience = super::aws::Patience::default();
                super::aws::AwsClouds::new(Arc::clone(&self.clock), patience).connect(place).await
            }
            other => Err(CloudError::Unsupported(format!("this landfall was built without a driver for {other}"))),
        }
    }
}
