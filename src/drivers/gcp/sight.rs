//! How services and databases of a deployment are: not asked yet, as neither Cloud Run nor Cloud SQL is spoken to.

use async_trait::async_trait;

use super::Gcp;
use crate::ports::cloud::CloudError;
use crate::ports::sight::{Answer, Ringing, Seen, Sight};

#[async_trait]
impl Sight for Gcp {
    async fn condition(&self, _: &str) -> Result<Vec<Seen>, CloudError> {
        Err(CloudError::Unsupported("landfall can't ask Google Cloud how services and databases are yet".to_owned()))
    }

    async fn ringing(&self, _: &str) -> Result<Vec<Ringing>, CloudError> {
        Err(CloudError::Unsupported("landfall can't ask Google Cloud for ringing alarms yet".to_owned()))
    }

    async fn answer(&self, url: &str) -> Result<Answer, CloudError> {
        Err(CloudError::Unsupported(format!("landfall can't ask {url} of a target on Google Cloud yet")))
    }

    async fn pace(&self) -> f64 {
        self.pace
    }
}
