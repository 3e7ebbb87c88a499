//! The phase in which all resources of a stack are deleted: on request, or because its creation failed.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Machine, Next, OnFailure, Operation, OperationKind, Pending, Phase};
use crate::sandbox::aws::cloudformation::stack::{DeletionPolicy, Request, Stack};
use crate::sandbox::aws::cloudformation::status::{ResourceStatus, StackStatus};
use crate::sandbox::aws::cloudformation::surroundings;
use crate::sandbox::aws::types::lifecycle::{self, Action};
use crate::sandbox::engine::order::{self, Dependencies};
use crate::sandbox::engine::run::Run;
use crate::sandbox::faults::Moment;
use crate::sandbox::world::World;

/// How a deletion is to go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeleteOptions {
    /// The request's token.
    pub token: Option<String>,
    /// Resources to leave alone.
    pub retain: BTreeSet<String>,
    /// Go on over resources that can't be deleted.
    pub force: bool,
}

/// Starts the deletion of a stack, or the rollback of a failed creation.
pub fn delete(world: &mut World, stack: &mut Stack, options: DeleteOptions, rollback: bool, at: Timestamp) {
    let before = (stack.status, stack.status_reason.clone());
    stack.request = Request { token: options.token, operation_id: Some(world.ids.uuid()) };
    let operation = Operation {
        kind: if rollback { OperationKind::Create } else { OperationKind::Delete },
        phase: Phase::Delete,
        run: Run::new(at, Dependencies::new()),
        pending: Default::default(),
        before: None,
        leftovers: Vec::new(),
        failed: Vec::new(),
        on_failure: OnFailure::Rollback,
        retain: options.retain,
        force: options.force,
        deadline: None,
        policy: None,
    };
    let status = if rollback { StackStatus::RollbackInProgress } else { StackStatus::DeleteInProgress };
    stack.enter(&mut world.ids, at, status, Some("User Initiated".to_owned()));
    if !rollback && let Some(reason) = export_in_use(world, stack) {
        stack.enter(&mut world.ids, at, before.0, Some(reason));
        return;
    }
    let mut machine = Machine { world, stack, operation };
    machine.start_delete(at);
    let operation = machine.operation;
    stack.operation = Some(operation);
}

fn export_in_use(world: &World, stack: &Stack) -> Option<String> {
    stack.exports().find_map(|(name, _)| {
        let importers = surroundings::importers(world, &stack.place, name);
        (!importers.is_empty()).then(|| {
            format!("Delete canceled. Cannot delete export {name} as it is in use by {}.", importers.join(" and "))
        })
    })
}

impl Machine<'_> {
    pub(super) fn start_delete(&mut self, at: Timestamp) -> Next {
        let needs: Dependencies =
            self.stack.resources.iter().map(|(name, resource)| (name.clone(), resource.needs.clone())).collect();
        let left: BTreeSet<String> = self
            .stack
            .resources
            .iter()
            .filter(|(_, resource)| resource.status != ResourceStatus::DeleteComplete)
            .map(|(name, _)| name.clone())
            .collect();
        let run = Run::new(at, order::restricted(&order::reversed(&needs), &left));
        self.enter_phase(Phase::Delete, run)
    }

    fn rolls_back(&self) -> bool {
        self.operation.kind == OperationKind::Create
    }

    pub(super) fn begin_delete(&mut self, logical_id: &str, at: Timestamp) {
        let Some(resource) = self.stack.resources.get(logical_id).cloned() else {
            self.operation.run.done(logical_id, at);
            return;
        };
        let Some(id) = resource.physical_id.clone() else {
            self.stack.tell(&mut self.world.ids, at, logical_id, ResourceStatus::DeleteComplete, None);
            self.operation.run.done(logical_id, at);
            return;
        };
        let retained = self.operation.retain.contains(logical_id)
            || match resource.deletion_policy {
                DeletionPolicy::Retain => !(self.rolls_back() && self.stack.retain_except_on_create),
                DeletionPolicy::RetainExceptOnCreate => !self.rolls_back(),
                DeletionPolicy::Delete | DeletionPolicy::Snapshot => false,
            };
        if retained {
            lifecycle::release(self.world, &resource.kind, &self.stack.place, &id);
            self.stack.tell(&mut self.world.ids, at, logical_id, ResourceStatus::DeleteSkipped, None);
            self.operation.run.done(logical_id, at);
            return;
        }
        let doom = self.world.faults.on_resource(&self.stack.name, logical_id, Moment::Delete);
        self.stack.tell(&mut self.world.ids, at, logical_id, ResourceStatus::DeleteInProgress, None);
        let until = self.end_of(at, logical_id, &resource.kind, Action::Delete, &resource.properties, doom.is_some());
        let pending = Pending {
            action: Action::Delete,
            properties: Default::default(),
            metadata: Default::default(),
            doom,
            shift: None,
            replaces: None,
        };
        self.operation.pending.insert(logical_id.to_owned(), pending);
        self.operation.run.begun(logical_id, until);
    }

    pub(super) fn end_delete(&mut self, logical_id: &str, at: Timestamp) {
        let Some(pending) = self.operation.pending.remove(logical_id) else { return };
        let Some(resource) = self.stack.resources.get(logical_id).cloned() else { return };
        let id = resource.physical_id.clone().unwrap_or_default();
        let outcome = match pending.doom {
            Some(reason) => Err(reason),
            None => lifecycle::delete(self.world, &resource.kind, &self.stack.place, &id),
        };
        match outcome {
            Ok(()) => {
                self.stack.tell(&mut self.world.ids, at, logical_id, ResourceStatus::DeleteComplete, None);
                self.operation.run.done(logical_id, at);
            }
            Err(reason) if self.operation.force => {
                lifecycle::release(self.world, &resource.kind, &self.stack.place, &id);
                self.stack.tell(&mut self.world.ids, at, logical_id, ResourceStatus::DeleteSkipped, Some(reason));
                self.operation.run.done(logical_id, at);
            }
            Err(reason) => {
                self.stack.tell(&mut self.world.ids, at, logical_id, ResourceStatus::DeleteFailed, Some(reason));
                self.operation.failed.push((logical_id.to_owned(), Action::Delete));
                self.operation.run.failed(logical_id, at);
            }
        }
    }

    pub(super) fn after_delete(&mut self, at: Timestamp) -> Next {
        self.operation.failed.sort();
        let failed = !self.operation.failed.is_empty();
        let reason = failed.then(|| self.failure_reason());
        match (self.rolls_back(), failed) {
            (true, true) => self.finish(at, StackStatus::RollbackFailed, reason),
            (true, false) => self.finish(at, StackStatus::RollbackComplete, None),
            (false, true) => self.finish(at, StackStatus::DeleteFailed, reason),
            (false, false) => {
                self.stack.deleted = Some(at);
                self.stack.change_sets.clear();
                self.stack.outputs.clear();
                self.stack.imports.clear();
                self.finish(at, StackStatus::DeleteComplete, None)
            }
        }
    }
}
