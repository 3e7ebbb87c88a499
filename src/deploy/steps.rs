//! The steps of a deployment: what has to be there before the rest can run, the images, and the rest.
//!
//! One intent covers them all. The first step has a token of its own, made from the intent's, so that a process that finds the
//! intent open knows from the cloud's events which of them were begun.

use std::collections::{BTreeMap, BTreeSet};

use super::error::DeployError;
use super::job::{Job, Unfinished, is_refusal};
use super::verdict;
use super::watch::News;
use crate::ledger::entry::{Deploy, Ending, Intent, Migrated, Purpose, PushedImage, Record};
use crate::ledger::standing::Standing;
use crate::plan::deployment::{Deployment, Image};
use crate::plan::digest::Digest;
use crate::plan::stack::StackFacts;
use crate::ports::cloud::{PreviewChange, Progress};

/// The intent's first step, as if it were an intent of its own; none where one step does it all.
pub(super) fn ground(intent: &Intent) -> Option<Intent> {
    let Purpose::Deploy(deploy) = &intent.purpose else { return None };
    let parameters = deploy.ground.clone()?;
    let deploy = Deploy { parameters, preview: format!("{}-ground", deploy.preview), ..(**deploy).clone() };
    Some(Intent { id: format!("{}-ground", intent.id), purpose: Purpose::Deploy(Box::new(deploy)), ..intent.clone() })
}

impl Job<'_> {
    /// Does what a deployment's intent says, from wherever an earlier attempt left it.
    pub(super) async fn carry_out(
        &self,
        intent: &Intent,
        deployment: &Deployment,
        expected: Option<&[PreviewChange]>,
    ) -> Result<Progress, Unfinished> {
        let (Some(first), Some(parameters)) = (ground(intent), &deployment.ground) else {
            return self.step(intent, deployment, expected).await;
        };
        let laid = Deployment {
            parameters: parameters.clone(),
            images: BTreeMap::new(),
            migration: None,
            ..deployment.clone()
        };
        // What the cloud said is of both steps together.
        let progress = match self.step(&first, &laid, None).await {
            Err(Unfinished::NothingToDo) => None,
            progress => Some(progress?),
        };
        let before = match progress {
            Some(progress) if verdict::of_deployment(&progress) != Ending::Succeeded => return Ok(progress),
            Some(progress) => untouched_since(&progress).map(StackFacts::mark),
            None => intent.before.clone(),
        };
        self.watch.news(&News::SecondStep);
        let second = Intent { before, ..intent.clone() };
        match self.step(&second, deployment, None).await {
            Err(Unfinished::Abandoned(error)) => Err(Unfinished::HalfWay(error)),
            Err(Unfinished::Error(DeployError::Cloud(error))) if is_refusal(&error) => {
                Err(Unfinished::HalfWay(error.into()))
            }
            progress => progress,
        }
    }

    /// Puts the deployment's images into their registries.
    pub(super) async fn push(&self, deployment: &Deployment, stack: &str) -> Result<(), Unfinished> {
        for image in deployment.images.values() {
            self.lease.assure().await.map_err(Unfinished::Error)?;
            self.watch.news(&News::Pushing { digest: &image.digest });
            let push = async { Ok(self.cloud.push(stack, image).await?) };
            let pushed = self.unless_stopped("an image was being pushed; nothing runs it yet", push).await?;
            self.watch.news(&News::Pushed { pushed });
        }
        Ok(())
    }

    /// Brings the database's schema up to date. Killed here, it is done again: migrations have to bear that.
    pub(super) async fn migrate(
        &self,
        intent: &Intent,
        deployment: &Deployment,
        stack: &str,
    ) -> Result<(), Unfinished> {
        let Some(migration) = &deployment.migration else { return Ok(()) };
        self.lease.assure().await.map_err(Unfinished::Error)?;
        self.watch.news(&News::Migrating);
        let run = async { Ok(self.cloud.migrate(stack, deployment, migration).await?) };
        let run = self.unless_stopped("migrations were running; nothing else was begun", run).await?;
        match run.outcome {
            Ok(versions) => {
                let record = Record::Migrated(Migrated { intent: intent.id.clone(), versions });
                self.lease.append(&record).await.map_err(Unfinished::Error)?;
                self.watch.news(&News::Migrated { versions });
                Ok(())
            }
            Err(why) => {
                let function = migration.function.clone();
                Err(Unfinished::HalfWay(DeployError::Migration { function, why, log: run.log }))
            }
        }
    }

    /// Keeps the deployment's images in the ledger, and names those that stay as they are deployed: a rollback finds them there
    /// when the registry has let go of them.
    pub(super) async fn keep_images(
        &self,
        deployment: &Deployment,
        standing: &Standing,
    ) -> Result<BTreeMap<String, PushedImage>, DeployError> {
        let recorded = standing.deployed.as_ref().and_then(|deployed| deployed.deploy.as_ref());
        let mut images = recorded.map(|deploy| deploy.images.clone()).unwrap_or_default();
        images.retain(|parameter, image| deployment.parameters.get(parameter) == Some(&image.digest.to_string()));
        for (parameter, image) in &deployment.images {
            let mut blobs: BTreeSet<Digest> = BTreeSet::new();
            for bytes in image.blobs.values() {
                blobs.insert(self.lease.book().store_document(bytes).await?);
            }
            let Image { digest, name, registries, blobs: _ } = image.clone();
            images.insert(parameter.clone(), PushedImage { digest, name, registries, blobs });
        }
        Ok(images)
    }
}

/// The stack after an operation, unless it was changed again since.
fn untouched_since(progress: &Progress) -> Option<&StackFacts> {
    let last = progress.events.iter().map(|event| event.at).max();
    progress.stack.as_ref().filter(|stack| stack.updated.is_none_or(|updated| last.is_some_and(|last| updated <= last)))
}
