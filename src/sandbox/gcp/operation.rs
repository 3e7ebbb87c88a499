//! Applying revisions and deleting deployments, in simulated time.
//!
//! Nothing happens between two looks: [`advance_all`] plays all that was due since the last one, so an operation goes on while nobody
//! looks, and after a restart it is as far as it would have been.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::artifact_registry;
use super::configuration::{Configuration, Failure};
use super::deployment::{Deployment, Part, Revision, Standing};
use super::error::GoogleError;
use super::long_running::{self, Outcome};
use super::plan::{Intent, Managed, Planned, State, bare, known, plan, plan_of_deletion};
use super::types::{self, Home};
use super::{placement, replica, revisions, source};
use crate::clouds::gcp::provider;
use crate::sandbox::engine::inventory::{self, Owner, Physical, Place};
use crate::sandbox::engine::order::Dependencies;
use crate::sandbox::engine::run::{Due, Run};
use crate::sandbox::faults::Moment;
use crate::sandbox::registry::content;
use crate::sandbox::world::World;

/// Seconds that Infrastructure Manager takes before Terraform begins: fetching, `init`, `plan`. Ours.
const BEFORE: f64 = 20.0;

/// The step that all others wait for.
const FIRST: &str = "";

/// What is being done to a deployment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Work {
    /// The operation's name.
    pub operation: String,
    deletes: bool,
    run: Run,
    configuration: Option<Box<Configuration>>,
    /// What kept Terraform from beginning.
    refused: Vec<Failure>,
    steps: BTreeMap<String, Step>,
    pending: BTreeMap<String, Pending>,
}

/// A step: `-address` for what goes, `+address` for what comes or changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Step {
    address: String,
    goes: bool,
    intent: Intent,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Pending {
    given: Map<String, Value>,
    doom: Option<Failure>,
}

/// Begins to apply what a deployment's settings say.
pub fn apply(world: &World, deployment: &mut Deployment, operation: String, now: Timestamp) {
    let blueprint = deployment.settings.blueprint.clone();
    let read = source::configuration(world, &deployment.address.project, &blueprint);
    let planned = read.and_then(|read| plan(world, &deployment.resources, &read).map(|steps| (read, steps)));
    let (configuration, planned, refused) = match planned {
        Ok((read, steps)) => (Some(Box::new(read)), steps, Vec::new()),
        Err(failures) => (None, Vec::new(), failures),
    };
    if refused.is_empty() {
        // What was deleted by hand leaves the state before anything is planned.
        deployment.resources.retain(|_, managed| world.resources.get(&managed.key).is_some());
        // What is as the configuration wants it counts as applied, whoever made it so.
        for one in planned.iter().filter(|one| one.intent == Intent::Unchanged) {
            let Some(managed) = deployment.resources.get_mut(&one.address) else { continue };
            if let Some(there) = world.resources.get(&managed.key) {
                managed.applied.clone_from(&there.properties);
            }
        }
    }
    let (action, standing) = match deployment.revisions.is_empty() {
        true => ("CREATE", Standing::Creating),
        false => ("UPDATE", Standing::Updating),
    };
    begin(deployment, action, standing, blueprint, &planned, now);
    let (run, steps) = run(&planned, &deployment.resources, now);
    deployment.work =
        Some(Work { operation, deletes: false, run, configuration, refused, steps, pending: BTreeMap::new() });
}

/// Begins to delete a deployment with all that it manages.
pub fn delete(world: &World, deployment: &mut Deployment, operation: String, now: Timestamp) {
    let (planned, refused) = match plan_of_deletion(world, &deployment.resources) {
        Ok(planned) => (planned, Vec::new()),
        Err(failures) => (Vec::new(), failures),
    };
    let blueprint = deployment.settings.blueprint.clone();
    begin(deployment, "DELETE", Standing::Deleting, blueprint, &planned, now);
    let (run, steps) = run(&planned, &deployment.resources, now);
    deployment.work =
        Some(Work { operation, deletes: true, run, configuration: None, refused, steps, pending: BTreeMap::new() });
}

fn begin(
    deployment: &mut Deployment,
    action: &str,
    standing: Standing,
    blueprint: Value,
    planned: &[Planned],
    now: Timestamp,
) {
    let part = |one: &Planned| Part {
        kind: one.kind.clone(),
        intent: one.intent,
        state: if one.intent == Intent::Unchanged { "RECONCILED" } else { "PLANNED" }.to_owned(),
        id: one.id.clone(),
    };
    deployment.standing = standing;
    deployment.updated = now;
    deployment.error = None;
    deployment.failures.clear();
    deployment.revisions.push(Revision {
        number: deployment.revisions.len(),
        action: action.to_owned(),
        state: "APPLYING".to_owned(),
        blueprint,
        created: now,
        updated: now,
        failures: Vec::new(),
        outputs: Map::new(),
        parts: planned.iter().map(|one| (one.address.clone(), part(one))).collect(),
    });
}

/// The steps of a plan, and who waits for whom: what comes waits for what it is made after; what goes waits for what was made after it,
/// to go or to do without it (Terraform documentation, "Resource graph").
fn run(planned: &[Planned], state: &State, now: Timestamp) -> (Run, BTreeMap<String, Step>) {
    let intents: BTreeMap<&str, Intent> = planned.iter().map(|one| (one.address.as_str(), one.intent)).collect();
    let comes = |intent: &Intent| matches!(intent, Intent::Create | Intent::Update | Intent::Recreate);
    let goes = |intent: &Intent| matches!(intent, Intent::Delete | Intent::Recreate);
    let mut steps = BTreeMap::new();
    let mut waits: Dependencies = BTreeMap::from([(FIRST.to_owned(), BTreeSet::new())]);
    for one in planned {
        let step = |goes| Step { address: one.address.clone(), goes, intent: one.intent };
        if comes(&one.intent) {
            let mut after: BTreeSet<String> = one.after.iter().map(|first| format!("+{first}")).collect();
            after.insert(FIRST.to_owned());
            if one.intent == Intent::Recreate {
                after.insert(format!("-{}", one.address));
            }
            steps.insert(format!("+{}", one.address), step(false));
            waits.insert(format!("+{}", one.address), after);
        }
        if goes(&one.intent) {
            let mut after = BTreeSet::from([FIRST.to_owned()]);
            for (address, managed) in state.iter().filter(|(_, managed)| managed.after.contains(&one.address)) {
                if managed.kind.is_empty() {
                    continue;
                }
                match intents.get(address.as_str()) {
                    Some(intent) if goes(intent) => drop(after.insert(format!("-{address}"))),
                    // It stops using what goes, before that goes.
                    Some(Intent::Update) if one.intent == Intent::Delete => drop(after.insert(format!("+{address}"))),
                    Some(_) | None => {}
                }
            }
            steps.insert(format!("-{}", one.address), step(true));
            waits.insert(format!("-{}", one.address), after);
        }
    }
    (Run::new(now, waits), steps)
}

/// Plays all that was due until now, for every deployment.
pub fn advance_all(world: &mut World, now: Timestamp) {
    let is_due = |deployment: &Deployment| {
        deployment.work.as_ref().is_some_and(|work| work.run.is_over() || work.run.due(now).is_some())
    };
    let due: Vec<String> =
        world.gcp_deployments.iter().filter(|(_, one)| is_due(one)).map(|(name, _)| name.clone()).collect();
    for name in due {
        let Some(mut deployment) = world.gcp_deployments.remove(&name) else { continue };
        let mut there = true;
        while let Some(work) = deployment.work.take() {
            let mut machine = Machine { world, deployment: &mut deployment, work };
            match machine.step(now) {
                Next::Again => deployment.work = Some(machine.work),
                Next::Wait => {
                    deployment.work = Some(machine.work);
                    break;
                }
                Next::Finished => {}
                Next::Gone => there = false,
            }
        }
        if there {
            world.gcp_deployments.put(name, deployment);
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
    deployment: &'a mut Deployment,
    work: Work,
}

impl Machine<'_> {
    fn step(&mut self, now: Timestamp) -> Next {
        match self.work.run.due(now) {
            Some(Due::Begin { step, at }) if step == FIRST => {
                let until = later(at, BEFORE * self.world.pace);
                self.work.run.begun(FIRST, until);
            }
            Some(Due::End { step, at }) if step == FIRST => self.work.run.done(FIRST, at),
            Some(Due::Begin { step, at }) => match self.work.steps.get(&step).cloned() {
                Some(what) if what.goes => self.begin_removal(&step, &what, at),
                Some(what) => self.begin_making(&step, &what, at),
                None => self.work.run.done(&step, at),
            },
            Some(Due::End { step, at }) => match self.work.steps.get(&step).cloned() {
                Some(what) if what.goes => self.end_removal(&step, &what, at),
                Some(what) => self.end_making(&step, &what, at),
                None => self.work.run.done(&step, at),
            },
            None if self.work.run.is_over() => return self.after(),
            None => return Next::Wait,
        }
        Next::Again
    }

    fn lasts(&self, resource: &str, at: Timestamp, usual: f64, doomed: bool) -> Timestamp {
        /// Seconds until a service refuses.
        const REFUSAL: f64 = 2.0;
        let scripted = self.world.faults.seconds(&self.deployment.address.name, resource);
        let usual = if doomed { usual.min(REFUSAL) } else { usual };
        later(at, scripted.unwrap_or(usual * self.world.pace))
    }

    fn newest(&mut self) -> Option<&mut Revision> {
        self.deployment.revisions.last_mut()
    }

    fn mark(&mut self, address: &str, state: &str, id: Option<String>, at: Timestamp) {
        let Some(revision) = self.newest() else { return };
        revision.updated = at;
        if let Some(part) = revision.parts.get_mut(address) {
            state.clone_into(&mut part.state);
            if let Some(id) = id {
                part.id = id;
            }
        }
    }

    fn begin_making(&mut self, key: &str, step: &Step, at: Timestamp) {
        let address = step.address.clone();
        let resource = bare(&address).to_owned();
        let (given, mut doom) = self.worked_out(&address);
        let kind = resource.split('.').next().unwrap_or_default().to_owned();
        let moment = if step.intent == Intent::Create { Moment::Create } else { Moment::Update };
        let scripted = self.world.faults.on_resource(&self.deployment.address.name, &resource, moment);
        let scripted = scripted.map(|message| Failure { address: address.clone(), status: 500, description: message });
        doom = doom.or(scripted);
        if step.intent != Intent::Update && doom.is_none() {
            doom = self.conflict(&address, &kind, &given);
        }
        if doom.is_none() {
            let project = &self.deployment.address.project;
            doom = artifact_registry::unfit(self.world, &kind, &given, project)
                .or_else(|| replica::unfit(self.world, &kind, &given, project))
                .or_else(|| placement::unfit(&kind, &given, project))
                .map(|why| Failure::new(&address, why));
        }
        let usual = types::seconds(&kind) / if step.intent == Intent::Update { 3.0 } else { 1.0 };
        let until = self.lasts(&resource, at, usual, doom.is_some());
        self.mark(&address, "IN_PROGRESS", None, at);
        self.work.pending.insert(key.to_owned(), Pending { given, doom });
        self.work.run.begun(key, until);
    }

    /// The arguments of a resource with all that is known now.
    fn worked_out(&self, address: &str) -> (Map<String, Value>, Option<Failure>) {
        let resource = bare(address);
        let found = self.work.configuration.as_ref().and_then(|all| Some((all, all.resources.get(resource)?)));
        let Some((configuration, block)) = found else {
            return (Map::new(), Some(Failure::new(address, "the configuration has no such resource")));
        };
        let known = known(self.world, &self.deployment.resources);
        match configuration.value(&Value::Object(block.arguments.clone()), &known) {
            Ok(given) => {
                let given = given.as_object().cloned().unwrap_or_default();
                let wrong = provider::find(&block.kind).map(|known| provider::check(known, &given)).unwrap_or_default();
                let doom = wrong.first().map(|problem| Failure::new(address, problem.clone()));
                (given, doom)
            }
            Err(error) => (Map::new(), Some(Failure::new(address, error.to_string()))),
        }
    }

    fn home(&self) -> (String, String) {
        let all = self.work.configuration.as_ref();
        all.map(|all| (all.project.clone(), all.region.clone())).unwrap_or_default()
    }

    fn key_of(&self, kind: &str, given: &Map<String, Value>, made_up: &str) -> (String, Place, String) {
        let (project, region) = self.home();
        let home = Home { project: &project, region: &region };
        let id = types::identifier(kind, given, home, made_up);
        let place = Place { account: types::project(given, home).to_owned(), region: "global".to_owned() };
        (inventory::key(&place, kind, &id), place, id)
    }

    /// Why a resource can't be made: another has its name.
    fn conflict(&self, address: &str, kind: &str, given: &Map<String, Value>) -> Option<Failure> {
        let (key, ..) = self.key_of(kind, given, "-");
        let own = self.deployment.resources.get(address).is_some_and(|managed| managed.key == key);
        if own || types::is_shared(kind) || self.world.resources.get(&key).is_none() {
            return None;
        }
        let description =
            format!("Error creating {kind}: googleapi: Error 409: Resource already exists, alreadyExists");
        Some(Failure { address: address.to_owned(), status: 409, description })
    }

    fn end_making(&mut self, key: &str, step: &Step, at: Timestamp) {
        let Some(Pending { given, doom }) = self.work.pending.remove(key) else {
            return self.work.run.done(key, at);
        };
        let address = step.address.as_str();
        if let Some(failure) = doom {
            return self.fail(key, address, failure, at);
        }
        let resource = bare(address).to_owned();
        let kind = resource.split('.').next().unwrap_or_default().to_owned();
        let digits = self.world.ids.below(1_000_000_000_000).to_string();
        let (mut new_key, place, mut id) = self.key_of(&kind, &given, &digits);
        // What is changed where it is keeps its name.
        let managed = self.deployment.resources.get(address).filter(|_| step.intent == Intent::Update);
        let before = managed.and_then(|managed| self.world.resources.get(&managed.key)).cloned();
        if let (Some(managed), Some(before)) = (managed, &before) {
            new_key.clone_from(&managed.key);
            id.clone_from(&before.id);
        }
        let (project, region) = self.home();
        let home = Home { project: &project, region: &region };
        let mut attributes = types::made_up(&kind, &id, &given, home);
        if let Some(before) = &before {
            // What the sandbox remembers of it, stays with it.
            let stays = |name: &str| attributes.contains_key(name) || name.starts_with('(');
            let kept = before.attributes.iter().filter(|(name, _)| stays(name));
            let kept: Vec<_> = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
            attributes.extend(kept);
        }
        let there = self.world.resources.get(&new_key);
        let owner = Owner { stack: self.deployment.address.deployment(), logical_id: resource.clone() };
        let owner = there.filter(|_| types::is_shared(&kind)).and_then(|there| there.owner.clone()).unwrap_or(owner);
        let physical = Physical {
            kind: kind.clone(),
            id: id.clone(),
            place,
            properties: given.clone(),
            attributes,
            owner: Some(owner),
            created: there.map_or(at, |there| there.created),
            updated: at,
        };
        self.world.resources.put(new_key.clone(), physical);
        revisions::follow(self.world, &new_key, at);
        let configuration = self.work.configuration.as_ref();
        let block = configuration.and_then(|all| all.resources.get(&resource));
        let first = block.map(|block| block.after.clone()).unwrap_or_default();
        let after = self.deployment.resources.keys().filter(|one| first.contains(bare(one))).cloned().collect();
        let prevent_destroy = block.is_some_and(|block| block.prevent_destroy);
        let managed = Managed { kind, key: new_key, applied: given, after, prevent_destroy };
        self.deployment.resources.insert(address.to_owned(), managed);
        self.mark(address, "RECONCILED", Some(id), at);
        self.work.run.done(key, at);
    }

    fn begin_removal(&mut self, key: &str, step: &Step, at: Timestamp) {
        let resource = bare(&step.address).to_owned();
        let managed = self.deployment.resources.get(&step.address);
        let there = managed.and_then(|managed| self.world.resources.get(&managed.key)).cloned();
        let kind = resource.split('.').next().unwrap_or_default().to_owned();
        let refused = there.as_ref().and_then(|there| types::protected(&kind, &there.properties));
        let refused = refused.map(|description| Failure::new(&step.address, description));
        let scripted = self.world.faults.on_resource(&self.deployment.address.name, &resource, Moment::Delete);
        let scripted = scripted.map(|description| Failure { address: step.address.clone(), status: 500, description });
        let doom = refused.or(scripted);
        let usual = if there.is_some() { types::seconds(&kind) / 2.0 } else { 0.0 };
        let until = self.lasts(&resource, at, usual, doom.is_some());
        self.mark(&step.address, "IN_PROGRESS", None, at);
        self.work.pending.insert(key.to_owned(), Pending { given: Map::new(), doom });
        self.work.run.begun(key, until);
    }

    fn end_removal(&mut self, key: &str, step: &Step, at: Timestamp) {
        let doom = self.work.pending.remove(key).and_then(|pending| pending.doom);
        if let Some(failure) = doom {
            return self.fail(key, &step.address, failure, at);
        }
        if let Some(managed) = self.deployment.resources.remove(&step.address) {
            if types::stays(&managed.kind, &managed.applied) {
                if let Some(left) = self.world.resources.edit(&managed.key) {
                    left.owner = None;
                }
            } else {
                revisions::remove(self.world, &managed.key);
                self.world.resources.remove(&managed.key);
                content::forget(self.world, &managed.key);
            }
        }
        if step.intent == Intent::Delete {
            self.mark(&step.address, "RECONCILED", None, at);
        }
        self.work.run.done(key, at);
    }

    fn fail(&mut self, key: &str, address: &str, failure: Failure, at: Timestamp) {
        self.mark(address, "FAILED", None, at);
        if let Some(revision) = self.newest() {
            revision.failures.push(failure);
        }
        self.work.run.failed(key, at);
    }

    /// What follows when all steps are over.
    fn after(&mut self) -> Next {
        let at = self.work.run.ended();
        let refused = std::mem::take(&mut self.work.refused);
        let mut failures = self.deployment.newest().map(|newest| newest.failures.clone()).unwrap_or_default();
        failures.extend(refused);
        if failures.is_empty() && self.work.deletes {
            let outcome = Outcome::Done(self.deployment.to_json());
            long_running::end(self.world, &self.work.operation, at, outcome);
            return Next::Gone;
        }
        let mut outputs = Map::new();
        if failures.is_empty() {
            let known = known(self.world, &self.deployment.resources);
            self.refresh_protection();
            for (name, value) in self.work.configuration.iter().flat_map(|all| &all.outputs) {
                match self.work.configuration.as_ref().map(|all| all.value(value, &known)) {
                    Some(Ok(value)) => drop(outputs.insert(name.clone(), value)),
                    Some(Err(error)) => failures.push(Failure::new(format!("output.{name}"), error.to_string())),
                    None => {}
                }
            }
        }
        let failed = !failures.is_empty();
        if let Some(revision) = self.newest() {
            revision.state = if failed { "FAILED" } else { "APPLIED" }.to_owned();
            revision.failures.clone_from(&failures);
            revision.outputs = outputs;
            revision.updated = at;
        }
        self.deployment.updated = at;
        self.deployment.standing = if failed { Standing::Failed } else { Standing::Active };
        let outcome = if failed {
            let (code, detail) = match self.work.deletes {
                true => ("DELETE_BUILD_RUN_FAILED", "the deployment could not be deleted"),
                false => ("REVISION_FAILED", "the revision failed"),
            };
            self.deployment.error = Some((code.to_owned(), detail.to_owned()));
            if self.work.deletes {
                self.deployment.failures = failures;
            }
            Outcome::Failed(GoogleError::new(500, "INTERNAL", detail))
        } else {
            Outcome::Done(self.deployment.to_json())
        };
        long_running::end(self.world, &self.work.operation, at, outcome);
        Next::Finished
    }

    /// What stays as it is may be protected from now on, or no longer.
    fn refresh_protection(&mut self) {
        for (address, managed) in &mut self.deployment.resources {
            let block = self.work.configuration.as_ref().and_then(|all| all.resources.get(bare(address)));
            managed.prevent_destroy = block.is_some_and(|block| block.prevent_destroy);
        }
    }
}

fn later(at: Timestamp, seconds: f64) -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "clamped to a year")]
    let milliseconds = (seconds.clamp(0.0, 31_536_000.0) * 1000.0) as i64;
    at + SignedDuration::from_millis(milliseconds)
}
