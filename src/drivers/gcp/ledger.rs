//! A bucket of Cloud Storage that keeps a ledger: judged once, when it is opened, then handed to `object_store`.
//!
//! Names of buckets are shared by all of Google Cloud. So whose it is is proved here, before the first request for an object, together
//! with what makes it fit for a ledger: it keeps versions, so that what was overwritten can be put back, and lets nobody in from outside.

use std::sync::Arc;

use async_trait::async_trait;
use object_store::gcp::{GcpCredential, GoogleCloudStorage, GoogleCloudStorageBuilder};
use object_store::{ClientOptions, CredentialProvider, RetryConfig};

use super::bucket::Judged;
use super::connection::GcpClouds;
use super::credentials::Tokens;
use crate::plan::deployment::Place;
use crate::ports::cloud::CloudError;
use crate::ports::ledger::StoreError;

impl GcpClouds {
    /// Opens the bucket of a ledger, which has to be this project's, whoever asks. The sandbox's is made where it isn't there.
    ///
    /// # Errors
    /// [`StoreError::Unfit`] where it isn't there, isn't the project's, keeps no versions or may be public.
    pub(in crate::drivers) async fn ledger_bucket(
        &self,
        url: &str,
        bucket: &str,
        place: &Place,
    ) -> Result<GoogleCloudStorage, StoreError> {
        let failed = |error: CloudError| StoreError::of(bucket, error);
        let unfit = |why: String, remedy: String| Err(StoreError::Unfit { url: url.to_owned(), why, remedy });
        let gcp = self.open(place).map_err(failed)?;
        gcp.verified().await.map_err(failed)?;
        match gcp.judged(bucket).await.map_err(failed)? {
            Judged::Fit => {}
            Judged::Missing if self.sandbox_endpoint().is_some() => gcp.make_bucket(bucket).await.map_err(failed)?,
            Judged::Missing => {
                let project = &place.account;
                return unfit(
                    format!("there is no bucket {bucket}"),
                    format!(
                        "gcloud storage buckets create gs://{bucket} --project {project} --uniform-bucket-level-access --public-access-prevention, then gcloud storage buckets update gs://{bucket} --versioning; or correct the address: landfall makes no bucket for a ledger"
                    ),
                );
            }
            Judged::Unfit { why, remedy } => return unfit(why, remedy),
        }
        let patience = gcp.caller.retry.patience;
        let options = ClientOptions::new().with_timeout(patience.attempt);
        let options = options.with_allow_http(self.sandbox_endpoint().is_some());
        let mut store = GoogleCloudStorageBuilder::new()
            .with_bucket_name(bucket)
            .with_credentials(Arc::new(Keys(gcp.caller.tokens.clone())))
            .with_retry(RetryConfig { retry_timeout: patience.overall, ..RetryConfig::default() })
            .with_client_options(options);
        if let Some(endpoint) = self.sandbox_endpoint() {
            store = store.with_base_url(endpoint.trim_end_matches('/'));
        }
        store.build().map_err(|error| StoreError::Unavailable { name: bucket.to_owned(), why: error.to_string() })
    }
}

/// Tokens for `object_store`, which asks before each request; whoever gives them keeps them until they are about to run out.
#[derive(Debug)]
struct Keys(Tokens);

#[async_trait]
impl CredentialProvider for Keys {
    type Credential = GcpCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<GcpCredential>> {
        let token = self.0.token().await.map_err(|(_, why)| object_store::Error::Unauthenticated {
            path: "credentials".to_owned(),
            source: why.into(),
        })?;
        Ok(Arc::new(GcpCredential { bearer: token }))
    }
}
