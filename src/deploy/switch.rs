//! Switching workloads to the versions that they ran before, ahead of the stack.
//!
//! The stack follows with the same code as a version of its own. So what can't be switched is no failure: it goes back with the stack.

use super::error::DeployError;
use super::job::{Job, Unfinished};
use super::watch::News;
use crate::plan::serving::Serving;

impl Job<'_> {
    /// Has the earlier versions serve again, each at once; what can't be switched is told.
    pub(super) async fn lead_back(&self, switches: &[Serving]) -> Result<(), Unfinished> {
        for serving in switches {
            self.lease.assure().await.map_err(Unfinished::Error)?;
            match self.cloud.serve(serving).await {
                Ok(()) => self.watch.news(&News::Switched { id: &serving.id, version: &serving.version }),
                Err(error) => self.watch.news(&News::NotSwitched { id: &serving.id, why: error.to_string() }),
            }
        }
        Ok(())
    }

    /// Ends the copies of versions that can't take calls back any more. Where that can't be done they run on until the next deployment.
    pub(super) async fn retire(&self, stack: &str) -> Result<(), DeployError> {
        self.lease.assure().await?;
        if let Err(error) = self.cloud.retire(stack).await {
            self.watch.news(&News::NotRetired { why: error.to_string() });
        }
        Ok(())
    }

    /// What serves after a deployment, for whoever goes back to it. Where it can't be asked, going back takes the stack's time.
    pub(super) async fn serving(&self, stack: &str) -> Vec<Serving> {
        match self.cloud.serving(stack).await {
            Ok(serving) => serving,
            Err(error) => {
                tracing::debug!(stack, %error, "what serves is not recorded");
                Vec::new()
            }
        }
    }
}
