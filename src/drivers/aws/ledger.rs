//! A bucket that keeps a ledger: judged once, when it is opened, then handed to `object_store`.
//!
//! `object_store` can't say with each request whose the bucket has to be, as our own calls do. So the owner is proved here, before
//! the first of its requests, together with what makes a bucket fit for a ledger: it keeps versions, so that what was
//! overwritten can be put back, and lets nobody in from outside.

use std::sync::Arc;

use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_sdk_s3::types::{BucketVersioningStatus, PublicAccessBlockConfiguration};
use jiff::{SignedDuration, Timestamp};
use object_store::aws::{AmazonS3, AmazonS3Builder, AwsCredential};
use object_store::{ClientOptions, CredentialProvider, RetryConfig};
use tokio::sync::Mutex;

use super::Aws;
use super::call::{Call, Effect};
use super::connection::AwsClouds;
use crate::plan::deployment::Place;
use crate::ports::clock::Clock;
use crate::ports::cloud::CloudError;
use crate::ports::ledger::StoreError;

/// Credentials are asked for again this long before they run out.
const EARLY: SignedDuration = SignedDuration::from_mins(5);

impl AwsClouds {
    /// Opens the bucket of a ledger, which has to be this account's and in this region, whoever asks. The sandbox's is made where it
    /// isn't there.
    ///
    /// # Errors
    /// [`StoreError::Unfit`] where it isn't there, isn't the account's, isn't in the region, keeps no versions or may be public.
    pub(in crate::drivers) async fn ledger_bucket(
        &self,
        url: &str,
        bucket: &str,
        place: &Place,
    ) -> Result<AmazonS3, StoreError> {
        let (config, aws) = self.account(place).await;
        let failed = |error: CloudError| StoreError::of(bucket, error);
        if self.is_sandbox() {
            aws.ensure_bucket(bucket).await.map_err(failed)?;
        }
        if let Some((why, remedy)) = aws.unfit(bucket).await.map_err(failed)? {
            return Err(StoreError::Unfit { url: url.to_owned(), why, remedy });
        }
        let unusable = |why: String| StoreError::Unavailable { name: bucket.to_owned(), why };
        let source = config.credentials_provider().ok_or_else(|| unusable("there are no credentials".to_owned()))?;
        let keys = Keys { source, clock: Arc::clone(&aws.caller.retry.clock), kept: Mutex::new(None) };
        let options = ClientOptions::new()
            .with_timeout(aws.caller.retry.patience.attempt)
            .with_allow_http(aws.endpoint.as_ref().is_some_and(|endpoint| endpoint.starts_with("http://")));
        let mut store = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_region(&place.region)
            .with_credentials(Arc::new(keys))
            .with_retry(RetryConfig { retry_timeout: aws.caller.retry.patience.overall, ..RetryConfig::default() })
            .with_client_options(options);
        if let Some(endpoint) = &aws.endpoint {
            store = store.with_endpoint(endpoint.trim_end_matches('/'));
        }
        // The client takes the process's provider of cryptography; one that is set already is this one too.
        let _ = rustls::crypto::ring::default_provider().install_default();
        store.build().map_err(|error| unusable(error.to_string()))
    }
}

impl Aws {
    /// Why a bucket must not keep a ledger, and what to do about it; none where it may.
    async fn unfit(&self, bucket: &str) -> Result<Option<(String, String)>, CloudError> {
        let (owner, region) = (self.place.account.as_str(), self.place.region.as_str());
        let arn = format!("arn:aws:s3:::{bucket}");
        let because = |why: String, remedy: String| Ok(Some((why, remedy)));

        let call = Call { permission: "s3:ListBucket", resource: &arn };
        let send = || self.s3.head_bucket().bucket(bucket).expected_bucket_owner(owner).send();
        match self.caller.make(call, Effect::Read, send).await {
            Ok(_) => {}
            Err(CloudError::Refused { code, .. }) if matches!(code.as_str(), "NotFound" | "NoSuchBucket") => {
                return because(
                    format!("account {owner} has no bucket {bucket}"),
                    format!(
                        "make it in {region}, with versions and all public access blocked, or correct the address: landfall makes no bucket for a ledger"
                    ),
                );
            }
            // S3 says no more than 403 to somebody who asks with the wrong owner.
            Err(CloudError::Denied { .. }) => {
                return because(
                    format!(
                        "S3 refuses it as a bucket of account {owner}: it belongs to another account, or s3:ListBucket is missing"
                    ),
                    format!(
                        "use a bucket of account {owner}, say in `ledger` whose it is, or have {arn} granted: s3:ListBucket, s3:GetBucketVersioning, s3:GetBucketPublicAccessBlock, and s3:GetObject and s3:PutObject on {arn}/*"
                    ),
                );
            }
            // S3 answers a HEAD without a body, so a redirect without its code.
            Err(CloudError::Refused { code, .. })
                if matches!(code.as_str(), "" | "PermanentRedirect" | "MovedPermanently") =>
            {
                return because(
                    format!("the bucket is not in {region}"),
                    format!("keep the ledger in a bucket in {region}, or say in `ledger` whose it is and where"),
                );
            }
            Err(error) => return Err(error),
        }

        let call = Call { permission: "s3:GetBucketVersioning", resource: &arn };
        let send = || self.s3.get_bucket_versioning().bucket(bucket).expected_bucket_owner(owner).send();
        let versions = self.caller.make(call, Effect::Read, send).await?;
        if versions.status() != Some(&BucketVersioningStatus::Enabled) {
            return because(
                "the bucket keeps no versions, so what is overwritten or deleted there is lost".to_owned(),
                format!(
                    "aws s3api put-bucket-versioning --bucket {bucket} --versioning-configuration Status=Enabled --expected-bucket-owner {owner}"
                ),
            );
        }

        let call = Call { permission: "s3:GetBucketPublicAccessBlock", resource: &arn };
        let send = || self.s3.get_public_access_block().bucket(bucket).expected_bucket_owner(owner).send();
        let block = match self.caller.make(call, Effect::Read, send).await {
            Ok(answer) => answer.public_access_block_configuration,
            Err(CloudError::Refused { code, .. }) if code == "NoSuchPublicAccessBlockConfiguration" => None,
            Err(error) => return Err(error),
        };
        if !block.as_ref().is_some_and(is_closed) {
            return because(
                "the bucket does not block public access".to_owned(),
                format!(
                    "aws s3api put-public-access-block --bucket {bucket} --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true --expected-bucket-owner {owner}"
                ),
            );
        }
        Ok(None)
    }
}

fn is_closed(block: &PublicAccessBlockConfiguration) -> bool {
    [block.block_public_acls, block.ignore_public_acls, block.block_public_policy, block.restrict_public_buckets]
        .into_iter()
        .all(|blocked| blocked == Some(true))
}

/// The SDK's credentials for `object_store`, which asks before each request: they are kept until they are about to run out.
struct Keys {
    source: SharedCredentialsProvider,
    clock: Arc<dyn Clock>,
    kept: Mutex<Option<Credentials>>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Keys").finish_non_exhaustive()
    }
}

impl Keys {
    fn lasts(&self, credentials: &Credentials) -> bool {
        let end = credentials.expiry().and_then(|end| Timestamp::try_from(end).ok());
        end.is_none_or(|end| end.duration_since(self.clock.now()) > EARLY)
    }
}

#[async_trait]
impl CredentialProvider for Keys {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let mut kept = self.kept.lock().await;
        let found = match kept.take().filter(|credentials| self.lasts(credentials)) {
            Some(credentials) => credentials,
            None => self.source.provide_credentials().await.map_err(|error| object_store::Error::Unauthenticated {
                path: "credentials".to_owned(),
                source: Box::new(error),
            })?,
        };
        let given = AwsCredential {
            key_id: found.access_key_id().to_owned(),
            secret_key: found.secret_access_key().to_owned(),
            token: found.session_token().map(str::to_owned),
        };
        *kept = Some(found);
        Ok(Arc::new(given))
    }
}
