//! Undoing a failed update further, where undoing it failed.

use super::error::DeployError;
use super::job::{Done, Job, Unfinished};
use super::verdict;
use super::watch::News;
use crate::ledger::entry::{Ending, Intent, Purpose};
use crate::plan::deployment::Place;
use crate::plan::serving::Serving;
use crate::plan::stack::StackFacts;
use crate::ports::cloud::{CloudError, Operation, Progress};

impl Job<'_> {
    /// Goes on undoing a failed update; `skip` names resources to leave as they are, `switches` the versions that serve again before.
    pub async fn continue_undo(
        &self,
        place: &Place,
        stack: &StackFacts,
        skip: &[String],
        switches: &[Serving],
    ) -> Result<Done, DeployError> {
        let intent = Intent {
            id: self.clock.unique(),
            purpose: Purpose::ContinueUndo { skip: skip.to_vec(), switches: switches.to_vec() },
            place: place.clone(),
            stack: stack.name.clone(),
            before: Some(stack.mark()),
            plan: None,
            approved: Vec::new(),
        };
        self.intend(&intent).await?;
        self.finish_undo(&intent, skip, switches).await
    }

    /// Does what the intent says, from wherever an earlier attempt left it.
    pub(super) async fn finish_undo(
        &self,
        intent: &Intent,
        skip: &[String],
        switches: &[Serving],
    ) -> Result<Done, DeployError> {
        let progress = match self.undo_further(intent, skip, switches).await {
            Ok(progress) => progress,
            Err(unfinished) => return self.leave(intent, unfinished).await,
        };
        let ending = verdict::of_undoing(&progress, skip);
        let undone = progress.stack.as_ref().is_some_and(|stack| stack.phase.is_serving());
        if !undone {
            let first = verdict::first_failure(&progress.events);
            let what = format!("undoing the update of {}", intent.stack);
            return self.fail(intent, Ending::Inconsistent, &progress, first, what).await;
        }
        let seconds = verdict::seconds(&progress.events);
        self.conclude(intent, ending, progress.stack, None, None, seconds).await
    }

    async fn undo_further(
        &self,
        intent: &Intent,
        skip: &[String],
        switches: &[Serving],
    ) -> Result<Progress, Unfinished> {
        let Some(before) = &intent.before else {
            return Err(CloudError::NotFound { what: format!("stack {}", intent.stack) }.into());
        };
        let operation = self.operation(intent, &before.id);
        if !self.unless_stopped("nothing was begun", self.has_begun(&operation)).await? {
            self.lead_back(switches).await?;
            self.lease.assure().await.map_err(Unfinished::Error)?;
            let further = Operation::ContinueUndo { skip: skip.to_vec() };
            let start = async { Ok(self.cloud.start(&before.id, &further, &intent.id).await?) };
            match self.unless_stopped("the cloud may have begun", start).await {
                Ok(()) | Err(Unfinished::Error(DeployError::Cloud(CloudError::Ambiguous { .. }))) => {}
                Err(Unfinished::Error(error @ DeployError::Cloud(CloudError::Refused { .. }))) => {
                    return Err(Unfinished::Abandoned(error));
                }
                Err(error) => return Err(error),
            }
            self.watch.news(&News::Started);
        }
        self.watch_over(intent, &before.id).await
    }
}
