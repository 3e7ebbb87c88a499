//! The SDK's configuration: region, credentials, endpoint, TLS.

#![expect(
    clippy::disallowed_methods,
    reason = "AWS_ENDPOINT_URL belongs to the SDK, which gives no other way to ask for it"
)]

use std::sync::Arc;

use async_trait::async_trait;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use super::Aws;
use super::call::Caller;
use crate::drivers::patience::Patience;
use crate::drivers::retry::Retry;
use crate::plan::deployment::Place;
use crate::ports::clock::Clock;
use crate::ports::cloud::{Cloud, CloudError, Clouds};

/// Connects to AWS, or to whatever speaks its protocols at an endpoint.
#[derive(Clone)]
pub struct AwsClouds {
    clock: Arc<dyn Clock>,
    patience: Patience,
    /// The sandbox's address and the pace of its time, where this is the sandbox.
    sandbox: Option<(String, f64)>,
}

impl std::fmt::Debug for AwsClouds {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("AwsClouds").field("sandbox", &self.sandbox).finish_non_exhaustive()
    }
}

impl AwsClouds {
    /// AWS, with the credentials that the SDK finds (environment, profile, web identity, container, instance) and, where it is
    /// set, the endpoint of `AWS_ENDPOINT_URL`.
    pub fn new(clock: Arc<dyn Clock>, patience: Patience) -> Self {
        AwsClouds { clock, patience, sandbox: None }
    }

    /// The sandbox at this endpoint, and how fast its time goes. It takes an access key of 12 digits for the account of that number, so no credentials of
    /// the user's are read, and none can reach it.
    pub fn sandbox(clock: Arc<dyn Clock>, patience: Patience, endpoint: String, pace: f64) -> Self {
        AwsClouds { clock, patience, sandbox: Some((endpoint, pace)) }
    }

    /// One account and region. Nothing is asked of it yet.
    pub(super) async fn account(&self, place: &Place) -> (SdkConfig, Aws) {
        let config = self.config(place).await;
        let retry = Retry { clock: Arc::clone(&self.clock), patience: self.patience };
        let caller = Caller { retry };
        let aws = Aws::new(&config, place.clone(), caller, self.sandbox.clone());
        (config, aws)
    }

    /// Whether this is the sandbox.
    pub(super) fn is_sandbox(&self) -> bool {
        self.sandbox.is_some()
    }

    async fn config(&self, place: &Place) -> SdkConfig {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(self.patience.attempt.min(std::time::Duration::from_secs(10)))
            .operation_attempt_timeout(self.patience.attempt)
            .build();
        let loader = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(place.region.clone()))
            // Retries are ours: the SDK's would repeat a write whose answer was lost without looking first.
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts);
        match &self.sandbox {
            Some((endpoint, _)) => {
                let key = Credentials::new(&place.account, "sandbox", None, None, "landfall sandbox");
                let loader = loader.credentials_provider(key).endpoint_url(endpoint).http_client(http(endpoint));
                loader.load().await
            }
            None => {
                let endpoint = std::env::var("AWS_ENDPOINT_URL").unwrap_or_default();
                loader.http_client(http(&endpoint)).load().await
            }
        }
    }
}

/// TLS by rustls and ring; none for an endpoint in plain http, so that no machine's certificates are read for it.
fn http(endpoint: &str) -> SharedHttpClient {
    if endpoint.starts_with("http://") {
        Builder::new().build_http()
    } else {
        Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
    }
}

#[async_trait]
impl Clouds for AwsClouds {
    async fn connect(&self, place: &Place) -> Result<Box<dyn Cloud>, CloudError> {
        if place.cloud != "aws" {
            return Err(CloudError::Unsupported(format!("this driver deploys to aws, not to {}", place.cloud)));
        }
        let (_, aws) = self.account(place).await;
        Ok(Box::new(aws))
    }
}
