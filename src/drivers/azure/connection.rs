//! Connecting: endpoint, credentials, TLS.

#![expect(
    clippy::disallowed_methods,
    reason = "the AZURE_* variables belong to the SDK, which gives no other way to ask for them"
)]

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::http::{ClientOptions, Pipeline, RetryOptions, Transport, Url};

use super::Azure;
use super::call::Caller;
use super::credentials::{Given, Tokens, chosen};
use crate::drivers::patience::Patience;
use crate::drivers::retry::Retry;
use crate::plan::deployment::Place;
use crate::ports::clock::Clock;
use crate::ports::cloud::{Cloud, CloudError, Clouds};

/// Resource Manager in Azure's public cloud.
const ENDPOINT: &str = "https://management.azure.com/";

/// Connects to Azure, or to the sandbox.
#[derive(Clone)]
pub struct AzureClouds {
    clock: Arc<dyn Clock>,
    patience: Patience,
    /// The sandbox's address and the pace of its time, where this is the sandbox.
    sandbox: Option<(String, f64)>,
}

impl std::fmt::Debug for AzureClouds {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("AzureClouds").field("sandbox", &self.sandbox).finish_non_exhaustive()
    }
}

impl AzureClouds {
    /// Azure, with the credentials that the environment names: a federated token (`AZURE_FEDERATED_TOKEN_FILE`), an application's
    /// secret (`AZURE_CLIENT_SECRET`), the machine's identity, else whoever is signed in with `az` or `azd`.
    pub fn new(clock: Arc<dyn Clock>, patience: Patience) -> Self {
        AzureClouds { clock, patience, sandbox: None }
    }

    /// The sandbox at this endpoint, and how fast its time goes. It takes a subscription's id for a token, so no credentials of the
    /// user's are read, and none can reach it.
    pub fn sandbox(clock: Arc<dyn Clock>, patience: Patience, endpoint: String, pace: f64) -> Self {
        AzureClouds { clock, patience, sandbox: Some((endpoint, pace)) }
    }

    pub(super) fn open(&self, place: &Place) -> Result<Azure, CloudError> {
        let unusable =
            |why: &dyn std::fmt::Display| CloudError::NoCredentials { cloud: "azure".to_owned(), why: why.to_string() };
        // Only the first in a process decides which TLS serves all, and they are all the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .connect_timeout(self.patience.attempt.min(std::time::Duration::from_secs(10)))
            .redirect(reqwest::redirect::Policy::none());
        let client = if self.sandbox.is_some() { client.no_proxy() } else { client };
        let client = client.build().map_err(|error| unusable(&error))?;
        let options = ClientOptions {
            // Retries are ours: the SDK's would repeat a write whose answer was lost without looking first.
            retry: RetryOptions::none(),
            transport: Some(Transport::new(Arc::new(client))),
            ..ClientOptions::default()
        };
        let (endpoint, tokens) = match &self.sandbox {
            Some((endpoint, _)) => (endpoint.as_str(), Tokens::Sandbox(place.account.clone())),
            None => {
                let credential = chosen(&given(), &options).map_err(|error| unusable(&error))?;
                (ENDPOINT, Tokens::Credential(credential))
            }
        };
        let endpoint = Url::parse(endpoint).map_err(|error| unusable(&error))?;
        let pipeline = Pipeline::new(
            option_env!("CARGO_PKG_NAME"),
            option_env!("CARGO_PKG_VERSION"),
            options,
            Vec::new(),
            vec![Arc::new(tokens.clone())],
            None,
        );
        let retry = Retry { clock: Arc::clone(&self.clock), patience: self.patience };
        let caller = Caller { retry, pipeline, endpoint, tokens };
        Ok(Azure::new(place.clone(), caller, self.sandbox.clone()))
    }
}

impl AzureClouds {
    /// The sandbox's address, where this is the sandbox.
    pub(super) fn sandbox_endpoint(&self) -> Option<&str> {
        self.sandbox.as_ref().map(|(endpoint, _)| endpoint.as_str())
    }
}

fn given() -> Given {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    Given {
        tenant: variable("AZURE_TENANT_ID"),
        client: variable("AZURE_CLIENT_ID"),
        secret: variable("AZURE_CLIENT_SECRET"),
        federated: variable("AZURE_FEDERATED_TOKEN_FILE"),
        managed: variable("IDENTITY_ENDPOINT").is_some() || variable("MSI_ENDPOINT").is_some(),
    }
}

#[async_trait]
impl Clouds for AzureClouds {
    async fn connect(&self, place: &Place) -> Result<Box<dyn Cloud>, CloudError> {
        if place.cloud != "azure" {
            return Err(CloudError::Unsupported(format!("this driver deploys to azure, not to {}", place.cloud)));
        }
        Ok(Box::new(self.open(place)?))
    }
}
