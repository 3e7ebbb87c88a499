//! Finishing what an interrupted run began.

use std::collections::BTreeMap;

use super::error::DeployError;
use super::job::{Done, Job};
use super::steps::ground;
use super::watch::News;
use crate::ledger::chain::Fault;
use crate::ledger::entry::{Deploy, Ending, Failure, Intent, Purpose, PushedImage};
use crate::ledger::head::document_name;
use crate::plan::deployment::{Deployment, Image, Upload};
use crate::plan::stack::Phase;

impl Job<'_> {
    /// Ends an open intent where it would have ended: begun in the cloud, it is followed; not begun, it is begun now with the
    /// same document, token and approvals; and where the stack was changed by others meanwhile, it is closed.
    pub async fn resume(&self, intent: &Intent) -> Result<Done, DeployError> {
        self.watch.news(&News::Resuming(intent));
        match &intent.purpose {
            Purpose::Deploy(deploy) => {
                if let Err(unfinished) = self.rotate(intent, None).await {
                    return self.leave(intent, unfinished).await;
                }
                let deployment = self.recorded(intent, deploy).await?;
                self.complete(intent, self.carry_out(intent, &deployment, None).await).await
            }
            Purpose::Destroy { retain, lift_protection } => self.finish_removal(intent, retain, *lift_protection).await,
            Purpose::ContinueUndo { skip, switches } => self.finish_undo(intent, skip, switches).await,
            Purpose::Switch(switch) => self.finish_switch(intent, switch).await,
        }
    }

    /// What an intent deploys, read back from the ledger.
    pub(super) async fn recorded(&self, intent: &Intent, deploy: &Deploy) -> Result<Deployment, DeployError> {
        let bytes = self.lease.book().document(&deploy.document).await?;
        let document = String::from_utf8(bytes)
            .map_err(|error| Fault::Unreadable { name: document_name(&deploy.document), why: error.to_string() })?;
        let mut uploads = Vec::new();
        for (key, digest) in &deploy.uploads {
            let bytes = self.lease.book().document(digest).await?;
            uploads.push(Upload { key: key.clone(), bytes });
        }
        Ok(Deployment {
            target: self.lease.book().target().to_owned(),
            place: intent.place.clone(),
            stack: intent.stack.clone(),
            document,
            parameters: deploy.parameters.clone(),
            at_once: deploy.at_once.clone(),
            tags: deploy.tags.clone(),
            protection: deploy.protection.clone(),
            bucket: deploy.bucket.clone(),
            uploads,
            images: self.recorded_images(&deploy.images).await?,
            migration: deploy.migration.clone(),
            ground: deploy.ground.clone(),
        })
    }

    async fn recorded_images(
        &self,
        recorded: &BTreeMap<String, PushedImage>,
    ) -> Result<BTreeMap<String, Image>, DeployError> {
        let mut images = BTreeMap::new();
        for (parameter, PushedImage { digest, name, registries, blobs: parts }) in recorded {
            let mut blobs = BTreeMap::new();
            for part in parts {
                blobs.insert(part.clone(), self.lease.book().document(part).await?);
            }
            let image = Image { digest: digest.clone(), name: name.clone(), registries: registries.clone(), blobs };
            images.insert(parameter.clone(), image);
        }
        Ok(images)
    }

    /// Closes an open intent that the cloud has not begun, and clears away its preview.
    ///
    /// # Errors
    /// [`DeployError::Busy`] where the cloud is at work: it can't be given up any more, only followed.
    pub async fn abandon(&self, intent: &Intent) -> Result<Done, DeployError> {
        if let Purpose::Switch(switch) = &intent.purpose {
            return self.abandon_switch(intent, switch).await;
        }
        let stack = self.cloud.describe(&intent.stack).await?;
        if let Some(stack) = &stack {
            let begun = self.cloud.progress(&self.operation(intent, &stack.id)).await?;
            let has_ground = match ground(intent) {
                Some(ground) => !self.cloud.progress(&self.operation(&ground, &stack.id)).await?.events.is_empty(),
                None => false,
            };
            if stack.phase.is_busy() {
                let stack = Box::new(stack.clone());
                return Err(DeployError::Busy { stack, initiator: Some("the interrupted run".to_owned()) });
            }
            if !begun.events.is_empty() || has_ground {
                // It ran to its end: what it came to is the truth, whether anybody wants it or not.
                return self.resume(intent).await;
            }
        }
        self.lease.assure().await?;
        if let Purpose::Deploy(deploy) = &intent.purpose
            && stack.is_some()
        {
            self.cloud.discard(&intent.stack, &deploy.preview).await?;
        }
        let stack = self.cloud.describe(&intent.stack).await?.filter(|stack| stack.phase != Phase::Empty);
        let failure = Failure {
            resource: intent.stack.clone(),
            kind: "run".to_owned(),
            reason: "given up by request before the cloud began".to_owned(),
        };
        self.conclude(intent, Ending::Abandoned, stack, None, Some(failure), 0).await
    }
}
