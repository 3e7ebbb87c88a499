//! The phase in which an update deletes what isn't needed any more.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Machine, Next, Pending, Phase};
use crate::sandbox::aws::cloudformation::policy;
use crate::sandbox::aws::cloudformation::stack::{DeletionPolicy, Leftover};
use crate::sandbox::aws::cloudformation::status::{ExecutionStatus, ResourceStatus, StackStatus};
use crate::sandbox::aws::types::lifecycle::{self, Action};
use crate::sandbox::engine::run::Run;
use crate::sandbox::faults::Moment;

impl Machine<'_> {
    /// Starts the cleanup; the resources that the template doesn't declare any more join what was replaced.
    pub(super) fn start_cleanup(&mut self, at: Timestamp, status: StackStatus) -> Next {
        let restored = status == StackStatus::UpdateRollbackCompleteCleanupInProgress;
        let kept: BTreeSet<String> = if restored {
            self.operation.before.as_ref().map(|before| before.resources.keys().cloned().collect()).unwrap_or_default()
        } else {
            crate::sandbox::aws::cloudformation::changes::existing(self.world, self.stack)
        };
        let gone: Vec<String> = self.stack.resources.keys().filter(|name| !kept.contains(*name)).cloned().collect();
        for logical_id in gone {
            let Some(resource) = self.stack.resources.get(&logical_id).cloned() else { continue };
            let policy = match resource.deletion_policy {
                DeletionPolicy::RetainExceptOnCreate if restored => DeletionPolicy::Delete,
                DeletionPolicy::Retain if restored && self.stack.retain_except_on_create => DeletionPolicy::Delete,
                other => other,
            };
            self.operation.leftovers.push(Leftover { logical_id, resource, policy });
        }
        self.stack.enter(&mut self.world.ids, at, status, None);
        // What needs another goes before it.
        let names: Vec<&str> = self.operation.leftovers.iter().map(|leftover| leftover.logical_id.as_str()).collect();
        let steps: BTreeMap<String, BTreeSet<String>> = (0..self.operation.leftovers.len())
            .map(|index| {
                let after = self
                    .operation
                    .leftovers
                    .iter()
                    .enumerate()
                    .filter(|(_, other)| other.resource.needs.contains(names[index]))
                    .map(|(other, _)| step_name(other))
                    .collect();
                (step_name(index), after)
            })
            .collect();
        self.enter_phase(Phase::Cleanup, Run::new(at, steps))
    }

    fn leftover(&self, step: &str) -> Option<Leftover> {
        let index: usize = step.parse().ok()?;
        self.operation.leftovers.get(index).cloned()
    }

    pub(super) fn begin_cleanup(&mut self, step: &str, at: Timestamp) {
        let Some(leftover) = self.leftover(step) else {
            self.operation.run.done(step, at);
            return;
        };
        let Leftover { logical_id, resource, policy } = leftover;
        let Some(id) = resource.physical_id.clone() else {
            self.forget(&logical_id, &resource.physical_id);
            self.operation.run.done(step, at);
            return;
        };
        if matches!(policy, DeletionPolicy::Retain | DeletionPolicy::RetainExceptOnCreate) {
            lifecycle::release(self.world, &resource.kind, &self.stack.place, &id);
            self.stack.tell_of(&mut self.world.ids, at, &logical_id, &resource, ResourceStatus::DeleteSkipped, None);
            self.forget(&logical_id, &resource.physical_id);
            self.operation.run.done(step, at);
            return;
        }
        let denied = self
            .operation
            .policy
            .as_ref()
            .or(self.stack.policy.as_ref())
            .and_then(|text| policy::denial(text, &logical_id, &resource.kind, "Update:Delete"));
        let doom = denied.or_else(|| self.world.faults.on_resource(&self.stack.name, &logical_id, Moment::Delete));
        self.stack.tell_of(&mut self.world.ids, at, &logical_id, &resource, ResourceStatus::DeleteInProgress, None);
        let until = self.end_of(at, &logical_id, &resource.kind, Action::Delete, &resource.properties, doom.is_some());
        let pending = Pending {
            action: Action::Delete,
            properties: Default::default(),
            metadata: Default::default(),
            doom,
            shift: None,
            replaces: None,
        };
        self.operation.pending.insert(step.to_owned(), pending);
        self.operation.run.begun(step, until);
    }

    pub(super) fn end_cleanup(&mut self, step: &str, at: Timestamp) {
        let (Some(leftover), Some(pending)) = (self.leftover(step), self.operation.pending.remove(step)) else {
            return;
        };
        let Leftover { logical_id, resource, .. } = leftover;
        let id = resource.physical_id.clone().unwrap_or_default();
        let outcome = match pending.doom {
            Some(reason) => Err(reason),
            None => lifecycle::delete(self.world, &resource.kind, &self.stack.place, &id),
        };
        let (status, reason) = match outcome {
            Ok(()) => (ResourceStatus::DeleteComplete, None),
            Err(reason) => {
                // The stack gives up on it: it stays in the cloud, outside every stack.
                lifecycle::release(self.world, &resource.kind, &self.stack.place, &id);
                (ResourceStatus::DeleteFailed, Some(reason))
            }
        };
        self.stack.tell_of(&mut self.world.ids, at, &logical_id, &resource, status, reason);
        self.forget(&logical_id, &resource.physical_id);
        self.operation.run.done(step, at);
    }

    /// The stack's resource of this name goes, unless it's another physical one by now.
    fn forget(&mut self, logical_id: &str, physical_id: &Option<String>) {
        if self.stack.resources.get(logical_id).is_some_and(|resource| resource.physical_id == *physical_id) {
            self.stack.resources.remove(logical_id);
        }
    }

    pub(super) fn after_cleanup(&mut self, at: Timestamp) -> Next {
        if self.stack.status == StackStatus::UpdateRollbackCompleteCleanupInProgress {
            return self.finish(at, StackStatus::UpdateRollbackComplete, None);
        }
        self.settle_change_set(ExecutionStatus::ExecuteComplete);
        self.finish(at, StackStatus::UpdateComplete, None)
    }
}

/// Steps of a cleanup are numbered: one logical id may leave several physical resources behind.
fn step_name(index: usize) -> String {
    format!("{index:04}")
}
