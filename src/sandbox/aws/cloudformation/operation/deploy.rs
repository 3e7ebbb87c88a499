//! The phase in which resources are created and updated.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{Machine, Next, OnFailure, Operation, OperationKind, Options, Pending, Phase, wanted_signals};
use crate::sandbox::aws::cloudformation::changes;
use crate::sandbox::aws::cloudformation::evaluate::Unresolved;
use crate::sandbox::aws::cloudformation::outputs;
use crate::sandbox::aws::cloudformation::policy;
use crate::sandbox::aws::cloudformation::stack::{Definition, Leftover, Request, Stable, Stack, StackResource};
use crate::sandbox::aws::cloudformation::status::{ExecutionStatus, ResourceStatus, StackStatus};
use crate::sandbox::aws::cloudformation::surroundings::{self, Live};
use crate::sandbox::aws::cloudformation::template::Declared;
use crate::sandbox::aws::types::lifecycle::{self, Action};
use crate::sandbox::engine::order;
use crate::sandbox::engine::run::Run;
use crate::sandbox::faults::Moment;
use crate::sandbox::world::World;

/// Starts the creation of a stack, or of one that only has change sets.
pub fn create(world: &mut World, stack: &mut Stack, definition: Definition, options: Options, at: Timestamp) {
    let deadline = definition
        .timeout_minutes
        .and_then(|minutes| i64::try_from(minutes).ok())
        .map(|minutes| at + jiff::SignedDuration::from_mins(minutes));
    start(world, stack, definition, options, OperationKind::Create, at);
    if let Some(operation) = &mut stack.operation {
        operation.deadline = deadline;
    }
}

/// Starts an update of a stack.
pub fn update(world: &mut World, stack: &mut Stack, definition: Definition, options: Options, at: Timestamp) {
    start(world, stack, definition, options, OperationKind::Update, at);
}

/// Ends an operation that has just started: the checks before it have failed.
pub fn refuse(world: &mut World, stack: &mut Stack, reason: String, at: Timestamp) {
    let Some(mut operation) = stack.operation.take() else { return };
    operation.run = Run::new(at, BTreeMap::new());
    let mut machine = Machine { world, stack, operation };
    if let Next::Again = machine.fail_deploy(at, reason) {
        let operation = machine.operation;
        stack.operation = Some(operation);
    }
}

fn start(
    world: &mut World,
    stack: &mut Stack,
    definition: Definition,
    options: Options,
    kind: OperationKind,
    at: Timestamp,
) {
    let touched = changes::touched(world, stack, &definition);
    let needs = definition.template.dependencies();
    let run = Run::new(at, order::restricted(&needs, &touched));
    let before = (kind == OperationKind::Update).then(|| {
        stack.last_stable.take().unwrap_or_else(|| {
            Box::new(Stable {
                definition: stack.definition.clone(),
                resources: stack.resources.clone(),
                outputs: stack.outputs.clone(),
                leftovers: Vec::new(),
                to_restore: BTreeSet::new(),
            })
        })
    });
    let mut before = before;
    let leftovers = before.as_mut().map(|before| std::mem::take(&mut before.leftovers)).unwrap_or_default();
    stack.definition = definition;
    stack.updated = Some(at);
    stack.disable_rollback = options.on_failure == OnFailure::DoNothing;
    stack.request = Request { token: options.token, operation_id: Some(world.ids.uuid()) };
    stack.operation = Some(Operation {
        kind,
        phase: Phase::Deploy,
        run,
        pending: BTreeMap::new(),
        before,
        leftovers,
        failed: Vec::new(),
        on_failure: options.on_failure,
        retain: BTreeSet::new(),
        force: false,
        deadline: None,
        policy: options.policy,
    });
    let status = match kind {
        OperationKind::Create => StackStatus::CreateInProgress,
        _ => StackStatus::UpdateInProgress,
    };
    stack.enter(&mut world.ids, at, status, Some("User Initiated".to_owned()));
}

impl Machine<'_> {
    pub(super) fn begin_deploy(&mut self, logical_id: &str, at: Timestamp) {
        let Some((kind, pending, resource)) = self.prepare(logical_id, at) else {
            self.operation.run.done(logical_id, at);
            return;
        };
        let exists = pending.action == Action::Update;
        let replacing = pending.replaces.is_some();
        self.stack.resources.insert(logical_id.to_owned(), resource);
        let (status, reason) = match (exists || replacing, replacing) {
            (_, true) => (
                ResourceStatus::UpdateInProgress,
                Some(
                    "Requested update requires the creation of a new physical resource; hence creating one.".to_owned(),
                ),
            ),
            (true, false) => (ResourceStatus::UpdateInProgress, None),
            (false, false) => (ResourceStatus::CreateInProgress, None),
        };
        self.stack.tell(&mut self.world.ids, at, logical_id, status, reason);
        let mut pending = pending;
        if pending.doom.is_none() && pending.action == Action::Create {
            let subject = self.subject(logical_id, &kind);
            match lifecycle::create(self.world, &subject, &pending.properties, at) {
                Ok(id) => {
                    if let Some(resource) = self.stack.resources.get_mut(logical_id) {
                        resource.physical_id = Some(id);
                    }
                    let reason = Some("Resource creation Initiated".to_owned());
                    self.stack.tell(&mut self.world.ids, at, logical_id, status, reason);
                }
                Err(reason) => pending.doom = Some(reason),
            }
        }
        let shifted = self.begin_shift(logical_id, &mut pending, at);
        let until = shifted.unwrap_or_else(|| {
            self.end_of(at, logical_id, &kind, pending.action, &pending.properties, pending.doom.is_some())
        });
        self.operation.pending.insert(logical_id.to_owned(), pending);
        self.operation.run.begun(logical_id, until);
    }

    /// What is to be done to a resource, and the resource as it enters the stack; none when there is nothing to do.
    fn prepare(&mut self, logical_id: &str, at: Timestamp) -> Option<(String, Pending, StackResource)> {
        let template = &self.stack.definition.template;
        let declared = template.resource(logical_id)?;
        let kind = declared.kind().to_owned();
        let evaluated = self.evaluate(declared);
        let (properties, metadata, mut doom) = match evaluated {
            Ok((properties, metadata)) => (properties, metadata, None),
            Err(reason) => (Map::new(), Value::Null, Some(reason.to_string())),
        };
        let existing = self
            .stack
            .resources
            .get(logical_id)
            .filter(|resource| resource.physical_id.is_some() && resource.kind == kind)
            .cloned();
        let other_kind = self
            .stack
            .resources
            .get(logical_id)
            .filter(|resource| resource.physical_id.is_some() && resource.kind != kind)
            .cloned();
        let mut resource = StackResource {
            kind: kind.clone(),
            physical_id: None,
            status: ResourceStatus::CreateInProgress,
            status_reason: None,
            updated: at,
            properties: properties.clone(),
            metadata: metadata.clone(),
            needs: template.needs(declared),
            deletion_policy: declared.deletion_policy(),
            replace_policy: declared.replace_policy(),
            stack_tags: self.stack.definition.tags.clone(),
            drift: None,
        };
        let Some(old) = existing else {
            let replaces = other_kind;
            doom = doom.or_else(|| self.world.faults.on_resource(&self.stack.name, logical_id, Moment::Create));
            let pending = Pending { action: Action::Create, properties, metadata, doom, replaces, shift: None };
            return Some((kind, pending, resource));
        };
        let failed_before = matches!(old.status, ResourceStatus::UpdateFailed | ResourceStatus::CreateFailed);
        let same = old.properties == properties && doom.is_none();
        let same_tags = old.stack_tags == resource.stack_tags;
        if same && old.metadata == metadata && same_tags && !failed_before {
            // Only its policies or its dependencies changed, or a reference came out as before.
            if let Some(current) = self.stack.resources.get_mut(logical_id) {
                current.needs = resource.needs;
                current.deletion_policy = resource.deletion_policy;
                current.replace_policy = resource.replace_policy;
            }
            return None;
        }
        let replace = doom.is_none() && changes::replaces(&kind, &old.properties, &properties);
        let action = if replace { "Update:Replace" } else { "Update:Modify" };
        if doom.is_none() {
            let policy = self.operation.policy.as_ref().or(self.stack.policy.as_ref());
            doom = policy.and_then(|policy| policy::denial(policy, logical_id, &kind, action));
        }
        if replace && doom.is_none() {
            doom = changes::same_custom_name(&kind, &old.properties, &properties);
        }
        doom = doom.or_else(|| self.world.faults.on_resource(&self.stack.name, logical_id, Moment::Update));
        if replace {
            let pending = Pending {
                action: Action::Create,
                properties,
                metadata,
                doom,
                replaces: Some(old.clone()),
                shift: None,
            };
            resource.physical_id = old.physical_id;
            return Some((kind, pending, resource));
        }
        resource.physical_id = old.physical_id;
        resource.properties = old.properties;
        let pending = Pending { action: Action::Update, properties, metadata, doom, replaces: None, shift: None };
        Some((kind, pending, resource))
    }

    fn evaluate(&self, declared: Declared<'_>) -> Result<(Map<String, Value>, Value), Unresolved> {
        let Stack { id, name, place, resources, definition, .. } = &*self.stack;
        let live = Live { world: self.world, place, resources };
        let pseudo = surroundings::pseudo(id, name, place, definition);
        let evaluator = surroundings::evaluator(definition, &pseudo, &live)?;
        let properties = evaluator.object(declared.properties())?;
        let metadata = match declared.attributes.get("Metadata") {
            Some(metadata) => evaluator.value(metadata)?.unwrap_or_default(),
            None => Value::Null,
        };
        Ok((properties, metadata))
    }

    /// Values with their functions evaluated, as far as the stack's resources are there.
    pub(super) fn resolved(&self, values: &Value) -> Result<Map<String, Value>, Unresolved> {
        let Stack { id, name, place, resources, definition, .. } = &*self.stack;
        let live = Live { world: self.world, place, resources };
        let pseudo = surroundings::pseudo(id, name, place, definition);
        surroundings::evaluator(definition, &pseudo, &live)?.object(values)
    }

    pub(super) fn end_deploy(&mut self, logical_id: &str, at: Timestamp) {
        let Some(pending) = self.operation.pending.remove(logical_id) else { return };
        let kind = self.stack.resources.get(logical_id).map(|resource| resource.kind.clone()).unwrap_or_default();
        let updating = pending.action == Action::Update || pending.replaces.is_some();
        self.end_shift(logical_id, &pending, pending.doom.is_some());
        let mut doom = pending.doom;
        if doom.is_none() && pending.action == Action::Update {
            let subject = self.subject(logical_id, &kind);
            let resource = self.stack.resources.get(logical_id);
            let id = resource.and_then(|resource| resource.physical_id.clone()).unwrap_or_default();
            let old = resource.map(|resource| resource.properties.clone()).unwrap_or_default();
            doom = lifecycle::update(self.world, &subject, &id, &old, &pending.properties, at).err();
        }
        if doom.is_none() && kind == "AWS::CloudFormation::WaitCondition" && pending.action == Action::Create {
            doom = self.unsignalled(logical_id, &pending.properties);
        }
        if let Some(reason) = doom {
            let status = if updating { ResourceStatus::UpdateFailed } else { ResourceStatus::CreateFailed };
            self.stack.tell(&mut self.world.ids, at, logical_id, status, Some(reason));
            let action = if updating { Action::Update } else { Action::Create };
            self.operation.failed.push((logical_id.to_owned(), action));
            self.operation.run.failed(logical_id, at);
            self.stop(at);
            return;
        }
        if let Some(resource) = self.stack.resources.get_mut(logical_id) {
            resource.properties = pending.properties;
            resource.metadata = pending.metadata;
        }
        let status = if updating { ResourceStatus::UpdateComplete } else { ResourceStatus::CreateComplete };
        self.stack.tell(&mut self.world.ids, at, logical_id, status, None);
        if let Some(old) = pending.replaces {
            let policy = old.replace_policy;
            self.operation.leftovers.push(Leftover { logical_id: logical_id.to_owned(), resource: old, policy });
        }
        self.operation.run.done(logical_id, at);
    }

    fn unsignalled(&self, logical_id: &str, properties: &Map<String, Value>) -> Option<String> {
        let wanted = wanted_signals(properties);
        let received = self.stack.signals.get(logical_id).copied().unwrap_or(0);
        (received < wanted)
            .then(|| format!("WaitCondition timed out. Received {received} conditions when expecting {wanted}"))
    }

    /// Nothing further begins, and what is under way is cancelled.
    pub(super) fn stop(&mut self, at: Timestamp) {
        for name in self.operation.run.stop() {
            let pending = self.operation.pending.remove(&name);
            if let Some(pending) = &pending {
                self.end_shift(&name, pending, true);
            }
            let updating =
                pending.as_ref().is_some_and(|pending| pending.action == Action::Update || pending.replaces.is_some());
            let (status, reason) = if updating {
                (ResourceStatus::UpdateFailed, "Resource update cancelled")
            } else {
                (ResourceStatus::CreateFailed, "Resource creation cancelled")
            };
            self.stack.tell(&mut self.world.ids, at, &name, status, Some(reason.to_owned()));
            let action = if updating { Action::Update } else { Action::Create };
            self.operation.failed.push((name.clone(), action));
            self.operation.run.cancelled(&name);
        }
    }

    pub(super) fn after_deploy(&mut self, at: Timestamp) -> Next {
        if !self.operation.failed.is_empty() {
            self.operation.failed.sort();
            let reason = self.failure_reason();
            return self.fail_deploy(at, reason);
        }
        match outputs::compute(self.world, self.stack) {
            Ok((outputs, imports)) => {
                self.stack.outputs = outputs;
                self.stack.imports = imports;
            }
            Err(reason) => return self.fail_deploy(at, format!("{reason}. ")),
        }
        match self.operation.kind {
            OperationKind::Update => self.start_cleanup(at, StackStatus::UpdateCompleteCleanupInProgress),
            _ => {
                self.settle_change_set(ExecutionStatus::ExecuteComplete);
                self.finish(at, StackStatus::CreateComplete, None)
            }
        }
    }

    /// The deployment has failed: what follows depends on what was asked for.
    pub(super) fn fail_deploy(&mut self, at: Timestamp, reason: String) -> Next {
        self.settle_change_set(ExecutionStatus::ExecuteFailed);
        let creating = self.operation.kind == OperationKind::Create;
        match (creating, self.operation.on_failure) {
            (true, OnFailure::DoNothing) => self.finish(at, StackStatus::CreateFailed, Some(reason)),
            (true, OnFailure::Rollback) => {
                let reason = Some(format!("{} Rollback requested by user.", reason.trim_end()));
                self.stack.enter(&mut self.world.ids, at, StackStatus::RollbackInProgress, reason);
                self.start_delete(at)
            }
            (true, OnFailure::Delete) => {
                let reason = Some(format!("{} Delete requested by user.", reason.trim_end()));
                self.stack.enter(&mut self.world.ids, at, StackStatus::DeleteInProgress, reason);
                self.operation.kind = OperationKind::Delete;
                self.start_delete(at)
            }
            (false, OnFailure::DoNothing) => {
                let before = self.operation.before.take();
                self.stack.last_stable = before.map(|mut before| {
                    before.leftovers = std::mem::take(&mut self.operation.leftovers);
                    before
                });
                self.finish(at, StackStatus::UpdateFailed, Some(reason))
            }
            (false, _) => self.start_restore(at, Some(reason)),
        }
    }
}
