//! How services, databases and alarms of a stack are, asked of their own services.

mod alarms;
mod databases;
mod services;

use async_trait::async_trait;

use super::Aws;
use crate::drivers::answer;
use crate::ports::cloud::{CloudError, StackResource};
use crate::ports::sight::{Answer, Ringing, Seen, Sight};

#[async_trait]
impl Sight for Aws {
    async fn condition(&self, stack: &str) -> Result<Vec<Seen>, CloudError> {
        let resources = self.list_resources(stack).await?;
        let mut seen = self.services(&resources).await?;
        seen.extend(self.databases(&resources).await?);
        seen.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(seen)
    }

    async fn ringing(&self, stack: &str) -> Result<Vec<Ringing>, CloudError> {
        let resources = self.list_resources(stack).await?;
        self.alarms(&resources).await
    }

    async fn answer(&self, url: &str) -> Result<Answer, CloudError> {
        answer::get(url, self.caller.retry.patience.attempt, self.sandbox.as_deref()).await
    }

    async fn pace(&self) -> f64 {
        self.pace
    }
}

/// The resources of a type that exist: their id in the document and in the cloud.
fn of<'a>(resources: &'a [StackResource], kind: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let all = resources.iter().filter(move |resource| resource.kind == kind && resource.state != "DELETE_COMPLETE");
    all.filter_map(|resource| Some((resource.id.as_str(), resource.physical.as_deref()?)))
}
