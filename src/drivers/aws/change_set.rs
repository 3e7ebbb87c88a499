//! Previews as change sets.

use std::time::Duration;

use aws_sdk_cloudformation::operation::describe_change_set::DescribeChangeSetOutput;
use aws_sdk_cloudformation::types::{
    Capability, ChangeAction, ChangeSetStatus, ChangeSetType, DeploymentMode, EvaluationType, ExecutionStatus,
    Parameter, Replacement, ResourceChange, Tag,
};

use super::Aws;
use super::bucket::Template;
use super::call::{Call, Effect};
use super::stack::absent;
use crate::plan::change::Action;
use crate::plan::deployment::Deployment;
use crate::plan::stack::Phase;
use crate::ports::cloud::{CloudError, Preview, PreviewChange, PreviewKind, PreviewState};

/// How long a change set that was just created may stay invisible to a describe.
const INVISIBLE: Duration = Duration::from_secs(30);

/// How long CloudFormation may take to compute a change set.
const COMPUTING: Duration = Duration::from_secs(600);

impl Aws {
    pub(super) async fn create_change_set(
        &self,
        deployment: &Deployment,
        kind: PreviewKind,
        name: &str,
        token: &str,
    ) -> Result<Preview, CloudError> {
        self.upload(deployment).await?;
        let template = self.stage_template(deployment).await?;
        let stack = deployment.stack.as_str();
        let arn = self.stack_arn(stack);
        let call = Call { permission: "cloudformation:CreateChangeSet", resource: &arn };
        let change_set_type = match kind {
            PreviewKind::Create => ChangeSetType::Create,
            PreviewKind::Update | PreviewKind::Revert => ChangeSetType::Update,
        };
        let parameters: Vec<Parameter> = deployment
            .parameters
            .iter()
            .map(|(key, value)| Parameter::builder().parameter_key(key).parameter_value(value).build())
            .collect();
        let tags: Vec<Tag> =
            deployment.tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
        let send = || {
            let request = self
                .cloudformation
                .create_change_set()
                .stack_name(stack)
                .change_set_name(name)
                .client_token(token)
                .change_set_type(change_set_type.clone())
                .description(format!("landfall {} {}", env!("CARGO_PKG_VERSION"), deployment.target))
                .capabilities(Capability::CapabilityIam)
                .capabilities(Capability::CapabilityNamedIam)
                .capabilities(Capability::CapabilityAutoExpand)
                .set_parameters(Some(parameters.clone()))
                .set_tags(Some(tags.clone()))
                .set_deployment_mode((kind == PreviewKind::Revert).then_some(DeploymentMode::RevertDrift));
            match &template {
                Template::Body(body) => request.template_body(body),
                Template::Url(url) => request.template_url(url),
            }
            .send()
        };
        let write = || async {
            match self.caller.make(call, Effect::Write, send).await {
                // A change set of this name can only be ours: the name holds the plan's digest and the intent.
                Ok(_) => Ok(()),
                Err(CloudError::Refused { code, .. }) if code == "AlreadyExistsException" => Ok(()),
                Err(error) => Err(error),
            }
        };
        let happened = || async { Ok(self.describe_change_set(stack, name).await?.is_some()) };
        self.caller.retry.settle(write, happened).await?;
        self.await_change_set(stack, name).await
    }

    /// Polls until the change set is computed.
    async fn await_change_set(&self, stack: &str, name: &str) -> Result<Preview, CloudError> {
        let start = self.caller.retry.clock.elapsed();
        let mut attempt = 0;
        loop {
            let waited = self.caller.retry.clock.elapsed().saturating_sub(start);
            match self.read_change_set(stack, name).await? {
                Some((preview, true)) => return Ok(preview),
                None if waited >= INVISIBLE => {
                    return Err(CloudError::NotFound { what: format!("change set {name} of {stack}") });
                }
                Some((_, false)) if waited >= COMPUTING => {
                    return Err(CloudError::Unavailable {
                        call: "DescribeChangeSet".to_owned(),
                        why: format!("the change set was not computed within {} s", COMPUTING.as_secs()),
                    });
                }
                Some((_, false)) | None => {}
            }
            self.caller.retry.pause(attempt.min(4)).await;
            attempt += 1;
        }
    }

    pub(super) async fn describe_change_set(&self, stack: &str, name: &str) -> Result<Option<Preview>, CloudError> {
        Ok(self.read_change_set(stack, name).await?.map(|(preview, _)| preview))
    }

    /// Reads a change set, all pages, and whether it is computed.
    async fn read_change_set(&self, stack: &str, name: &str) -> Result<Option<(Preview, bool)>, CloudError> {
        let arn = self.stack_arn(stack);
        let call = Call { permission: "cloudformation:DescribeChangeSet", resource: &arn };
        let mut changes = Vec::new();
        let mut page: Option<String> = None;
        loop {
            let send = || {
                let request = self.cloudformation.describe_change_set().change_set_name(name);
                // An identity says by itself which stack it belongs to, also after that stack is gone.
                let request = if name.starts_with("arn:") { request } else { request.stack_name(stack) };
                request.set_next_token(page.clone()).send()
            };
            let Some(answer) = absent(self.caller.make(call, Effect::Read, send).await)? else {
                return Ok(None);
            };
            changes.extend(answer.changes().iter().filter_map(|change| change.resource_change().map(planned)));
            page = answer.next_token().map(str::to_owned);
            if page.is_none() {
                changes.sort_by(|one, other| one.id.cmp(&other.id));
                return Ok(preview(&answer, changes));
            }
        }
    }

    pub(super) async fn delete_change_set(&self, stack: &str, name: &str) -> Result<(), CloudError> {
        let arn = self.stack_arn(stack);
        let call = Call { permission: "cloudformation:DeleteChangeSet", resource: &arn };
        let send = || {
            let request = self.cloudformation.delete_change_set().change_set_name(name);
            let request = if name.starts_with("arn:") { request } else { request.stack_name(stack) };
            request.send()
        };
        let write = || async { absent(self.caller.make(call, Effect::Write, send).await).map(|_| ()) };
        let happened = || async { Ok(self.describe_change_set(stack, name).await?.is_none()) };
        self.caller.retry.settle(write, happened).await?;
        // A change set of type CREATE brings a stack along that only a delete removes.
        let Some(shell) = self.describe_stack(stack).await?.filter(|shell| shell.phase == Phase::Empty) else {
            return Ok(());
        };
        // Somebody else's preview may lie in the same shell, and would go with it.
        if self.has_change_set_besides(&shell.id, name).await? {
            return Ok(());
        }
        let call = Call { permission: "cloudformation:DeleteStack", resource: &arn };
        let send = || self.cloudformation.delete_stack().stack_name(&shell.id).send();
        let write = || async { self.caller.make(call, Effect::Write, send).await.map(|_| ()) };
        let happened = || async { Ok(self.describe_stack(&shell.id).await?.is_none()) };
        match self.caller.retry.settle(write, happened).await {
            // Who may only plan can't delete stacks. The empty one does no harm: the next change set fills it.
            Err(CloudError::Denied { .. }) => Ok(()),
            settled => settled,
        }
    }
}

impl Aws {
    /// Whether a stack has a change set besides one that is being deleted, by its name or identity.
    async fn has_change_set_besides(&self, stack: &str, deleted: &str) -> Result<bool, CloudError> {
        let arn = self.stack_arn(stack);
        let call = Call { permission: "cloudformation:ListChangeSets", resource: &arn };
        let send = || self.cloudformation.list_change_sets().stack_name(stack).send();
        let answer = absent(self.caller.make(call, Effect::Read, send).await)?;
        let mut found = answer.iter().flat_map(|answer| answer.summaries());
        Ok(found.any(|one| one.change_set_id() != Some(deleted) && one.change_set_name() != Some(deleted)))
    }
}

/// A change set in neutral words, and whether it is computed; none for one that is being deleted.
fn preview(answer: &DescribeChangeSetOutput, changes: Vec<PreviewChange>) -> Option<(Preview, bool)> {
    let reason = answer.status_reason().unwrap_or_default();
    let (state, computed) = match answer.status() {
        Some(ChangeSetStatus::CreateComplete) => match answer.execution_status() {
            Some(ExecutionStatus::Obsolete) => (PreviewState::Obsolete, true),
            Some(
                ExecutionStatus::ExecuteInProgress | ExecutionStatus::ExecuteComplete | ExecutionStatus::ExecuteFailed,
            ) => (PreviewState::Started, true),
            _ => (PreviewState::Ready, true),
        },
        Some(ChangeSetStatus::Failed) if is_empty(reason) => (PreviewState::Empty, true),
        Some(ChangeSetStatus::Failed) => (PreviewState::Failed(reason.to_owned()), true),
        Some(
            ChangeSetStatus::DeleteComplete
            | ChangeSetStatus::DeleteInProgress
            | ChangeSetStatus::DeletePending
            | ChangeSetStatus::DeleteFailed,
        ) => return None,
        _ => (PreviewState::Ready, false),
    };
    let preview = Preview {
        id: answer.change_set_id().unwrap_or_default().to_owned(),
        name: answer.change_set_name().unwrap_or_default().to_owned(),
        stack_id: answer.stack_id().unwrap_or_default().to_owned(),
        state,
        changes,
    };
    Some((preview, computed))
}

/// CloudFormation says that there is nothing to do as a failure, told apart only by its words.
fn is_empty(reason: &str) -> bool {
    reason.contains("didn't contain changes") || reason.contains("No updates are to be performed")
}

fn planned(change: &ResourceChange) -> PreviewChange {
    let replacement = change.replacement();
    let action = match change.action() {
        Some(ChangeAction::Add | ChangeAction::Import) => Action::Create,
        Some(ChangeAction::Remove) => match change.policy_action().map(|action| action.as_str()) {
            Some("Retain") => Action::Forget,
            _ => Action::Delete,
        },
        _ if replacement == Some(&Replacement::True) => Action::Replace,
        _ => Action::Update,
    };
    let mut fields: Vec<String> = change
        .details()
        .iter()
        .filter_map(|detail| detail.target())
        .filter_map(|target| match (target.path(), target.name(), target.attribute()) {
            (Some(path), _, _) => Some(path.trim_start_matches('/').replace('/', ".")),
            (None, Some(name), _) => Some(name.to_owned()),
            (None, None, attribute) => attribute.map(|attribute| attribute.as_str().to_owned()),
        })
        .collect();
    fields.sort();
    fields.dedup();
    PreviewChange {
        id: change.logical_resource_id().unwrap_or_default().to_owned(),
        kind: change.resource_type().unwrap_or_default().to_owned(),
        action,
        replacement_possible: replacement == Some(&Replacement::Conditional),
        certain: change.details().is_empty()
            || change.details().iter().any(|detail| detail.evaluation() != Some(&EvaluationType::Dynamic)),
        fields,
    }
}
