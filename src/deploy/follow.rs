//! Following an operation to its end.

use std::time::Duration;

use super::error::DeployError;
use super::job::Job;
use super::watch::News;
use crate::ports::cloud::{CloudError, OperationRef, Progress};

/// The first polls come quickly, since small changes end quickly.
const FIRST: Duration = Duration::from_millis(150);

/// Polls come no slower. CloudFormation allows an account about 5 to 10 status calls a second.
const SLOWEST: Duration = Duration::from_secs(4);

/// How long the cloud may take until it is seen to have taken an operation up.
const TAKEN_UP: Duration = Duration::from_secs(180);

impl Job<'_> {
    /// Follows an operation until the stack says that it is over. What can't be asked for a while is asked again: an answer that
    /// doesn't come is no failure of the operation.
    ///
    /// # Errors
    /// [`DeployError::Interrupted`] where this process has to stop first; the cloud goes on.
    pub(super) async fn follow(&self, operation: &OperationRef) -> Result<Progress, DeployError> {
        let start = self.clock.elapsed();
        let mut interrupt = self.interrupt.clone();
        let mut pause = FIRST;
        let mut state = "the cloud has been asked to start".to_owned();
        let stopped = |why: String, state: &str| DeployError::Interrupted {
            target: self.lease.book().target().to_owned(),
            why,
            state: state.to_owned(),
        };
        loop {
            let answer = tokio::select! {
                biased;
                why = interrupt.wait() => return Err(stopped(format!("stopped by {why}"), &state)),
                answer = self.cloud.progress(operation) => answer,
            };
            let elapsed = self.clock.elapsed().saturating_sub(start);
            match answer {
                Ok(progress) => {
                    state = running(&progress, operation);
                    self.watch.news(&News::Progress { progress: &progress, elapsed });
                    if progress.finished {
                        return Ok(progress);
                    }
                    if !progress.started && elapsed >= TAKEN_UP {
                        let why = format!("the cloud did not begin within {} s", TAKEN_UP.as_secs());
                        return Err(stopped(why, &state));
                    }
                }
                Err(error @ (CloudError::Throttled { .. } | CloudError::Unavailable { .. })) => {
                    self.watch.news(&News::Unanswered { why: error.to_string() });
                }
                // The operation runs under the cloud's own rights: that we may no longer look doesn't stop it.
                Err(error) => return Err(stopped(format!("can't follow any longer: {error}"), &state)),
            }
            if elapsed >= self.patience {
                let why = format!("not finished within {} s", self.patience.as_secs());
                return Err(stopped(why, &state));
            }
            tokio::select! {
                biased;
                why = interrupt.wait() => return Err(stopped(format!("stopped by {why}"), &state)),
                () = self.clock.sleep(pause) => {}
            }
            pause = pause.mul_f64(1.3 + 0.2 * self.clock.chance()).min(SLOWEST);
        }
    }
}

fn running(progress: &Progress, operation: &OperationRef) -> String {
    match &progress.stack {
        Some(stack) => format!("the stack {} is {} and the cloud goes on", stack.name, stack.state),
        None => format!("the stack {} is not there", operation.stack_id),
    }
}
