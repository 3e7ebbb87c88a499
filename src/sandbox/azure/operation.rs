//! Operations on stacks: deploying, deleting what left the template, deleting the stack, in simulated time.
//!
//! Nothing happens between two looks: [`advance_all`] plays all that was due since the last one, so an operation goes on while nobody
//! looks, and after a restart it is as far as it would have been.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::container_registry;
use super::error::ArmError;
use super::identifier::{Identifier, folded};
use super::resources::{self, runtime};
use super::stack::{ArmStack, Deployment, Managed, Record, State, Unmanage};
use super::template::{Template, Wanted};
use super::types;
use super::vaults;
use crate::sandbox::engine::inventory::Owner;
use crate::sandbox::engine::order::{Dependencies, restricted, reversed};
use crate::sandbox::engine::run::{Due, Run};
use crate::sandbox::faults::Moment;
use crate::sandbox::world::World;

/// What is being done to a stack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// Its identity.
    pub id: String,
    phase: Phase,
    run: Run,
    /// What is deployed; none for a deletion.
    template: Option<Box<Template>>,
    unmanage: Unmanage,
    /// What the steps under way are about to do.
    pending: BTreeMap<String, Pending>,
    /// What the template has, by folded identifier.
    reached: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Phase {
    Deploy,
    Remove,
    Delete,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Pending {
    id: Option<String>,
    body: Map<String, Value>,
    doom: Option<ArmError>,
}

/// What a client that waits for an operation is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ticket {
    /// The operation's identity.
    pub id: String,
    /// When it is over, where that is known.
    pub until: Option<Timestamp>,
    /// Whether it is over.
    pub over: bool,
    /// Why it failed.
    pub error: Option<ArmError>,
}

/// Starts deploying a template onto a stack.
pub fn deploy(world: &mut World, stack: &mut ArmStack, template: Template, unmanage: Unmanage, now: Timestamp) {
    let steps = template.steps.iter().map(|(key, step)| (key.clone(), step.after.clone())).collect();
    let id = ticket(world);
    let digits = world.ids.hex(5);
    let name = format!("{}-{}{digits}", stack.name, now.strftime("%y%m%d%H%M%S"));
    stack.deployment = Some(Deployment { name, records: BTreeMap::new() });
    stack.given = template.given();
    begin(stack, State::Deploying, now);
    stack.operation = Some(Operation {
        id,
        phase: Phase::Deploy,
        run: Run::new(now, steps),
        template: Some(Box::new(template)),
        unmanage,
        pending: BTreeMap::new(),
        reached: BTreeSet::new(),
    });
}

/// Starts deleting a stack.
pub fn delete(world: &mut World, stack: &mut ArmStack, unmanage: Unmanage, now: Timestamp) {
    let id = ticket(world);
    begin(stack, State::Deleting, now);
    stack.deployment = None;
    let run = Run::new(now, removals(stack, &stack.resources.keys().cloned().collect()));
    stack.operation = Some(Operation {
        id,
        phase: Phase::Delete,
        run,
        template: None,
        unmanage,
        pending: BTreeMap::new(),
        reached: BTreeSet::new(),
    });
}

fn begin(stack: &mut ArmStack, state: State, now: Timestamp) {
    stack.state = state;
    stack.modified = now;
    stack.ended = None;
    stack.error = None;
    stack.deleted.clear();
    stack.detached.clear();
    stack.failed.clear();
}

fn ticket(world: &mut World) -> String {
    let id = world.ids.uuid();
    world.arm_tickets.put(id.clone(), Ticket { id: id.clone(), until: None, over: false, error: None });
    id
}

/// Who waits for whom when these go: what was made later goes first, and what is a part of something before that.
fn removals(stack: &ArmStack, going: &BTreeSet<String>) -> Dependencies {
    let mut waits: Dependencies =
        stack.resources.iter().map(|(id, managed)| (id.clone(), managed.after.clone())).collect();
    let ids: Vec<String> = waits.keys().cloned().collect();
    for (id, after) in &mut waits {
        after.extend(ids.iter().filter(|other| id.starts_with(&format!("{other}/"))).cloned());
    }
    reversed(&restricted(&waits, going))
}

/// Plays all that was due until now, for every stack.
pub fn advance_all(world: &mut World, now: Timestamp) {
    let is_due =
        |stack: &ArmStack| stack.operation.as_ref().is_some_and(|one| one.run.is_over() || one.run.due(now).is_some());
    let due: Vec<String> =
        world.arm_stacks.iter().filter(|(_, stack)| is_due(stack)).map(|(id, _)| id.clone()).collect();
    for id in due {
        let Some(mut stack) = world.arm_stacks.remove(&id) else { continue };
        let mut there = true;
        while let Some(operation) = stack.operation.take() {
            let mut machine = Machine { world, stack: &mut stack, operation };
            match machine.step(now) {
                Next::Again => stack.operation = Some(machine.operation),
                Next::Wait => {
                    stack.operation = Some(machine.operation);
                    break;
                }
                Next::Finished => {}
                Next::Gone => there = false,
            }
        }
        if there {
            world.arm_stacks.put(id, stack);
        }
    }
}

enum Next {
    Again,
    Wait,
    Finished,
    Gone,
}

struct Machine<'a> {
    world: &'a mut World,
    stack: &'a mut ArmStack,
    operation: Operation,
}

impl Machine<'_> {
    fn step(&mut self, now: Timestamp) -> Next {
        let deploys = self.operation.phase == Phase::Deploy;
        match self.operation.run.due(now) {
            Some(Due::Begin { step, at }) if deploys => self.begin_deploy(&step, at),
            Some(Due::Begin { step, at }) => self.begin_removal(&step, at),
            Some(Due::End { step, at }) if deploys => self.end_deploy(&step, at),
            Some(Due::End { step, at }) => self.end_removal(&step, at),
            None if self.operation.run.is_over() => return self.after(),
            None => return Next::Wait,
        }
        Next::Again
    }

    fn lasts(&self, id: &str, at: Timestamp, usual: f64, doomed: bool) -> Timestamp {
        /// Seconds until a service refuses.
        const REFUSAL: f64 = 2.0;
        let scripted = self.world.faults.seconds(&self.stack.name, &ArmStack::label(id));
        let usual = if doomed { usual.min(REFUSAL) } else { usual };
        let seconds = scripted.unwrap_or(usual * self.world.pace).clamp(0.0, 31_536_000.0);
        #[expect(clippy::cast_possible_truncation, reason = "clamped to a year")]
        let milliseconds = (seconds * 1000.0) as i64;
        at + SignedDuration::from_millis(milliseconds)
    }

    fn begin_deploy(&mut self, key: &str, at: Timestamp) {
        let Some(step) = self.operation.template.as_ref().and_then(|template| template.steps.get(key)).cloned() else {
            return self.operation.run.done(key, at);
        };
        let found = self.operation.template.as_ref().map(|template| template.wanted(&step, &runtime(self.world)));
        let found = found.unwrap_or(Ok(None));
        let absent = || {
            let message = format!(
                "The template reference '{key}' is not valid: a resource that it refers to could not be found."
            );
            ArmError::new(404, "ResourceNotFound", message)
        };
        let (id, body, mut doom) = match found {
            Ok(Some(Wanted { id, body, whole })) => (Some(id), body, (!whole).then(absent)),
            Ok(None) => (None, Map::new(), Some(absent())),
            Err(error) => (None, Map::new(), Some(error)),
        };
        let read = id.as_deref().and_then(Identifier::read);
        let mut usual = types::seconds(&step.kind);
        if let Some(read) = &read {
            let before = self.world.resources.get(&resources::key(read));
            let moment = if before.is_some() { Moment::Update } else { Moment::Create };
            if let Some(before) = before {
                usual = if before.properties == body { 1.0 } else { usual / 3.0 };
            }
            doom = doom.or_else(|| resources::refused(self.world, read, &step.api, &body));
            // What else is said, is said before anything is deployed; that an image is missing, only now.
            doom = doom.or_else(|| container_registry::unfit(self.world, &read.kind, &body));
            doom = doom.or_else(|| vaults::unfit(self.world, &read.kind, &body));
            let scripted = || self.world.faults.on_resource(&self.stack.name, &read.label(), moment);
            doom = doom.or_else(scripted_error(scripted));
        }
        let until = self.lasts(id.as_deref().unwrap_or(key), at, usual, doom.is_some());
        let record = Record {
            id: id.clone(),
            kind: step.kind.clone(),
            nested: step.nested.clone(),
            began: at,
            ended: None,
            error: None,
        };
        if let Some(deployment) = &mut self.stack.deployment {
            deployment.records.insert(key.to_owned(), record);
        }
        self.operation.pending.insert(key.to_owned(), Pending { id, body, doom });
        self.operation.run.begun(key, until);
    }

    fn end_deploy(&mut self, key: &str, at: Timestamp) {
        let Some(Pending { id, body, doom }) = self.operation.pending.remove(key) else {
            return self.operation.run.done(key, at);
        };
        if let Some(record) = self.stack.deployment.as_mut().and_then(|one| one.records.get_mut(key)) {
            record.ended = Some(at);
            record.error.clone_from(&doom);
        }
        match (id.as_deref().and_then(Identifier::read), doom) {
            (Some(id), None) => {
                let owner = Owner { stack: self.stack.id.clone(), logical_id: id.label() };
                resources::put(self.world, &id, body, Some(owner), at);
                let template = self.operation.template.as_ref();
                let step = template.and_then(|template| template.steps.get(key));
                let deployment = self.stack.deployment.as_ref();
                let made = |key: &String| Some(folded(deployment?.records.get(key)?.id.as_ref()?));
                let managed = Managed {
                    id: id.text.clone(),
                    api: step.map(|step| step.api.clone()).unwrap_or_default(),
                    after: step.iter().flat_map(|step| step.after.iter()).filter_map(made).collect(),
                    delete_failed: false,
                };
                self.operation.reached.insert(folded(&id.text));
                self.stack.resources.insert(folded(&id.text), managed);
                self.operation.run.done(key, at);
            }
            (_, doom) => {
                let error = doom.unwrap_or_else(|| ArmError::template("an identifier can't be read"));
                self.stack.failed.push((id.unwrap_or_else(|| key.to_owned()), error));
                self.operation.run.failed(key, at);
            }
        }
    }

    fn begin_removal(&mut self, key: &str, at: Timestamp) {
        let Some(managed) = self.stack.resources.get(key).cloned() else {
            return self.operation.run.done(key, at);
        };
        let read = Identifier::read(&managed.id);
        let kind = read.as_ref().map(|read| read.kind.clone()).unwrap_or_default();
        let there = resources::find(self.world, &managed.id).is_some();
        let mut doom = None;
        if there && self.operation.unmanage.delete && !types::stays(&kind) {
            let label = ArmStack::label(&managed.id);
            let name = self.stack.name.clone();
            doom = resources::locked(self.world, &managed.id);
            let scripted = || self.world.faults.on_resource(&name, &label, Moment::Delete);
            doom = doom.or_else(scripted_error(scripted));
        } else if there && self.operation.unmanage.delete && !self.operation.unmanage.detach_undeletable {
            let message = format!("The resource type '{kind}' does not support delete.");
            doom = Some(ArmError::new(400, "ResourceTypeDoesNotSupportDelete", message));
        }
        let works = there && self.operation.unmanage.delete && !types::stays(&kind);
        let usual = if works { types::seconds(&kind) / 2.0 } else { 0.0 };
        let until = self.lasts(&managed.id, at, usual, doom.is_some());
        self.operation.pending.insert(key.to_owned(), Pending { id: Some(managed.id), body: Map::new(), doom });
        self.operation.run.begun(key, until);
    }

    fn end_removal(&mut self, key: &str, at: Timestamp) {
        let pending = self.operation.pending.remove(key);
        let (Some(Pending { doom, .. }), Some(managed)) = (pending, self.stack.resources.get(key).cloned()) else {
            return self.operation.run.done(key, at);
        };
        if let Some(error) = doom {
            if let Some(managed) = self.stack.resources.get_mut(key) {
                managed.delete_failed = true;
            }
            self.stack.failed.push((managed.id, error));
            return self.operation.run.failed(key, at);
        }
        self.stack.resources.remove(key);
        if let Some(id) = Identifier::read(&managed.id) {
            if self.operation.unmanage.delete && !types::stays(&id.kind) {
                resources::remove(self.world, &id);
                self.stack.deleted.push(managed.id);
            } else {
                if let Some(left) = self.world.resources.edit(&resources::key(&id)) {
                    left.owner = None;
                }
                self.stack.detached.push(managed.id);
            }
        }
        self.operation.run.done(key, at);
    }

    /// What follows when all steps of a phase are over.
    fn after(&mut self) -> Next {
        let at = self.operation.run.ended();
        let failed = !self.stack.failed.is_empty();
        match self.operation.phase {
            Phase::Deploy if failed => {
                let details: Vec<ArmError> = self.stack.failed.iter().map(|(_, error)| error.clone()).collect();
                let message = "At least one resource deployment operation failed. Please list deployment operations for details. Please see https://aka.ms/arm-deployment-operations for usage details.";
                let deployment = ArmError::new(409, "DeploymentFailed", message).because(details);
                self.fail(
                    at,
                    "DeploymentStackDeploymentFailed",
                    "One or more resources could not be deployed.",
                    vec![deployment],
                )
            }
            Phase::Deploy => {
                let gone: BTreeSet<String> =
                    self.stack.resources.keys().filter(|id| !self.operation.reached.contains(*id)).cloned().collect();
                self.operation.phase = Phase::Remove;
                self.operation.run = Run::new(at, removals(self.stack, &gone));
                if !gone.is_empty() {
                    self.stack.state = State::DeletingResources;
                }
                Next::Again
            }
            Phase::Remove | Phase::Delete if failed => {
                let details: Vec<ArmError> = self.stack.failed.iter().map(|(_, error)| error.clone()).collect();
                self.fail(
                    at,
                    "DeploymentStackDeleteResourcesFailed",
                    "One or more resources could not be deleted. Correlation id: none.",
                    details,
                )
            }
            Phase::Remove => {
                let outputs = self.operation.template.as_ref().map(|template| template.outputs(&runtime(self.world)));
                match outputs.unwrap_or_else(|| Ok(Map::new())) {
                    Ok(outputs) => {
                        self.stack.outputs = outputs;
                        self.end(at, State::Succeeded);
                        Next::Finished
                    }
                    Err(error) => self.fail(
                        at,
                        "DeploymentStackDeploymentFailed",
                        "The outputs could not be evaluated.",
                        vec![error],
                    ),
                }
            }
            Phase::Delete => {
                // What is laid over a stack goes with it.
                if let Some(id) = Identifier::read(&self.stack.id) {
                    resources::remove(self.world, &id);
                }
                self.end(at, State::Succeeded);
                Next::Gone
            }
        }
    }

    fn fail(&mut self, at: Timestamp, code: &str, message: &str, details: Vec<ArmError>) -> Next {
        let stage = ArmError::new(409, code, message).because(details);
        self.stack.error = Some(stage);
        self.end(at, State::Failed);
        Next::Finished
    }

    fn end(&mut self, at: Timestamp, state: State) {
        self.stack.state = state;
        self.stack.ended = Some(at);
        if let Some(ticket) = self.world.arm_tickets.edit(&self.operation.id) {
            ticket.over = true;
            ticket.error.clone_from(&self.stack.error);
        }
    }
}

/// A failure that a test asks for, in the words of a service that fails.
fn scripted_error(scripted: impl FnOnce() -> Option<String>) -> impl FnOnce() -> Option<ArmError> {
    || scripted().map(|message| ArmError::new(500, "InternalServerError", message))
}

/// The status of an operation, as those who wait for it are told.
pub fn status(ticket: &Ticket, address: &str, now: Timestamp) -> Value {
    let over = ticket.over || ticket.until.is_some_and(|until| until <= now);
    let word = match (over, &ticket.error) {
        (false, _) => "Running",
        (true, None) => "Succeeded",
        (true, Some(_)) => "Failed",
    };
    let mut status = json!({ "id": address, "name": ticket.id, "status": word });
    if let (true, Some(error)) = (over, &ticket.error) {
        status["error"] = error.to_json();
    }
    status
}
