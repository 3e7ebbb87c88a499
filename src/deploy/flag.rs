//! Switching a setting beside the stack, and holding what was switched over deployments.

use super::error::DeployError;
use super::job::{Done, Job, Unfinished, is_refusal};
use crate::ledger::entry::{Deploy, Ending, Failure, Intent, Outcome, Purpose, Record, Switch};
use crate::ledger::flag::Flags;
use crate::plan::deployment::Place;

impl Job<'_> {
    /// Switches a setting: intent, call, outcome.
    pub async fn switch(&self, place: &Place, stack: &str, switch: Switch) -> Result<Done, DeployError> {
        let intent = Intent {
            id: self.clock.unique(),
            purpose: Purpose::Switch(Box::new(switch.clone())),
            place: place.clone(),
            stack: stack.to_owned(),
            before: None,
            plan: None,
            approved: Vec::new(),
        };
        self.intend(&intent).await?;
        self.finish_switch(&intent, &switch).await
    }

    /// Does what the intent says, from wherever an earlier attempt left it: the call says what shall be there, not what shall change.
    pub(super) async fn finish_switch(&self, intent: &Intent, switch: &Switch) -> Result<Done, DeployError> {
        let flag = &switch.flag;
        let write = async { Ok(self.cloud.write_setting(&flag.parameter, &flag.value).await?) };
        self.lease.assure().await?;
        match self.unless_stopped("whether it was switched is not known", write).await {
            Ok(()) => {}
            Err(Unfinished::Error(DeployError::Cloud(error))) if is_refusal(&error) => {
                self.not_switched(intent, switch, error.to_string()).await?;
                return Err(error.into());
            }
            Err(unfinished) => return self.leave(intent, unfinished).await,
        }
        let mut flags = self.lease.book().flags().await?;
        if switch.reset {
            flags.remove(&switch.setting);
        } else {
            flags.insert(switch.setting.clone(), flag.clone());
        }
        self.switched(intent, Ending::Switched, None, Some(flags)).await
    }

    /// Gives up a switching that the cloud has not seen; where it has, it is finished.
    pub(super) async fn abandon_switch(&self, intent: &Intent, switch: &Switch) -> Result<Done, DeployError> {
        let now = self.cloud.setting(&switch.flag.parameter).await?;
        if now.as_deref() == Some(switch.flag.value.as_str()) {
            return self.finish_switch(intent, switch).await;
        }
        self.not_switched(intent, switch, "given up by request before the cloud began".to_owned()).await
    }

    async fn not_switched(&self, intent: &Intent, switch: &Switch, reason: String) -> Result<Done, DeployError> {
        let failure = Failure { resource: switch.flag.resource.clone(), kind: "call".to_owned(), reason };
        self.switched(intent, Ending::NotSwitched, Some(failure), None).await
    }

    async fn switched(
        &self,
        intent: &Intent,
        ending: Ending,
        failure: Option<Failure>,
        flags: Option<Flags>,
    ) -> Result<Done, DeployError> {
        let outcome = Outcome {
            intent: intent.id.clone(),
            ending,
            after: None,
            document: None,
            failure,
            seconds: 0,
            serving: Vec::new(),
            judgement: None,
            flags,
        };
        let entry = self.lease.append(&Record::Outcome(outcome.clone())).await?;
        Ok(Done { sequence: entry.sequence, outcome, stack: None })
    }

    /// Puts every setting that is to stay as it was switched so again, after the cloud wrote what its document says.
    pub(super) async fn hold(&self, deploy: &Deploy) -> Result<(), Unfinished> {
        for (setting, flag) in &deploy.flags {
            let kept = async {
                if self.cloud.setting(&flag.parameter).await?.as_ref() != Some(&flag.value) {
                    self.lease.assure().await?;
                    self.cloud.write_setting(&flag.parameter, &flag.value).await?;
                }
                Ok(())
            };
            let kept: Result<(), DeployError> = kept.await;
            if let Err(error) = kept {
                // Not left as a refusal: what was to be deployed is.
                return Err(Unfinished::Error(DeployError::Interrupted {
                    target: self.lease.book().target().to_owned(),
                    why: format!("setting.{setting} could not be kept as it was switched: {error}"),
                    state: "the cloud is done with the rest".to_owned(),
                }));
            }
        }
        Ok(())
    }

    /// The settings that are switched from a deployment on, where that is not what is recorded already.
    pub(super) async fn flags_after(&self, deploy: &Deploy, ending: Ending) -> Result<Option<Flags>, DeployError> {
        let recorded = self.lease.book().flags().await?;
        Ok((ending == Ending::Succeeded && recorded != deploy.flags).then(|| deploy.flags.clone()))
    }
}
