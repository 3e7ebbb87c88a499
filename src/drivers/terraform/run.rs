//! A run: begun, found again, and judged when it is over.

use std::collections::{BTreeMap, BTreeSet};

use super::Own;
use super::folder::{Folder, LINES};
use super::lines::{events, said, troubles};
use super::operation::itself;
use super::plan;
use super::preview::{CARRY_OUT, Planned};
use super::record::{Life, Record, State};
use crate::drivers::gcp::held;
use crate::ports::cloud::{CloudError, Event, Step};

impl Own {
    /// Writes down that a run is begun, and begins it. Killed in between, it is a run that was broken off.
    pub(super) async fn launch(&self, record: &Record, folder: &Folder) -> Result<(), CloudError> {
        self.keep(record).await?;
        let child = self.program.begin(folder, CARRY_OUT)?;
        held(&self.children).insert(record.run.token.clone(), child);
        Ok(())
    }

    /// Whether the run of a record goes on.
    pub(super) async fn life(&self, record: &Record) -> Result<Life, CloudError> {
        if !record.is_open() {
            return Ok(Life::Over);
        }
        if self.folder(&record.run.folder).is_busy() {
            return Ok(Life::Here);
        }
        Ok(self.holder(&record.name).await?.map_or(Life::Unseen, Life::Elsewhere))
    }

    /// What a run that goes on here has done so far.
    pub(super) fn so_far(&self, record: &Record) -> Result<Vec<Event>, CloudError> {
        let lines = self.folder(&record.run.folder).read(LINES)?.unwrap_or_default();
        Ok(events(&record.run.token, &lines, &record.run.replaces))
    }

    /// Finds out how a run that is over has ended, and writes it down; gives none where the stack is gone. The exit code of a child
    /// of ours is the engine's word; without it, a new plan of what was deployed is asked: what is left to do is what failed.
    pub(super) async fn settle(&self, mut record: Record) -> Result<Option<Record>, CloudError> {
        let child = held(&self.children).remove(&record.run.token);
        let code = child.and_then(|mut child| child.wait().ok()).map(|status| status.code() == Some(0));
        let here = self.folder(&record.run.folder);
        let lines = here.read(LINES)?.unwrap_or_default();
        let mut done = events(&record.run.token, &lines, &record.run.replaces);
        let mut reason = said(&troubles(&lines));
        let deletes = record.state == State::Deleting;
        let (folder, succeeded) = match code {
            Some(succeeded) => (here, succeeded),
            None => {
                let folder = self.new_folder(&format!("{}-judged", record.run.folder))?;
                let judged = self.judged(&folder, &record, deletes).await;
                let (left, why) = judged.inspect_err(|_| drop(folder.remove()))?;
                here.remove()?;
                reason = reason.or(why);
                (folder, left.is_empty())
            }
        };
        let state = self.shown(&folder, &[]).await;
        let state = state.inspect_err(|error| tracing::debug!(%error, "the state can't be shown")).unwrap_or_default();
        let resources = plan::resources(&state);
        folder.remove()?;
        if deletes && succeeded {
            self.forget(&record).await?;
            let mut all = vec![itself(&record, "APPLYING", Step::Started)];
            all.extend(done);
            all.push(itself(&record, "DELETED", Step::Done));
            held(&self.seen).insert(record.run.token.clone(), all);
            return Ok(None);
        }
        if !succeeded && done.iter().all(|event| event.reason.is_none()) {
            reason = reason.or_else(|| Some(format!("{} was ended before it was done", self.program.name())));
        }
        record.state = if succeeded { State::Active } else { State::Failed };
        record.reason = reason.filter(|_| !succeeded);
        record.outputs = plan::outputs(&state);
        record.resources = resources;
        for event in &mut done {
            // What it came to stands in the record; the state's own words are not told twice.
            event.physical = event.physical.take().or_else(|| {
                let of = record.resources.iter().find(|one| one.id == event.resource);
                of.and_then(|one| one.physical.clone())
            });
        }
        record.run.events = done;
        self.keep(&record).await?;
        Ok(Some(record))
    }

    /// What is left to do of a run whose end nobody saw, and why that can't be said, where it can't.
    async fn judged(
        &self,
        folder: &Folder,
        record: &Record,
        deletes: bool,
    ) -> Result<(BTreeSet<String>, Option<String>), CloudError> {
        let files = self.source_of(record).await?;
        let more: &[&str] = if deletes { &["-destroy"] } else { &[] };
        Ok(match self.planned(folder, &record.name, &files, &record.parameters, more).await? {
            Planned::Shown(shown) => {
                let left: BTreeSet<String> = plan::changes(&shown).into_iter().map(|change| change.id).collect();
                let named = left.iter().cloned().collect::<Vec<_>>().join(", ");
                let why = (!left.is_empty())
                    .then(|| format!("the run was broken off, or what it made was changed since; left to do: {named}"));
                (left, why)
            }
            Planned::Refused(why) => (BTreeSet::from([record.name.clone()]), Some(why)),
        })
    }

    /// The files that a stack was last asked for.
    pub(super) async fn source_of(&self, record: &Record) -> Result<BTreeMap<String, String>, CloudError> {
        let files = self.gcp.files_in(&record.source).await?;
        let files = files.ok_or_else(|| CloudError::NotFound { what: record.source.clone() })?;
        Ok(files.into_iter().collect())
    }
}
