//! Previews: a plan of the engine's, kept in a folder until it is carried out or discarded.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Own;
use super::backend::FILE as BACKEND;
use super::folder::Folder;
use super::lines::{said, troubles};
use super::program::Said;
use super::record::{Record, State};
use super::{connection, plan};
use crate::drivers::gcp::stack_name;
use crate::plan::deployment::{BESIDE, Deployment};
use crate::ports::cloud::{CloudError, Preview, PreviewChange, PreviewKind, PreviewState};

/// The plan's file in its folder. It holds secrets.
const PLAN: &str = "plan";
/// What a preview is of, beside it.
const PREPARED: &str = "prepared.json";
/// How long a plan waits for a state that somebody holds: the plan of a run that was killed lets go of it soon.
const PATIENT: &str = "-lock-timeout=5s";
/// The values of the variables, as the engine reads them by itself.
const VARIABLES: &str = "terraform.tfvars.json";

/// What a preview is of, and what carrying it out writes down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Prepared {
    /// The stack.
    pub(super) stack: String,
    /// Where the source lies.
    pub(super) source: String,
    /// The values of its variables.
    pub(super) parameters: BTreeMap<String, String>,
    /// Its tags.
    pub(super) tags: BTreeMap<String, String>,
    /// The addresses of what is replaced.
    pub(super) replaces: BTreeSet<String>,
    /// What it does.
    pub(super) changes: Vec<PreviewChange>,
    /// The run that was the stack's last when it was made; none where there was no stack.
    pub(super) after: Option<String>,
}

/// What came of planning.
pub(super) enum Planned {
    /// The plan, as the engine shows it.
    Shown(Value),
    /// The engine refuses the document, or the cloud does.
    Refused(String),
}

impl Own {
    pub(super) async fn prepare(
        &self,
        deployment: &Deployment,
        kind: PreviewKind,
        name: &str,
    ) -> Result<Preview, CloudError> {
        let stack = deployment.stack.as_str();
        let before = self.record(stack).await?;
        if before.is_none() {
            self.refuse_anothers(stack).await?;
        }
        let source = self.gcp.upload(deployment).await?;
        let mut files = BTreeMap::from([("main.tf.json".to_owned(), deployment.document.clone())]);
        for upload in &deployment.uploads {
            let beside = upload.key.strip_prefix(BESIDE).and_then(|rest| rest.split_once('/'));
            if let Some((_, name)) = beside {
                files.insert(name.to_owned(), String::from_utf8_lossy(&upload.bytes).into_owned());
            }
        }
        let folder = self.new_folder(name)?;
        let planned = self.planned(&folder, stack, &files, &deployment.parameters, &[]).await;
        let planned = planned.inspect_err(|_| drop(folder.remove()))?;
        let stack_id = before.as_ref().map_or_else(|| Self::prefix(stack), Record::identity);
        let preview = |state, changes| Preview {
            id: name.to_owned(),
            name: name.to_owned(),
            stack_id: stack_id.clone(),
            state,
            changes,
        };
        let shown = match planned {
            Planned::Shown(shown) => shown,
            Planned::Refused(why) => return Ok(preview(PreviewState::Failed(why), Vec::new())),
        };
        let prepared = Prepared {
            stack: stack.to_owned(),
            source,
            parameters: deployment.parameters.clone(),
            tags: deployment.tags.clone(),
            replaces: plan::replaced(&shown),
            changes: plan::changes(&shown),
            after: before.as_ref().map(|before| before.run.token.clone()),
        };
        let text = serde_json::to_vec(&prepared).map_err(|error| CloudError::Unsupported(error.to_string()))?;
        folder.write(PREPARED, &text)?;
        let same = before.as_ref().is_some_and(|before| {
            let now = (&prepared.source, &prepared.parameters, &prepared.tags);
            before.state == State::Active && now == (&before.source, &before.parameters, &before.tags)
        });
        let empty = plan::is_empty(&shown) && same && kind != PreviewKind::Create;
        let state = if empty { PreviewState::Empty } else { PreviewState::Ready };
        Ok(preview(state, prepared.changes))
    }

    /// A preview that is kept on this machine.
    pub(super) fn prepared_preview(&self, name: &str) -> Result<Option<Preview>, CloudError> {
        let folder = self.folder(name);
        let Some(prepared) = prepared(&folder)? else { return Ok(None) };
        let state = if folder.is_busy() { PreviewState::Started } else { PreviewState::Ready };
        Ok(Some(Preview {
            id: name.to_owned(),
            name: name.to_owned(),
            stack_id: Self::prefix(&prepared.stack),
            state,
            changes: prepared.changes,
        }))
    }

    /// Has the engine plan in a folder what these files say.
    pub(super) async fn planned(
        &self,
        folder: &Folder,
        stack: &str,
        files: &BTreeMap<String, String>,
        parameters: &BTreeMap<String, String>,
        more: &[&str],
    ) -> Result<Planned, CloudError> {
        self.fill(folder, stack, files, parameters).await?;
        let out = format!("-out={PLAN}");
        let arguments = [&["plan", "-json", "-input=false", PATIENT, out.as_str()], more].concat();
        let told = self.program.run(folder, &arguments).await?;
        if told.code != Some(0) {
            return self.refusal(stack, &told).map(Planned::Refused);
        }
        self.shown(folder, &[PLAN]).await.map(Planned::Shown)
    }

    /// Puts into a folder what the engine reads, and has it fetch its providers and find its state.
    async fn fill(
        &self,
        folder: &Folder,
        stack: &str,
        files: &BTreeMap<String, String>,
        parameters: &BTreeMap<String, String>,
    ) -> Result<(), CloudError> {
        self.program.version().await?;
        connection::stood_in_for(self.stand_ins.as_deref(), files)?;
        for (name, text) in files {
            folder.write(name, text.as_bytes())?;
        }
        folder.write(BACKEND, self.backend(stack).as_bytes())?;
        let variables = serde_json::to_vec(parameters).map_err(|error| CloudError::Unsupported(error.to_string()))?;
        folder.write(VARIABLES, &variables)?;
        let told = self.program.run(folder, &["init", "-input=false", "-no-color"]).await?;
        if told.code == Some(0) {
            return Ok(());
        }
        let why = if told.error.trim().is_empty() { told.out } else { told.error };
        Err(self.failed("init", "INIT_FAILED", &why))
    }

    /// The state, or a plan, as the engine shows it.
    pub(super) async fn shown(&self, folder: &Folder, of: &[&str]) -> Result<Value, CloudError> {
        let told = self.program.run(folder, &[&["show", "-json"], of].concat()).await?;
        let shown: Option<Value> = serde_json::from_str(&told.out).ok();
        shown.filter(|_| told.code == Some(0)).ok_or_else(|| self.failed("show", "SHOW_FAILED", &told.error))
    }

    /// Why it can't be planned. A state that somebody holds is no fault of the document's.
    pub(super) fn refusal(&self, stack: &str, told: &Said) -> Result<String, CloudError> {
        let troubles = troubles(&told.out);
        if let Some(holder) = troubles.iter().find_map(|trouble| trouble.locked_by.as_ref()) {
            return Err(self.locked(stack, holder));
        }
        said(&troubles).ok_or_else(|| self.failed("plan", "PLAN_FAILED", &told.error))
    }

    pub(super) fn failed(&self, verb: &str, code: &str, said: &str) -> CloudError {
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        let message = if said.is_empty() { "it gave no reason".to_owned() } else { said };
        CloudError::Refused { call: format!("{} {verb}", self.program.name()), code: code.to_owned(), message }
    }

    /// Refuses to begin a stack that Infrastructure Manager has: each would keep a state of its own, and make everything again.
    async fn refuse_anothers(&self, stack: &str) -> Result<(), CloudError> {
        let found = match self.gcp.read_deployment(stack_name(stack)).await {
            // Who deploys by a program of their own need not have the other engine, nor may ask it.
            Err(CloudError::Denied { .. } | CloudError::Refused { .. }) => None,
            found => found?,
        };
        if found.is_none() {
            return Ok(());
        }
        Err(CloudError::Refused {
            call: self.program.name().to_owned(),
            code: "ANOTHER_ENGINE".to_owned(),
            message: format!(
                "Infrastructure Manager has a deployment {stack}, and keeps its state: take `engine` out of `placement`, or destroy the target before the change of engine"
            ),
        })
    }
}

/// What the preview in a folder is of; none where there is none.
pub(super) fn prepared(folder: &Folder) -> Result<Option<Prepared>, CloudError> {
    Ok(folder.read(PREPARED)?.and_then(|text| serde_json::from_str(&text).ok()))
}

/// What carries out the plan of a folder.
pub(super) const CARRY_OUT: &[&str] = &["apply", "-json", "-input=false", PLAN];
