//! Starting an operation, and how far it is.

use std::collections::BTreeSet;

use super::Own;
use super::plan;
use super::preview::{Planned, prepared};
use super::record::{Life, Record, Run, State};
use crate::drivers::gcp::{held, stack_name};
use crate::plan::stack::Phase;
use crate::ports::cloud::{CloudError, Doing, Event, OperationRef, Progress, Step};

/// What the stack itself is called among types.
const STACK: &str = "terraform";

impl Own {
    /// Carries out a preview, unless another run came between.
    pub(super) async fn begin(&self, stack: &str, preview: &str, token: &str) -> Result<(), CloudError> {
        let before = self.record(stack_name(stack)).await?;
        if before.as_ref().is_some_and(|before| before.run.token == token) {
            return Ok(());
        }
        let folder = self.folder(preview);
        let obsolete = || CloudError::Obsolete { preview: preview.to_owned() };
        let prepared = prepared(&folder)?.ok_or_else(obsolete)?;
        if prepared.after.as_ref() != before.as_ref().map(|before| &before.run.token) {
            return Err(obsolete());
        }
        let run = self.new_run(token, preview, before.is_none(), prepared.replaces);
        let mut record = before.unwrap_or_else(|| Record::new(&prepared.stack, run.clone()));
        record.state = State::Applying;
        record.reason = None;
        record.run = run;
        record.source = prepared.source;
        record.parameters = prepared.parameters;
        record.tags = prepared.tags;
        self.launch(&record, &folder).await
    }

    /// Takes everything down.
    pub(super) async fn delete(&self, stack: &str, token: &str) -> Result<(), CloudError> {
        let Some(mut record) = self.record(stack).await? else { return Ok(()) };
        if record.run.token == token {
            return Ok(());
        }
        if record.protected {
            return Err(CloudError::Refused {
                call: format!("{} destroy", self.program.name()),
                code: "PROTECTED".to_owned(),
                message: format!("{} is protected by its environment", record.name),
            });
        }
        let name = format!("landfall-destroy-{}", token.get(..8).unwrap_or(token));
        let folder = self.new_folder(&name)?;
        let files = self.source_of(&record).await?;
        let planned = self.planned(&folder, &record.name, &files, &record.parameters, &["-destroy"]).await;
        let shown = match planned.inspect_err(|_| drop(folder.remove()))? {
            Planned::Shown(shown) => shown,
            Planned::Refused(why) => {
                folder.remove()?;
                return Err(self.failed("plan", "REFUSED", &why));
            }
        };
        record.state = State::Deleting;
        record.reason = None;
        record.run = self.new_run(token, &name, false, plan::replaced(&shown));
        self.launch(&record, &folder).await
    }

    fn new_run(&self, token: &str, folder: &str, creates: bool, replaces: BTreeSet<String>) -> Run {
        Run {
            token: token.to_owned(),
            began: self.program.clock.now(),
            folder: folder.to_owned(),
            creates,
            replaces,
            events: Vec::new(),
        }
    }

    pub(super) async fn operation_progress(&self, operation: &OperationRef) -> Result<Progress, CloudError> {
        // Where there was none, none has come yet; where there was one, it is gone.
        let gone = || {
            let is_gone = operation.before.is_some();
            let mut events = Vec::new();
            if let Some(seen) = held(&self.seen).get(&operation.token) {
                events.clone_from(seen);
            }
            Progress { stack: None, started: is_gone, finished: is_gone, events }
        };
        let Some(record) = self.record(&operation.stack_id).await? else { return Ok(gone()) };
        let ours = record.run.token == operation.token;
        let life = self.life(&record).await?;
        let (record, life) = match (life, ours) {
            (Life::Elsewhere(holder), true) => return Err(self.locked(&record.name, &holder)),
            (Life::Unseen, true) => match self.settle(record).await? {
                Some(record) => (record, Life::Over),
                None => return Ok(gone()),
            },
            (life, _) => (record, life),
        };
        let now = record.facts(&life);
        let untouched = Some(now.mark()) == operation.before;
        let mut events = Vec::new();
        if ours {
            let done = if life == Life::Here { self.so_far(&record)? } else { record.run.events.clone() };
            events.push(itself(&record, "APPLYING", Step::Started));
            events.extend(done);
            match now.phase {
                Phase::Steady => events.push(itself(&record, &now.state, Step::Done)),
                Phase::UpdateFailed => events.push(itself(&record, &now.state, Step::Failed)),
                _ => {}
            }
            held(&self.seen).insert(operation.token.clone(), events.clone());
        }
        let started = ours || !untouched;
        let finished = started && !now.phase.is_busy();
        Ok(Progress { stack: Some(now), started, finished, events })
    }
}

/// What happened to the stack itself.
pub(super) fn itself(record: &Record, state: &str, step: Step) -> Event {
    let doing = match (record.state, record.run.creates) {
        (State::Deleting, _) => Doing::Delete,
        (_, true) => Doing::Create,
        (_, false) => Doing::Update,
    };
    let latest = record.run.events.iter().map(|event| event.at).max().unwrap_or(record.run.began);
    Event {
        id: format!("{} {state}", record.run.token),
        at: if step == Step::Started { record.run.began } else { latest },
        resource: record.name.clone(),
        stack_itself: true,
        kind: STACK.to_owned(),
        physical: Some(record.identity()),
        doing,
        step,
        reason: record.reason.clone().filter(|_| step == Step::Failed),
        cancelled: false,
        state: state.to_owned(),
    }
}
