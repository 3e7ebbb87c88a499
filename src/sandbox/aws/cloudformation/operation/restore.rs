//! The phase in which a failed update is undone.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Machine, Next, OnFailure, Operation, OperationKind, Pending, Phase};
use crate::sandbox::aws::cloudformation::stack::{DeletionPolicy, Leftover, Request, Stack};
use crate::sandbox::aws::cloudformation::status::{ResourceStatus, StackStatus};
use crate::sandbox::aws::types::lifecycle::{self, Action};
use crate::sandbox::engine::order::{self, Dependencies};
use crate::sandbox::engine::run::Run;
use crate::sandbox::faults::Moment;
use crate::sandbox::world::World;

/// Starts, or goes on with, the rollback of a failed update. Resources to skip count as restored.
pub fn rollback(world: &mut World, stack: &mut Stack, token: Option<String>, skip: &BTreeSet<String>, at: Timestamp) {
    let mut before = stack.last_stable.take();
    if let Some(before) = &mut before {
        for name in skip {
            before.to_restore.remove(name);
            if let (Some(current), Some(old)) = (stack.resources.get_mut(name), before.resources.get(name)) {
                current.status = ResourceStatus::UpdateComplete;
                current.status_reason = None;
                current.properties = old.properties.clone();
            }
        }
    }
    let leftovers = before.as_mut().map(|before| std::mem::take(&mut before.leftovers)).unwrap_or_default();
    stack.request = Request { token, operation_id: Some(world.ids.uuid()) };
    let operation = Operation {
        kind: OperationKind::Rollback,
        phase: Phase::Restore,
        run: Run::new(at, Dependencies::new()),
        pending: Default::default(),
        before,
        leftovers,
        failed: Vec::new(),
        on_failure: OnFailure::Rollback,
        retain: skip.clone(),
        force: false,
        deadline: None,
        policy: None,
    };
    let mut machine = Machine { world, stack, operation };
    machine.start_restore(at, Some("User Initiated".to_owned()));
    let operation = machine.operation;
    stack.operation = Some(operation);
}

/// Stops an update and undoes it.
pub fn cancel(world: &mut World, stack: &mut Stack, at: Timestamp) {
    let Some(operation) = stack.operation.take() else { return };
    let mut machine = Machine { world, stack, operation };
    machine.stop(at);
    machine.start_restore(at, Some("User Initiated".to_owned()));
    let operation = machine.operation;
    stack.operation = Some(operation);
}

impl Machine<'_> {
    /// Puts back what the update changed. What it created goes in the cleanup after.
    pub(super) fn start_restore(&mut self, at: Timestamp, reason: Option<String>) -> Next {
        self.stack.enter(&mut self.world.ids, at, StackStatus::UpdateRollbackInProgress, reason);
        let Some(before) = self.operation.before.clone() else {
            return self.finish(at, StackStatus::UpdateRollbackFailed, None);
        };
        let skipped = &self.operation.retain;
        let changed: BTreeSet<String> = before
            .resources
            .iter()
            .filter(|(name, old)| {
                !skipped.contains(*name)
                    && old.physical_id.is_some()
                    && self.stack.resources.get(*name).is_none_or(|current| {
                        current.physical_id != old.physical_id
                            || current.properties != old.properties
                            || current.metadata != old.metadata
                            || current.stack_tags != old.stack_tags
                            || current.status == ResourceStatus::UpdateFailed
                    })
            })
            .map(|(name, _)| name.clone())
            .collect();
        let needs: Dependencies =
            before.resources.iter().map(|(name, resource)| (name.clone(), resource.needs.clone())).collect();
        let run = Run::new(at, order::restricted(&needs, &changed));
        self.enter_phase(Phase::Restore, run)
    }

    pub(super) fn begin_restore(&mut self, logical_id: &str, at: Timestamp) {
        let Some(old) = self.operation.before.as_ref().and_then(|before| before.resources.get(logical_id)).cloned()
        else {
            self.operation.run.done(logical_id, at);
            return;
        };
        let current = self.stack.resources.get(logical_id).cloned();
        let doom = self.world.faults.on_resource(&self.stack.name, logical_id, Moment::Rollback);
        let replaced = current.as_ref().filter(|current| current.physical_id != old.physical_id).cloned();
        if replaced.is_none() && current.is_some() {
            self.stack.tell(&mut self.world.ids, at, logical_id, ResourceStatus::UpdateInProgress, None);
        } else if let Some(resource) = self.stack.resources.get_mut(logical_id) {
            // The old resource is still there: it only takes its place again.
            let status = resource.status;
            *resource = old.clone();
            resource.status = status;
            self.stack.tell(&mut self.world.ids, at, logical_id, ResourceStatus::UpdateInProgress, None);
        }
        let until = if replaced.is_some() && doom.is_none() {
            at
        } else {
            self.end_of(at, logical_id, &old.kind, Action::Update, &old.properties, doom.is_some())
        };
        let pending = Pending {
            action: Action::Update,
            properties: current.map(|current| current.properties).unwrap_or_default(),
            metadata: old.metadata.clone(),
            doom,
            replaces: replaced,
            shift: None,
        };
        self.operation.pending.insert(logical_id.to_owned(), pending);
        self.operation.run.begun(logical_id, until);
    }

    pub(super) fn end_restore(&mut self, logical_id: &str, at: Timestamp) {
        let Some(pending) = self.operation.pending.remove(logical_id) else { return };
        let Some(old) = self.operation.before.as_ref().and_then(|before| before.resources.get(logical_id)).cloned()
        else {
            return;
        };
        let mut doom = pending.doom;
        if doom.is_none()
            && pending.replaces.is_none()
            && let Some(id) = &old.physical_id
        {
            let subject = self.subject(logical_id, &old.kind);
            doom = lifecycle::restore(self.world, &subject, id, &pending.properties, &old.properties, at).err();
        }
        if let Some(reason) = doom {
            self.stack.tell(&mut self.world.ids, at, logical_id, ResourceStatus::UpdateFailed, Some(reason));
            self.operation.failed.push((logical_id.to_owned(), Action::Update));
            self.operation.run.failed(logical_id, at);
            if let Some(new) = pending.replaces {
                self.leave(logical_id, new);
            }
            return;
        }
        self.stack.resources.insert(logical_id.to_owned(), old);
        self.stack.tell(&mut self.world.ids, at, logical_id, ResourceStatus::UpdateComplete, None);
        if let Some(new) = pending.replaces {
            self.leave(logical_id, new);
        }
        self.operation.run.done(logical_id, at);
    }

    /// A resource that the update created isn't needed any more.
    fn leave(&mut self, logical_id: &str, resource: crate::sandbox::aws::cloudformation::stack::StackResource) {
        self.operation.leftovers.push(Leftover {
            logical_id: logical_id.to_owned(),
            resource,
            policy: DeletionPolicy::Delete,
        });
    }

    pub(super) fn after_restore(&mut self, at: Timestamp) -> Next {
        if !self.operation.failed.is_empty() {
            self.operation.failed.sort();
            let reason = self.failure_reason();
            let failed: BTreeSet<String> = self.operation.failed.iter().map(|(name, _)| name.clone()).collect();
            self.stack.last_stable = self.operation.before.take().map(|mut before| {
                before.leftovers = std::mem::take(&mut self.operation.leftovers);
                before.to_restore = failed;
                before
            });
            return self.finish(at, StackStatus::UpdateRollbackFailed, Some(reason));
        }
        if let Some(before) = &self.operation.before {
            self.stack.definition = before.definition.clone();
            self.stack.outputs = before.outputs.clone();
            // An old resource that a replacement left in the leftovers is the stack's own again.
            let kept: BTreeSet<Option<String>> =
                before.resources.values().map(|resource| resource.physical_id.clone()).collect();
            self.operation.leftovers.retain(|leftover| !kept.contains(&leftover.resource.physical_id));
        }
        self.start_cleanup(at, StackStatus::UpdateRollbackCompleteCleanupInProgress)
    }
}
