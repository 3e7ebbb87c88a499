//! What CloudFormation says of a stack, and what protects it.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::types::{Stack, StackStatus, TemplateStage};
use aws_smithy_types::DateTime;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Aws;
use super::call::{Call, Effect};
use crate::plan::deployment::Protection;
use crate::plan::stack::{Phase, StackFacts};
use crate::ports::cloud::{CloudError, StackResource};

impl Aws {
    pub(super) async fn describe_stack(&self, stack: &str) -> Result<Option<StackFacts>, CloudError> {
        let arn = self.stack_arn(stack);
        let call = Call { permission: "cloudformation:DescribeStacks", resource: &arn };
        let send = || self.cloudformation.describe_stacks().stack_name(stack).send();
        let Some(answer) = absent(self.caller.make(call, Effect::Read, send).await)? else {
            return Ok(None);
        };
        let facts = answer.stacks().first().map(facts);
        Ok(facts.filter(|facts| facts.phase != Phase::Deleted))
    }

    pub(super) async fn get_template(&self, stack: &str) -> Result<Option<String>, CloudError> {
        let arn = self.stack_arn(stack);
        let call = Call { permission: "cloudformation:GetTemplate", resource: &arn };
        let send =
            || self.cloudformation.get_template().stack_name(stack).template_stage(TemplateStage::Original).send();
        let answer = absent(self.caller.make(call, Effect::Read, send).await)?;
        Ok(answer.and_then(|answer| answer.template_body))
    }

    pub(super) async fn list_resources(&self, stack: &str) -> Result<Vec<StackResource>, CloudError> {
        let arn = self.stack_arn(stack);
        let call = Call { permission: "cloudformation:ListStackResources", resource: &arn };
        let mut found = Vec::new();
        let mut page: Option<String> = None;
        loop {
            let send =
                || self.cloudformation.list_stack_resources().stack_name(stack).set_next_token(page.clone()).send();
            let Some(answer) = absent(self.caller.make(call, Effect::Read, send).await)? else {
                break;
            };
            for resource in answer.stack_resource_summaries() {
                found.push(StackResource {
                    id: resource.logical_resource_id().unwrap_or_default().to_owned(),
                    kind: resource.resource_type().unwrap_or_default().to_owned(),
                    physical: resource.physical_resource_id().map(str::to_owned),
                    state: resource.resource_status().map_or("", |state| state.as_str()).to_owned(),
                    reason: resource.resource_status_reason().map(str::to_owned),
                });
            }
            page = answer.next_token().map(str::to_owned);
            if page.is_none() {
                break;
            }
        }
        found.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(found)
    }

    pub(super) async fn get_policy(&self, stack: &str) -> Result<Option<Value>, CloudError> {
        let arn = self.stack_arn(stack);
        let call = Call { permission: "cloudformation:GetStackPolicy", resource: &arn };
        let send = || self.cloudformation.get_stack_policy().stack_name(stack).send();
        let answer = absent(self.caller.make(call, Effect::Read, send).await)?;
        let body = answer.and_then(|answer| answer.stack_policy_body).filter(|body| !body.trim().is_empty());
        let policy: Option<Value> =
            body.map(|body| serde_json::from_str(&body)).transpose().map_err(|error| CloudError::Refused {
                call: "GetStackPolicy".to_owned(),
                code: "Unreadable".to_owned(),
                message: format!("the stack policy is no JSON: {error}"),
            })?;
        Ok(policy.filter(|policy| *policy != allow_all()))
    }

    pub(super) async fn set_protection(&self, stack: &str, protection: &Protection) -> Result<(), CloudError> {
        let arn = self.stack_arn(stack);
        let now = self.describe_stack(stack).await?;
        let now = now.ok_or_else(|| CloudError::NotFound { what: format!("stack {stack}") })?;
        // Both writes set a value, so that writing it again changes nothing and doubt is settled by looking.
        if now.protected != protection.termination {
            let call = Call { permission: "cloudformation:UpdateTerminationProtection", resource: &arn };
            let send = || {
                let request = self.cloudformation.update_termination_protection().stack_name(stack);
                request.enable_termination_protection(protection.termination).send()
            };
            let write = || async { self.caller.make(call, Effect::Write, send).await.map(|_| ()) };
            let happened = || async {
                let now = self.describe_stack(stack).await?;
                Ok(now.is_some_and(|now| now.protected == protection.termination))
            };
            self.caller.retry.settle(write, happened).await?;
        }
        if self.get_policy(stack).await? != protection.policy {
            let policy = protection.policy.clone().unwrap_or_else(allow_all);
            let call = Call { permission: "cloudformation:SetStackPolicy", resource: &arn };
            let body = policy.to_string();
            let send = || self.cloudformation.set_stack_policy().stack_name(stack).stack_policy_body(&body).send();
            let write = || async { self.caller.make(call, Effect::Write, send).await.map(|_| ()) };
            let happened = || async { Ok(self.get_policy(stack).await? == protection.policy) };
            self.caller.retry.settle(write, happened).await?;
        }
        Ok(())
    }
}

/// A stack's policy can't be taken away: this one stands for having none.
fn allow_all() -> Value {
    json!({ "Statement": [{ "Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*" }] })
}

/// CloudFormation answers a question about a stack that isn't there with `ValidationError`, and says so only in the message.
pub(super) fn absent<T>(answer: Result<T, CloudError>) -> Result<Option<T>, CloudError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(CloudError::Refused { code, message, .. })
            if code == "ValidationError" && message.contains("does not exist")
                || code == "ChangeSetNotFound"
                || code == "ChangeSetNotFoundException" =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

pub(super) fn time(time: &DateTime) -> Option<Timestamp> {
    Timestamp::new(time.secs(), i32::try_from(time.subsec_nanos()).ok()?).ok()
}

fn facts(stack: &Stack) -> StackFacts {
    let state = stack.stack_status().cloned().unwrap_or_else(|| StackStatus::from(""));
    let pair = |key: Option<&str>, value: Option<&str>| Some((key?.to_owned(), value.unwrap_or_default().to_owned()));
    let parameters = stack.parameters().iter();
    let outputs = stack.outputs().iter();
    let tags = stack.tags().iter();
    StackFacts {
        id: stack.stack_id().unwrap_or_default().to_owned(),
        name: stack.stack_name().unwrap_or_default().to_owned(),
        phase: phase(&state),
        state: state.as_str().to_owned(),
        reason: stack.stack_status_reason().map(str::to_owned),
        created: stack.creation_time().and_then(time),
        updated: stack.last_updated_time().and_then(time),
        protected: stack.enable_termination_protection().unwrap_or(false),
        tags: tags.filter_map(|tag| pair(tag.key(), tag.value())).collect(),
        parameters: parameters.filter_map(|one| pair(one.parameter_key(), one.parameter_value())).collect(),
        outputs: outputs.filter_map(|one| pair(one.output_key(), one.output_value())).collect::<BTreeMap<_, _>>(),
    }
}

/// The stack status codes of the CloudFormation user guide, in neutral words. A status that this program doesn't know is
/// taken for work in progress: it waits until its deadline rather than act on a stack that it doesn't understand.
pub(super) fn phase(state: &StackStatus) -> Phase {
    match state {
        StackStatus::ReviewInProgress => Phase::Empty,
        StackStatus::CreateInProgress => Phase::Creating,
        StackStatus::UpdateInProgress | StackStatus::ImportInProgress => Phase::Updating,
        StackStatus::UpdateCompleteCleanupInProgress => Phase::CleaningUp,
        StackStatus::RollbackInProgress => Phase::UndoingCreation,
        StackStatus::UpdateRollbackInProgress
        | StackStatus::UpdateRollbackCompleteCleanupInProgress
        | StackStatus::ImportRollbackInProgress => Phase::UndoingUpdate,
        StackStatus::DeleteInProgress => Phase::Deleting,
        StackStatus::CreateComplete | StackStatus::UpdateComplete | StackStatus::ImportComplete => Phase::Steady,
        StackStatus::UpdateRollbackComplete | StackStatus::ImportRollbackComplete => Phase::UpdateUndone,
        StackStatus::CreateFailed => Phase::CreationFailed,
        StackStatus::RollbackComplete => Phase::CreationUndone,
        StackStatus::RollbackFailed => Phase::CreationUndoFailed,
        StackStatus::UpdateFailed => Phase::UpdateFailed,
        StackStatus::UpdateRollbackFailed | StackStatus::ImportRollbackFailed => Phase::UpdateUndoFailed,
        StackStatus::DeleteFailed => Phase::DeletionFailed,
        StackStatus::DeleteComplete => Phase::Deleted,
        _ => Phase::Updating,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_a_phase_that_is_busy_exactly_when_its_name_says_in_progress() {
        for name in StackStatus::values() {
            let phase = phase(&StackStatus::from(*name));
            let busy = name.ends_with("_IN_PROGRESS") && *name != "REVIEW_IN_PROGRESS";
            assert_eq!(phase.is_busy(), busy, "{name}");
        }
    }

    #[test]
    fn a_status_from_the_future_is_waited_on() {
        assert!(phase(&StackStatus::from("EXPRESS_COMPLETE_OR_SO")).is_busy());
    }
}
