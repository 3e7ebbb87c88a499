//! Deleting a stack.

use super::error::DeployError;
use super::job::{Done, Job, Unfinished};
use super::verdict;
use super::watch::News;
use crate::ledger::entry::{Ending, Intent, Purpose};
use crate::plan::deployment::{Place, Protection};
use crate::plan::stack::StackFacts;
use crate::ports::cloud::{CloudError, Operation, Progress};

impl Job<'_> {
    /// Deletes a stack and all of its resources but those to retain: intent, protection lifted where that was asked for, start,
    /// follow, outcome.
    pub async fn remove(
        &self,
        place: &Place,
        stack: &StackFacts,
        retain: &[String],
        lift_protection: bool,
    ) -> Result<Done, DeployError> {
        let intent = Intent {
            id: self.clock.unique(),
            purpose: Purpose::Destroy { retain: retain.to_vec(), lift_protection },
            place: place.clone(),
            stack: stack.name.clone(),
            before: Some(stack.mark()),
            plan: None,
            approved: Vec::new(),
        };
        self.intend(&intent).await?;
        self.finish_removal(&intent, retain, lift_protection).await
    }

    /// Does what a deletion's intent says, from wherever an earlier attempt left it.
    pub(super) async fn finish_removal(
        &self,
        intent: &Intent,
        retain: &[String],
        lift_protection: bool,
    ) -> Result<Done, DeployError> {
        let progress = match self.delete(intent, retain, lift_protection).await {
            Ok(progress) => progress,
            Err(unfinished) => return self.leave(intent, unfinished).await,
        };
        let ending = verdict::of_removal(&progress);
        if ending != Ending::Destroyed {
            let first = verdict::first_failure(&progress.events);
            return self.fail(intent, ending, &progress, first, format!("the deletion of {}", intent.stack)).await;
        }
        let seconds = verdict::seconds(&progress.events);
        self.conclude(intent, ending, None, None, None, seconds).await
    }

    async fn delete(&self, intent: &Intent, retain: &[String], lift: bool) -> Result<Progress, Unfinished> {
        let Some(before) = &intent.before else {
            return Err(CloudError::NotFound { what: format!("stack {}", intent.stack) }.into());
        };
        // By identity: a stack of the same name that was made since is another one.
        let operation = self.operation(intent, &before.id);
        if !self.unless_stopped("nothing was begun", self.has_begun(&operation)).await? {
            self.lease.assure().await.map_err(Unfinished::Error)?;
            if lift {
                let none = Protection { termination: false, policy: None };
                self.cloud.protect(&before.id, &none).await?;
                self.lease.assure().await.map_err(Unfinished::Error)?;
            }
            let delete = Operation::Delete { retain: retain.to_vec() };
            let start = async { Ok(self.cloud.start(&before.id, &delete, &intent.id).await?) };
            match self.unless_stopped("the cloud may have begun", start).await {
                Ok(()) | Err(Unfinished::Error(DeployError::Cloud(CloudError::Ambiguous { .. }))) => {}
                // Refused, as by termination protection: nothing was begun.
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
