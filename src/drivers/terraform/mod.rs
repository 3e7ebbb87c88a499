//! Google Cloud by a program of the user's own: `terraform` or `tofu` on this machine carries out the document that Infrastructure
//! Manager would.
//!
//! Nobody keeps such a stack but its state, which holds secrets and says nothing of who began what. So a record lies beside the state in the bucket
//! for sources: the token of the last run, what it was to deploy, and how it ended. A run is a process of its own that outlives this one; whether it
//! still runs is told by the lock on the file that it writes to, and how it ended by the engine's own next plan, never by its last line.

mod backend;
mod connection;
mod difference;
mod drift;
mod folder;
mod lines;
mod operation;
mod plan;
mod preview;
mod program;
mod record;
mod run;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Child;
use std::sync::Mutex;

use async_trait::async_trait;
use serde_json::Value;

use self::backend::Home;
use self::program::Program;
use super::gcp::Gcp;
use crate::plan::deployment::{Deployment, Image, Migration, Protection};
use crate::plan::drift::ResourceDrift;
use crate::plan::serving::Serving;
use crate::plan::stack::StackFacts;
use crate::ports::calls::Calls;
use crate::ports::cloud::{
    Cloud, CloudError, Event, Identity, Operation, OperationRef, Preview, PreviewKind, Progress, StackResource,
};
use crate::ports::copies::Copies;
use crate::ports::images::{Images, Pushed};
use crate::ports::migrations::{MigrationRun, Migrations};
use crate::ports::records::Records;
use crate::ports::secret::{Hidden, Secrets, Version};
use crate::ports::setting::Settings;
use crate::ports::sight::{Answer, Ringing, Seen, Sight};

pub use connection::OwnEngine;

/// One project and region, and the program that deploys there.
#[derive(Debug)]
struct Own {
    /// The project: who is calling, the bucket, and how what runs there is.
    gcp: Gcp,
    program: Program,
    /// Where the state lies.
    home: Home,
    /// Where runs have their folders.
    work: PathBuf,
    /// The sandbox's providers; none where this is not the sandbox.
    stand_ins: Option<String>,
    /// The runs that this process began, by token.
    children: Mutex<BTreeMap<String, Child>>,
    /// What runs were seen to do, by token: of a stack that is gone nothing else tells.
    seen: Mutex<BTreeMap<String, Vec<Event>>>,
}

// What landfall doesn't do on Google Cloud yet stands in the ports: it refuses.
impl Calls for Own {}
impl Copies for Own {}
impl Records for Own {}
impl Settings for Own {}

#[async_trait]
impl Secrets for Own {
    async fn random(&self) -> Result<Hidden, CloudError> {
        self.gcp.random().await
    }

    async fn newest(&self, secret: &str) -> Result<Option<String>, CloudError> {
        self.gcp.newest(secret).await
    }

    async fn has_version(&self, secret: &str, version: Version<'_>) -> Result<bool, CloudError> {
        self.gcp.has_version(secret, version).await
    }

    async fn write_secret(&self, secret: &str, version: Version<'_>, value: &Hidden) -> Result<(), CloudError> {
        self.gcp.write_secret(secret, version, value).await
    }
}

#[async_trait]
impl Images for Own {
    async fn push(&self, stack: &str, image: &Image) -> Result<Pushed, CloudError> {
        self.gcp.push_to(&self.resources(stack).await?, stack, image).await
    }
}

#[async_trait]
impl Migrations for Own {
    async fn migrate(
        &self,
        stack: &str,
        deployment: &Deployment,
        migration: &Migration,
    ) -> Result<MigrationRun, CloudError> {
        self.gcp.migrate_in(&self.resources(stack).await?, stack, deployment, migration).await
    }
}

#[async_trait]
impl Sight for Own {
    async fn condition(&self, stack: &str) -> Result<Vec<Seen>, CloudError> {
        self.gcp.conditions(&self.resources(stack).await?).await
    }

    async fn ringing(&self, stack: &str) -> Result<Vec<Ringing>, CloudError> {
        self.gcp.alarms(&self.resources(stack).await?).await
    }

    async fn answer(&self, url: &str) -> Result<Answer, CloudError> {
        self.gcp.answer(url).await
    }

    async fn pace(&self) -> f64 {
        self.gcp.pace().await
    }
}

#[async_trait]
impl Cloud for Own {
    async fn identity(&self) -> Result<Identity, CloudError> {
        self.program.version().await?;
        self.gcp.identity().await
    }

    async fn describe(&self, stack: &str) -> Result<Option<StackFacts>, CloudError> {
        let Some(record) = self.record(stack).await? else { return Ok(None) };
        let life = self.life(&record).await?;
        Ok(Some(record.facts(&life)))
    }

    async fn document(&self, stack: &str) -> Result<Option<String>, CloudError> {
        let Some(record) = self.record(stack).await? else { return Ok(None) };
        self.gcp.document_in(&record.source).await
    }

    async fn resources(&self, stack: &str) -> Result<Vec<StackResource>, CloudError> {
        Ok(self.record(stack).await?.map(|record| record.resources).unwrap_or_default())
    }

    async fn policy(&self, _: &str) -> Result<Option<Value>, CloudError> {
        // Terraform has none.
        Ok(None)
    }

    async fn preview(
        &self,
        deployment: &Deployment,
        kind: PreviewKind,
        name: &str,
        _: &str,
    ) -> Result<Preview, CloudError> {
        self.gcp.identity().await?;
        self.prepare(deployment, kind, name).await
    }

    async fn find_preview(&self, _: &str, name: &str) -> Result<Option<Preview>, CloudError> {
        self.prepared_preview(name)
    }

    async fn discard(&self, _: &str, preview: &str) -> Result<(), CloudError> {
        self.folder(preview).remove()
    }

    async fn start(&self, stack: &str, operation: &Operation, token: &str) -> Result<(), CloudError> {
        self.gcp.identity().await?;
        match operation {
            Operation::Execute { preview } => self.begin(stack, preview, token).await,
            Operation::Delete { retain } if !retain.is_empty() => Err(CloudError::Unsupported(
                "a stack is deleted with all that it manages: take what is to stay out of the environment first"
                    .to_owned(),
            )),
            Operation::Delete { .. } => self.delete(stack, token).await,
            Operation::ContinueUndo { .. } => {
                Err(CloudError::Unsupported(format!("{} undoes nothing by itself: deploy again", self.program.name())))
            }
        }
    }

    async fn progress(&self, operation: &OperationRef) -> Result<Progress, CloudError> {
        self.operation_progress(operation).await
    }

    async fn initiator(&self, stack: &str) -> Result<Option<String>, CloudError> {
        let record = self.record(stack).await?;
        Ok(record.map(|record| format!("{}, begun at {}", record.run.token, record.run.began)))
    }

    async fn protect(&self, stack: &str, protection: &Protection) -> Result<(), CloudError> {
        self.gcp.identity().await?;
        let Some(mut record) = self.record(stack).await? else {
            return Err(CloudError::NotFound { what: format!("stack {stack}") });
        };
        if record.protected == protection.termination {
            return Ok(());
        }
        record.protected = protection.termination;
        self.keep(&record).await
    }

    async fn serving(&self, stack: &str) -> Result<Vec<Serving>, CloudError> {
        self.gcp.what_serves(self.resources(stack).await?).await
    }

    async fn serve(&self, serving: &Serving) -> Result<(), CloudError> {
        self.gcp.serve(serving).await
    }

    async fn drift(&self, stack: &str) -> Result<Vec<ResourceDrift>, CloudError> {
        self.gcp.identity().await?;
        self.detect_drift(stack).await
    }
}
