//! Drift: a plan of what is deployed says what isn't as it was applied.

use super::Own;
use super::plan;
use super::preview::Planned;
use crate::plan::drift::ResourceDrift;
use crate::ports::cloud::CloudError;

impl Own {
    pub(super) async fn detect_drift(&self, stack: &str) -> Result<Vec<ResourceDrift>, CloudError> {
        let Some(record) = self.record(stack).await? else { return Ok(Vec::new()) };
        let token = self.program.clock.unique();
        let folder = self.new_folder(&format!("landfall-look-{}", token.get(..8).unwrap_or_default()))?;
        let files = self.source_of(&record).await?;
        // Not by `-refresh-only`, which also tells what only the cloud sets and nothing puts back.
        let planned = self.planned(&folder, &record.name, &files, &record.parameters, &[]).await;
        folder.remove()?;
        match planned? {
            Planned::Shown(shown) => Ok(plan::drifts(&shown)),
            Planned::Refused(why) => Err(self.failed("plan", "REFUSED", &why)),
        }
    }
}
