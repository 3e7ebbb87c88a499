//! Google Cloud: Infrastructure Manager deploys, Cloud Storage keeps what it deploys from.
//!
//! A deployment's name is the stack's. Its annotation holds the token of the operation that made it what it is; a deletion has nowhere
//! to hold one, so its token lies in the bucket beside the sources. Both are read back by whoever comes after a crash, and every
//! request carries an identifier that follows from its token, so that asking again begins nothing twice.

mod bucket;
mod call;
mod connection;
mod credentials;
mod deployment;
mod drift;
mod identity;
mod images;
mod ledger;
mod migrations;
mod operation;
mod preview;
mod revision;
mod secret;
mod sight;
mod source;
mod versions;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::plan::deployment::{Deployment, Place, Protection};
use crate::plan::drift::ResourceDrift;
use crate::plan::serving::Serving;
use crate::plan::stack::StackFacts;
use crate::ports::calls::Calls;
use crate::ports::cloud::{
    Cloud, CloudError, Event, Identity, Operation, OperationRef, Preview, PreviewKind, Progress, StackResource,
};
use crate::ports::copies::Copies;
use crate::ports::records::Records;
use crate::ports::setting::Settings;
use call::Caller;
use identity::Verified;

pub use connection::GcpClouds;
pub(in crate::drivers) use deployment::{list, own_record, plain, resource, stack_name, text};

/// One project and region of Google Cloud.
#[derive(Debug)]
pub(in crate::drivers) struct Gcp {
    place: Place,
    caller: Caller,
    /// How fast its time goes: 1, unless it is the sandbox.
    pace: f64,
    /// The sandbox's address, where it is the sandbox.
    sandbox: Option<String>,
    /// The service account that Terraform runs as, where one is named.
    account: Option<String>,
    /// Who is calling, once it is known to see the place's project.
    verified: OnceCell<Verified>,
    /// What operations were seen to do, by token: a revision says how far each resource is and not since when, and a deployment that is
    /// gone says nothing any more.
    seen: Mutex<BTreeMap<String, Vec<Event>>>,
}

impl Gcp {
    fn new(place: Place, caller: Caller, sandbox: Option<(String, f64)>, account: Option<String>) -> Self {
        let pace = sandbox.as_ref().map_or(1.0, |(_, pace)| *pace);
        let sandbox = sandbox.map(|(address, _)| address);
        Gcp { place, caller, pace, sandbox, account, verified: OnceCell::new(), seen: Mutex::default() }
    }
}

/// What a lock guards; one that a panic left behind is as good.
pub(in crate::drivers) fn held<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

// What landfall doesn't do there yet stands in the ports: it refuses.
impl Calls for Gcp {}
impl Copies for Gcp {}
impl Records for Gcp {}
impl Settings for Gcp {}

#[async_trait]
impl Cloud for Gcp {
    async fn identity(&self) -> Result<Identity, CloudError> {
        Ok(self.verified().await?.identity.clone())
    }

    async fn describe(&self, stack: &str) -> Result<Option<StackFacts>, CloudError> {
        self.describe_deployment(stack).await
    }

    async fn document(&self, stack: &str) -> Result<Option<String>, CloudError> {
        self.deployed_document(stack).await
    }

    async fn resources(&self, stack: &str) -> Result<Vec<StackResource>, CloudError> {
        self.list_resources(stack).await
    }

    async fn policy(&self, _: &str) -> Result<Option<Value>, CloudError> {
        // Deployments have none.
        Ok(None)
    }

    async fn preview(
        &self,
        deployment: &Deployment,
        kind: PreviewKind,
        name: &str,
        token: &str,
    ) -> Result<Preview, CloudError> {
        self.verified().await?;
        self.create_preview(deployment, kind, name, token).await
    }

    async fn find_preview(&self, _: &str, name: &str) -> Result<Option<Preview>, CloudError> {
        self.read_preview(name).await
    }

    async fn discard(&self, _: &str, preview: &str) -> Result<(), CloudError> {
        self.verified().await?;
        self.delete_preview(preview).await
    }

    async fn start(&self, stack: &str, operation: &Operation, token: &str) -> Result<(), CloudError> {
        self.verified().await?;
        self.start_operation(stack, operation, token).await
    }

    async fn progress(&self, operation: &OperationRef) -> Result<Progress, CloudError> {
        self.operation_progress(operation).await
    }

    async fn initiator(&self, stack: &str) -> Result<Option<String>, CloudError> {
        self.last_token(stack).await
    }

    async fn protect(&self, stack: &str, protection: &Protection) -> Result<(), CloudError> {
        self.verified().await?;
        self.set_protection(stack, protection).await
    }

    async fn serving(&self, stack: &str) -> Result<Vec<Serving>, CloudError> {
        self.what_serves(self.list_resources(stack).await?).await
    }

    async fn serve(&self, serving: &Serving) -> Result<(), CloudError> {
        self.verified().await?;
        self.have_serve(serving).await
    }

    async fn drift(&self, stack: &str) -> Result<Vec<ResourceDrift>, CloudError> {
        self.verified().await?;
        self.detect_drift(stack).await
    }
}
