//! Every cloud that this program was built for, by the name that environment files give it.

use std::sync::Arc;

use async_trait::async_trait;

use super::patience::Patience;
use super::sandbox::{EmbeddedSandbox, SandboxClouds};
use crate::plan::deployment::Place;
use crate::ports::clock::Clock;
use crate::ports::cloud::{Cloud, CloudError, Clouds};

/// The clouds, or what the sandbox plays in their place: never both, so that a target of a real account reaches the sandbox only
/// where that was asked for.
pub fn connect_through(
    sandbox: Option<Arc<EmbeddedSandbox>>,
    clock: Arc<dyn Clock>,
    patience: Patience,
) -> Arc<dyn Clouds> {
    match sandbox {
        Some(sandbox) => Arc::new(SandboxClouds::new(sandbox, clock, patience)),
        None => Arc::new(EveryCloud::new(clock, patience)),
    }
}

/// Every cloud that this program was built for.
pub struct EveryCloud {
    #[cfg_attr(
        not(any(feature = "aws", feature = "azure", feature = "gcp")),
        expect(dead_code, reason = "each driver takes it")
    )]
    clock: Arc<dyn Clock>,
    #[cfg_attr(
        not(any(feature = "aws", feature = "azure", feature = "gcp")),
        expect(dead_code, reason = "each driver takes it")
    )]
    patience: Patience,
}

impl EveryCloud {
    /// The clouds, with the credentials that each finds by itself.
    pub fn new(clock: Arc<dyn Clock>, patience: Patience) -> Self {
        EveryCloud { clock, patience }
    }
}

#[async_trait]
impl Clouds for EveryCloud {
    async fn connect(&self, place: &Place) -> Result<Box<dyn Cloud>, CloudError> {
        match place.cloud.as_str() {
            #[cfg(feature = "aws")]
            "aws" => super::aws::AwsClouds::new(Arc::clone(&self.clock), self.patience).connect(place).await,
            #[cfg(feature = "azure")]
            "azure" => super::azure::AzureClouds::new(Arc::clone(&self.clock), self.patience).connect(place).await,
            #[cfg(feature = "gcp")]
            "gcp" => {
                let own = super::gcp::GcpClouds::new(Arc::clone(&self.clock), self.patience);
                match &place.engine {
                    None => own.connect(place).await,
                    Some(_) => super::terraform::OwnEngine::new(own, Arc::clone(&self.clock)).connect(place).await,
                }
            }
            other => Err(CloudError::Unsupported(format!("this landfall was built without a driver for {other}"))),
        }
    }
}
