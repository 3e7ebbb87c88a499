//! Azure through its SDK's pipeline: Deployment Stacks, resource groups, locks.
//!
//! A stack keeps the token of the operation that made it what it is in a tag; a deletion has no body to hold one, so its token is
//! written on the resource group before it. Both are read back by whoever comes after a crash.

mod call;
mod connection;
mod credentials;
mod document;
mod drift;
mod expected;
mod identifier;
mod identity;
mod images;
mod ledger;
mod migrations;
mod operation;
mod secret;
mod sight;
mod stack;
mod versions;
mod what_if;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::plan::change::Action;
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
use what_if::Prepared;

pub use connection::AzureClouds;

/// One subscription and region of Azure.
#[derive(Debug)]
struct Azure {
    place: Place,
    caller: Caller,
    /// How fast its time goes: 1, unless it is the sandbox.
    pace: f64,
    /// The sandbox's address, where it is the sandbox.
    sandbox: Option<String>,
    /// Who is calling, once it is known to see the place's subscription.
    identity: OnceCell<Identity>,
    /// The previews of this connection, by name: what is carried out is what was previewed.
    prepared: Mutex<BTreeMap<String, Prepared>>,
    /// What started operations were to do, by token: Resource Manager doesn't tell a creation from an update.
    planned: Mutex<BTreeMap<String, BTreeMap<String, Action>>>,
    /// What a deletion was seen to do, by token: a stack that is gone tells nothing any more.
    seen: Mutex<BTreeMap<String, Vec<Event>>>,
}

impl Azure {
    fn new(place: Place, caller: Caller, sandbox: Option<(String, f64)>) -> Self {
        Azure {
            place,
            caller,
            pace: sandbox.as_ref().map_or(1.0, |(_, pace)| *pace),
            sandbox: sandbox.map(|(address, _)| address),
            identity: OnceCell::new(),
            prepared: Mutex::default(),
            planned: Mutex::default(),
            seen: Mutex::default(),
        }
    }
}

/// What a lock guards; one that a panic left behind is as good.
fn held<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

// What landfall doesn't do there yet stands in the ports: it refuses.
impl Calls for Azure {}
impl Copies for Azure {}
impl Records for Azure {}
impl Settings for Azure {}

#[async_trait]
impl Cloud for Azure {
    async fn identity(&self) -> Result<Identity, CloudError> {
        self.verified_identity().await.cloned()
    }

    async fn describe(&self, stack: &str) -> Result<Option<StackFacts>, CloudError> {
        self.describe_stack(stack).await
    }

    async fn document(&self, stack: &str) -> Result<Option<String>, CloudError> {
        self.export_template(stack).await
    }

    async fn resources(&self, stack: &str) -> Result<Vec<StackResource>, CloudError> {
        self.list_resources(stack).await
    }

    async fn policy(&self, _: &str) -> Result<Option<Value>, CloudError> {
        // Deployment stacks have none.
        Ok(None)
    }

    async fn preview(
        &self,
        deployment: &Deployment,
        kind: PreviewKind,
        name: &str,
        _: &str,
    ) -> Result<Preview, CloudError> {
        self.verified_identity().await?;
        self.what_if(deployment, kind, name).await
    }

    async fn find_preview(&self, stack: &str, name: &str) -> Result<Option<Preview>, CloudError> {
        self.find_what_if(stack, name).await
    }

    async fn discard(&self, stack: &str, preview: &str) -> Result<(), CloudError> {
        self.verified_identity().await?;
        self.delete_what_if(stack, preview).await
    }

    async fn start(&self, stack: &str, operation: &Operation, token: &str) -> Result<(), CloudError> {
        self.verified_identity().await?;
        self.start_operation(stack, operation, token).await
    }

    async fn progress(&self, operation: &OperationRef) -> Result<Progress, CloudError> {
        self.operation_progress(operation).await
    }

    async fn initiator(&self, stack: &str) -> Result<Option<String>, CloudError> {
        self.last_token(stack).await
    }

    async fn protect(&self, stack: &str, protection: &Protection) -> Result<(), CloudError> {
        self.verified_identity().await?;
        self.set_protection(stack, protection).await
    }

    async fn serving(&self, stack: &str) -> Result<Vec<Serving>, CloudError> {
        self.what_serves(stack).await
    }

    async fn serve(&self, serving: &Serving) -> Result<(), CloudError> {
        self.verified_identity().await?;
        self.have_serve(serving).await
    }

    async fn retire(&self, stack: &str) -> Result<(), CloudError> {
        self.verified_identity().await?;
        self.put_to_sleep(stack).await
    }

    async fn drift(&self, stack: &str) -> Result<Vec<ResourceDrift>, CloudError> {
        self.compare_resources(stack).await
    }
}
