//! What is known of a stack beside its state, which says nothing of who began what: kept in the bucket, without a secret.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Own;
use crate::drivers::gcp::own_record;
use crate::plan::stack::{Phase, StackFacts};
use crate::ports::cloud::{CloudError, Event, StackResource};

/// The format of records.
const FORMAT_VERSION: u32 = 1;

/// Where the last run stands, as far as somebody saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    /// It was begun.
    Applying,
    /// The deletion was begun.
    Deleting,
    /// It came to its end.
    Active,
    /// It did not.
    Failed,
}

/// Whether the run that a record says was begun goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// No run is open.
    Over,
    /// It goes on, on this machine.
    Here,
    /// Somebody has the state locked; who.
    Elsewhere(super::backend::Holder),
    /// It was broken off, or its end was seen by nobody.
    Unseen,
}

/// One run of the engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Run {
    /// The token of the operation that it is.
    pub(super) token: String,
    /// When it was begun.
    pub(super) began: Timestamp,
    /// The folder that it works in, on the machine where it was begun.
    pub(super) folder: String,
    /// Whether the stack came into being with it.
    pub(super) creates: bool,
    /// The addresses of what it replaces.
    pub(super) replaces: BTreeSet<String>,
    /// What it did, once it was over.
    pub(super) events: Vec<Event>,
}

/// A stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    format_version: u32,
    /// The stack's name.
    pub(super) name: String,
    /// When it was first deployed.
    pub(super) created: Timestamp,
    /// Where it stands.
    pub(super) state: State,
    /// Why it failed.
    pub(super) reason: Option<String>,
    /// Whether its environment protects it.
    pub(super) protected: bool,
    /// Its last run.
    pub(super) run: Run,
    /// Where the source of that run lies.
    pub(super) source: String,
    /// The values of its variables.
    pub(super) parameters: BTreeMap<String, String>,
    /// Its tags.
    pub(super) tags: BTreeMap<String, String>,
    /// What it gives back.
    pub(super) outputs: BTreeMap<String, String>,
    /// What it manages.
    pub(super) resources: Vec<StackResource>,
}

impl Record {
    /// The record of a stack that comes into being with a run.
    pub(super) fn new(name: &str, run: Run) -> Self {
        Record {
            format_version: FORMAT_VERSION,
            name: name.to_owned(),
            created: run.began,
            state: State::Applying,
            reason: None,
            protected: false,
            run,
            source: String::new(),
            parameters: BTreeMap::new(),
            tags: BTreeMap::new(),
            outputs: BTreeMap::new(),
            resources: Vec::new(),
        }
    }

    /// The identity, which no later stack of the same name shares.
    pub(super) fn identity(&self) -> String {
        format!("{}#{}", Own::prefix(&self.name), self.created)
    }

    /// Whether a run was begun whose end nobody wrote down.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Applying | State::Deleting)
    }

    /// The stack in neutral words.
    pub(super) fn facts(&self, life: &Life) -> StackFacts {
        let (phase, state, reason) = match (self.state, life) {
            (State::Active, _) => (Phase::Steady, "ACTIVE", None),
            (State::Failed, _) => (Phase::UpdateFailed, "FAILED", self.reason.clone()),
            (State::Applying | State::Deleting, Life::Over | Life::Unseen) => {
                let why = "the run was broken off, or nobody saw its end: applying again finishes it";
                (Phase::UpdateFailed, "INTERRUPTED", Some(why.to_owned()))
            }
            (State::Deleting, _) => (Phase::Deleting, "DELETING", None),
            (State::Applying, _) if self.run.creates => (Phase::Creating, "CREATING", None),
            (State::Applying, _) => (Phase::Updating, "UPDATING", None),
        };
        StackFacts {
            id: self.identity(),
            name: self.name.clone(),
            phase,
            state: state.to_owned(),
            reason,
            created: Some(self.created),
            updated: Some(self.run.began),
            protected: self.protected,
            tags: self.tags.clone(),
            parameters: self.parameters.clone(),
            outputs: self.outputs.clone(),
        }
    }
}

impl Own {
    /// What is known of a stack, by its name or identity; none where there is none, or another one under the same name.
    pub(super) async fn record(&self, stack: &str) -> Result<Option<Record>, CloudError> {
        let (bucket, name) = (self.gcp.usual_bucket(), own_record(stack));
        let Some(found) = self.gcp.note(&bucket, &name).await? else { return Ok(None) };
        let unreadable = |why: String| CloudError::Refused {
            call: "storage.objects.get".to_owned(),
            code: "Unreadable".to_owned(),
            message: format!("gs://{bucket}/{name} is no record of landfall's: {why}"),
        };
        let record: Record = serde_json::from_str(&found).map_err(|error| unreadable(error.to_string()))?;
        if record.format_version > FORMAT_VERSION {
            return Err(unreadable(format!("it has format {}: use a newer landfall", record.format_version)));
        }
        Ok(Some(record).filter(|record| !stack.contains('#') || record.identity() == stack))
    }

    /// Writes down what is known of a stack.
    pub(super) async fn keep(&self, record: &Record) -> Result<(), CloudError> {
        let text = serde_json::to_string_pretty(record).map_err(|error| CloudError::Unsupported(error.to_string()))?;
        self.gcp.set_note(&self.gcp.usual_bucket(), &own_record(&record.name), Some(&text)).await
    }

    /// Forgets a stack that is gone.
    pub(super) async fn forget(&self, record: &Record) -> Result<(), CloudError> {
        self.gcp.set_note(&self.gcp.usual_bucket(), &own_record(&record.name), None).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drivers::gcp::stack_name;

    fn record(state: State) -> Record {
        let run = Run {
            token: "t".to_owned(),
            began: Timestamp::UNIX_EPOCH,
            folder: "f".to_owned(),
            creates: true,
            replaces: BTreeSet::new(),
            events: Vec::new(),
        };
        Record { state, ..Record::new("shop-dev", run) }
    }

    #[test]
    fn a_run_whose_end_nobody_saw_is_no_work_in_progress() {
        assert!(record(State::Applying).facts(&Life::Here).phase.is_busy());
        for state in [State::Applying, State::Deleting] {
            let facts = record(state).facts(&Life::Unseen);
            assert_eq!((facts.phase, facts.state.as_str()), (Phase::UpdateFailed, "INTERRUPTED"));
        }
    }

    #[test]
    fn a_stack_is_found_by_its_name_and_by_its_identity() {
        let record = record(State::Active);
        assert_eq!(stack_name(&record.identity()), "shop-dev");
        assert_eq!(stack_name("shop-dev"), "shop-dev");
    }
}
