//! Connecting: endpoints, credentials, TLS.

#![expect(
    clippy::disallowed_methods,
    reason = "the account that Terraform runs as is said by a variable, as credentials are"
)]

use std::sync::Arc;

use async_trait::async_trait;
use url::Url;

use super::Gcp;
use super::call::{Caller, Endpoints};
use super::credentials::Tokens;
use crate::drivers::patience::Patience;
use crate::drivers::retry::Retry;
use crate::plan::deployment::Place;
use crate::ports::clock::Clock;
use crate::ports::cloud::{Cloud, CloudError, Clouds};

/// The variable that names the service account that Terraform runs as: its address.
const ACCOUNT: &str = "LANDFALL_GCP_SERVICE_ACCOUNT";

/// Connects to Google Cloud, or to the sandbox.
#[derive(Clone)]
pub struct GcpClouds {
    clock: Arc<dyn Clock>,
    patience: Patience,
    /// The sandbox's address and the pace of its time, where this is the sandbox.
    sandbox: Option<(String, f64)>,
}

impl std::fmt::Debug for GcpClouds {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("GcpClouds").field("sandbox", &self.sandbox).finish_non_exhaustive()
    }
}

impl GcpClouds {
    /// Google Cloud, with application default credentials. Terraform runs there as the service account that
    /// `LANDFALL_GCP_SERVICE_ACCOUNT` names, else as `landfall@PROJECT.iam.gserviceaccount.com`.
    pub fn new(clock: Arc<dyn Clock>, patience: Patience) -> Self {
        GcpClouds { clock, patience, sandbox: None }
    }

    /// The sandbox at this endpoint, and how fast its time goes. It takes a project's id for a token, so no credentials of the user's
    /// are read, and none can reach it.
    pub fn sandbox(clock: Arc<dyn Clock>, patience: Patience, endpoint: String, pace: f64) -> Self {
        GcpClouds { clock, patience, sandbox: Some((endpoint, pace)) }
    }

    /// The sandbox's address, where this is the sandbox.
    pub(super) fn sandbox_endpoint(&self) -> Option<&str> {
        self.sandbox.as_ref().map(|(endpoint, _)| endpoint.as_str())
    }

    /// What calls to a project and region are made of.
    pub(in crate::drivers) fn open(&self, place: &Place) -> Result<Gcp, CloudError> {
        let unusable = |why: String| CloudError::NoCredentials { cloud: "gcp".to_owned(), why };
        // Only the first in a process decides which TLS serves all, and they are all the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .connect_timeout(self.patience.attempt.min(std::time::Duration::from_secs(10)))
            .redirect(reqwest::redirect::Policy::none());
        let client = if self.sandbox.is_some() { client.no_proxy() } else { client };
        let client = client.build().map_err(|error| unusable(error.to_string()))?;
        let (endpoints, tokens, account) = match &self.sandbox {
            Some((endpoint, _)) => {
                let endpoint = Url::parse(endpoint).map_err(|error| unusable(error.to_string()))?;
                (Endpoints::All(endpoint), Tokens::Sandbox(place.account.clone()), None)
            }
            None => {
                let account = std::env::var(ACCOUNT).ok().filter(|account| !account.is_empty());
                (Endpoints::Google, Tokens::found().map_err(unusable)?, account)
            }
        };
        let retry = Retry { clock: Arc::clone(&self.clock), patience: self.patience };
        let caller = Caller { retry, client, endpoints, tokens, project: place.account.clone() };
        Ok(Gcp::new(place.clone(), caller, self.sandbox.clone(), account))
    }
}

#[async_trait]
impl Clouds for GcpClouds {
    async fn connect(&self, place: &Place) -> Result<Box<dyn Cloud>, CloudError> {
        if place.cloud != "gcp" {
            return Err(CloudError::Unsupported(format!("this driver deploys to gcp, not to {}", place.cloud)));
        }
        Ok(Box::new(self.open(place)?))
    }
}
