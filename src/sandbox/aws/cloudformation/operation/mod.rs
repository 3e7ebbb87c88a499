//! Operations on stacks: creating, updating, restoring, cleaning up and deleting, in simulated time.
//!
//! An operation passes through phases; each phase is a [`Run`] over the stack's resources. Nothing happens between two looks:
//! [`advance`] plays all that was due since the last one. So an operation goes on while nobody looks, and after a restart it is as
//! far as it would have been.

mod cleanup;
pub mod delete;
pub mod deploy;
pub mod restore;
mod shift;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::shift::Shift;
use super::stack::{Leftover, Stable, Stack, StackResource};
use super::status::{ExecutionStatus, StackStatus};
use crate::sandbox::aws::types::identity::Subject;
use crate::sandbox::aws::types::lifecycle::{self, Action};
use crate::sandbox::engine::run::{Due, Run};
use crate::sandbox::world::World;

/// What is being done to a stack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// What was asked for.
    pub kind: OperationKind,
    /// How far it is.
    pub phase: Phase,
    /// The phase's steps.
    run: Run,
    /// What the steps under way are about to do.
    pending: BTreeMap<String, Pending>,
    /// The stack before it; for updates.
    before: Option<Box<Stable>>,
    /// What isn't needed any more and goes in the cleanup.
    leftovers: Vec<Leftover>,
    /// The resources that failed first, and how.
    failed: Vec<(String, Action)>,
    /// What to do when it fails.
    on_failure: OnFailure,
    /// Resources that a deletion leaves alone.
    retain: BTreeSet<String>,
    /// A deletion goes on over resources that can't be deleted.
    force: bool,
    /// When a creation counts as failed.
    deadline: Option<Timestamp>,
    /// The policy that holds for this update only.
    policy: Option<String>,
}

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OperationKind {
    /// A new stack.
    Create,
    /// Another template or other parameters.
    Update,
    /// No stack.
    Delete,
    /// Back to the last stable state.
    Rollback,
}

/// How far an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// Resources are created and updated.
    Deploy,
    /// Resources are put back as they were.
    Restore,
    /// What isn't needed any more is deleted.
    Cleanup,
    /// All resources are deleted.
    Delete,
}

/// What to do when an operation fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnFailure {
    /// Undo it.
    #[default]
    Rollback,
    /// Delete the stack; for creations.
    Delete,
    /// Leave it as it is.
    DoNothing,
}

/// What a step is about to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Pending {
    action: Action,
    /// The properties to reach.
    properties: Map<String, Value>,
    /// The metadata to reach.
    metadata: Value,
    /// Why it will fail, if it will.
    doom: Option<String>,
    /// The resource that it takes the place of.
    replaces: Option<StackResource>,
    /// The shift of calls that it waits for.
    #[serde(default)]
    shift: Option<Shift>,
}

/// How a new operation starts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// The request's token.
    pub token: Option<String>,
    /// What to do when it fails.
    pub on_failure: OnFailure,
    /// The policy that holds for this update only.
    pub policy: Option<String>,
}

/// Something done to one stack in the world. The stack is out of the world's shelf meanwhile.
struct Machine<'a> {
    world: &'a mut World,
    stack: &'a mut Stack,
    operation: Operation,
}

/// Whether something is due for this stack.
pub fn is_due(stack: &Stack, now: Timestamp) -> bool {
    stack.operation.as_ref().is_some_and(|operation| {
        operation.run.is_over()
            || operation.pending.values().any(|pending| pending.shift.is_some())
            || operation.run.due(now).is_some()
            || operation.deadline.is_some_and(|deadline| deadline <= now)
    })
}

/// Plays all that was due until now, for every stack.
pub fn advance_all(world: &mut World, now: Timestamp) {
    let due: Vec<String> =
        world.stacks.iter().filter(|(_, stack)| is_due(stack, now)).map(|(id, _)| id.clone()).collect();
    for id in due {
        if let Some(mut stack) = world.stacks.remove(&id) {
            advance(world, &mut stack, now);
            world.stacks.put(id, stack);
        }
    }
}

/// Plays all that was due until now.
pub fn advance(world: &mut World, stack: &mut Stack, now: Timestamp) {
    while let Some(operation) = stack.operation.take() {
        let mut machine = Machine { world, stack, operation };
        match machine.step(now) {
            Next::Again => stack.operation = Some(machine.operation),
            Next::Wait => {
                stack.operation = Some(machine.operation);
                return;
            }
            Next::Finished => {}
        }
    }
}

/// What follows a step.
enum Next {
    /// Another step.
    Again,
    /// Nothing is due.
    Wait,
    /// The operation is over.
    Finished,
}

impl Machine<'_> {
    fn step(&mut self, now: Timestamp) -> Next {
        let deadline = self.operation.deadline.filter(|deadline| *deadline <= now);
        let until = deadline.map_or(now, |deadline| deadline.min(now));
        self.stop_shifts(until);
        match self.operation.run.due(until) {
            Some(Due::Begin { step, at }) => {
                match self.operation.phase {
                    Phase::Deploy => self.begin_deploy(&step, at),
                    Phase::Restore => self.begin_restore(&step, at),
                    Phase::Cleanup => self.begin_cleanup(&step, at),
                    Phase::Delete => self.begin_delete(&step, at),
                }
                Next::Again
            }
            Some(Due::End { step, at }) => {
                match self.operation.phase {
                    Phase::Deploy => self.end_deploy(&step, at),
                    Phase::Restore => self.end_restore(&step, at),
                    Phase::Cleanup => self.end_cleanup(&step, at),
                    Phase::Delete => self.end_delete(&step, at),
                }
                Next::Again
            }
            None if self.operation.run.is_over() => {
                let at = self.operation.run.ended();
                match self.operation.phase {
                    Phase::Deploy => self.after_deploy(at),
                    Phase::Restore => self.after_restore(at),
                    Phase::Cleanup => self.after_cleanup(at),
                    Phase::Delete => self.after_delete(at),
                }
            }
            None => match deadline {
                Some(at) => {
                    self.operation.deadline = None;
                    self.stop(at);
                    self.fail_deploy(at, "Stack creation time exceeded the specified timeout.".to_owned())
                }
                None => Next::Wait,
            },
        }
    }

    fn subject(&self, logical_id: &str, kind: &str) -> Subject {
        Subject {
            kind: kind.to_owned(),
            place: self.stack.place.clone(),
            stack_id: self.stack.id.clone(),
            stack_name: self.stack.name.clone(),
            logical_id: logical_id.to_owned(),
        }
    }

    /// When a step that begins at `at` ends. A step that will fail does so as soon as its service has answered.
    fn end_of(
        &self,
        at: Timestamp,
        logical_id: &str,
        kind: &str,
        action: Action,
        properties: &Map<String, Value>,
        doomed: bool,
    ) -> Timestamp {
        /// Seconds until a service refuses.
        const REFUSAL: f64 = 2.0;
        let scripted = self.world.faults.seconds(&self.stack.name, logical_id);
        let waits = kind == "AWS::CloudFormation::WaitCondition" && action == Action::Create;
        let usual = lifecycle::seconds(kind, action, properties);
        let seconds = match scripted {
            Some(seconds) => seconds,
            None if waits => usual,
            None if doomed => usual.min(REFUSAL) * self.world.pace,
            None => usual * self.world.pace,
        };
        at + SignedDuration::from_millis(milliseconds(seconds))
    }

    /// Marks what an execution of a change set came to.
    fn settle_change_set(&mut self, outcome: ExecutionStatus) {
        for change_set in &mut self.stack.change_sets {
            if change_set.execution == ExecutionStatus::ExecuteInProgress {
                change_set.execution = outcome;
            }
        }
    }

    /// Enters another phase.
    fn enter_phase(&mut self, phase: Phase, run: Run) -> Next {
        self.operation.phase = phase;
        self.operation.run = run;
        self.operation.pending.clear();
        self.operation.failed.clear();
        Next::Again
    }

    /// The operation ends in this state.
    fn finish(&mut self, at: Timestamp, status: StackStatus, reason: Option<String>) -> Next {
        self.stack.enter(&mut self.world.ids, at, status, reason);
        Next::Finished
    }

    /// `The following resource(s) failed to create: [A]. The following resource(s) failed to update: [B]. `
    fn failure_reason(&self) -> String {
        let mut reason = String::new();
        for (action, verb) in [(Action::Create, "create"), (Action::Update, "update"), (Action::Delete, "delete")] {
            let names: Vec<&str> = self
                .operation
                .failed
                .iter()
                .filter(|(_, failed)| *failed == action)
                .map(|(name, _)| name.as_str())
                .collect();
            if !names.is_empty() {
                reason.push_str(&format!("The following resource(s) failed to {verb}: [{}]. ", names.join(", ")));
            }
        }
        reason
    }
}

/// A signal to a wait condition: with enough of them it ends at once, with a failure it fails at once.
pub fn signal(stack: &mut Stack, logical_id: &str, success: bool, now: Timestamp) {
    let count = stack.signals.entry(logical_id.to_owned()).or_default();
    if success {
        *count += 1;
    }
    let count = *count;
    let Some(operation) = &mut stack.operation else { return };
    let Some(pending) = operation.pending.get_mut(logical_id) else { return };
    if !success {
        pending.doom = Some("WaitCondition received failed message".to_owned());
    }
    if !success || count >= wanted_signals(&pending.properties) {
        operation.run.reschedule(logical_id, now);
    }
}

/// How many signals a wait condition waits for.
fn wanted_signals(properties: &Map<String, Value>) -> u64 {
    properties
        .get("Count")
        .and_then(|count| count.as_str().map_or(count.as_u64(), |text| text.parse().ok()))
        .unwrap_or(1)
}

/// Seconds as whole milliseconds; nothing below zero and nothing beyond a year.
pub fn milliseconds(seconds: f64) -> i64 {
    const YEAR: f64 = 31_536_000.0;
    #[expect(clippy::cast_possible_truncation, reason = "clamped to a year")]
    let whole = (seconds.clamp(0.0, YEAR) * 1000.0) as i64;
    whole
}
