//! The bucket for templates and code: one an account and region, made on first need, and never trusted by its name alone.
//!
//! Bucket names are global, so anybody may have made ours first: every call says whose it has to be, and S3 refuses it
//! otherwise. Objects are named by digest and created once.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, PublicAccessBlockConfiguration,
    VersioningConfiguration,
};

use super::Aws;
use super::call::{Call, Effect};
use crate::plan::deployment::{Deployment, Upload};
use crate::ports::cloud::CloudError;

/// The largest template that CloudFormation takes in the request itself, bytes (`TemplateBody`, CloudFormation API
/// reference). A larger one has to lie in S3, where it may have 1 MB.
const INLINE: usize = 51_200;

/// A template as a request names it.
pub(super) enum Template {
    Body(String),
    Url(String),
}

impl Aws {
    /// The bucket of a deployment: the environment's, or one that names the account and region, so that it is found again.
    pub(super) fn bucket_name(&self, deployment: &Deployment) -> String {
        deployment.bucket.clone().unwrap_or_else(|| format!("landfall-{}-{}", self.place.account, self.place.region))
    }

    /// Puts the files that the document refers to where it refers to them.
    pub(super) async fn upload(&self, deployment: &Deployment) -> Result<(), CloudError> {
        if deployment.uploads.is_empty() {
            return Ok(());
        }
        let bucket = self.bucket_name(deployment);
        self.ensure_bucket(&bucket).await?;
        for upload in &deployment.uploads {
            self.put_once(&bucket, upload).await?;
        }
        Ok(())
    }

    /// The template for a request, through the bucket where it is too large for the request itself.
    pub(super) async fn stage_template(&self, deployment: &Deployment) -> Result<Template, CloudError> {
        if deployment.document.len() <= INLINE {
            return Ok(Template::Body(deployment.document.clone()));
        }
        let bucket = self.bucket_name(deployment);
        self.ensure_bucket(&bucket).await?;
        let key = format!("templates/{}", deployment.document_digest().hex());
        let bytes = deployment.document.clone().into_bytes();
        self.put_once(&bucket, &Upload { key: key.clone(), bytes }).await?;
        Ok(Template::Url(match &self.endpoint {
            Some(endpoint) => format!("{}/{bucket}/{key}", endpoint.trim_end_matches('/')),
            None => format!("https://{bucket}.s3.{}.amazonaws.com/{key}", self.place.region),
        }))
    }

    pub(super) async fn ensure_bucket(&self, bucket: &str) -> Result<(), CloudError> {
        let owner = self.place.account.as_str();
        let arn = format!("arn:aws:s3:::{bucket}");
        let head = || async {
            let call = Call { permission: "s3:ListBucket", resource: &arn };
            let send = || self.s3.head_bucket().bucket(bucket).expected_bucket_owner(owner).send();
            match self.caller.make(call, Effect::Read, send).await {
                Ok(_) => Ok(true),
                Err(error) if missing(&error) => Ok(false),
                // S3 says no more than 403 to somebody who asks with the wrong owner.
                Err(CloudError::Denied { .. }) => Err(CloudError::ForeignBucket {
                    bucket: bucket.to_owned(),
                    why: format!(
                        "S3 does not let account {owner} use it: it belongs to another account, or s3:ListBucket is missing"
                    ),
                }),
                Err(error) => Err(error),
            }
        };
        if head().await? {
            return Ok(());
        }
        let call = Call { permission: "s3:CreateBucket", resource: &arn };
        // us-east-1 is the region that must not be named.
        let constraint = (self.place.region != "us-east-1").then(|| {
            let region = BucketLocationConstraint::from(self.place.region.as_str());
            CreateBucketConfiguration::builder().location_constraint(region).build()
        });
        let send = || self.s3.create_bucket().bucket(bucket).set_create_bucket_configuration(constraint.clone()).send();
        let write = || async {
            match self.caller.make(call, Effect::Write, send).await {
                Err(CloudError::Refused { code, .. }) if code == "BucketAlreadyOwnedByYou" => Ok(()),
                Err(CloudError::Refused { code, .. }) if code == "BucketAlreadyExists" => {
                    Err(CloudError::ForeignBucket {
                        bucket: bucket.to_owned(),
                        why: "another account made a bucket of this name; name one of yours in the environment"
                            .to_owned(),
                    })
                }
                answer => answer.map(|_| ()),
            }
        };
        self.caller.retry.settle(write, head).await?;
        self.close_bucket(bucket, &arn).await
    }

    /// No public access, and versions, so that nothing that was deployed from is lost. Encryption is on by default.
    async fn close_bucket(&self, bucket: &str, arn: &str) -> Result<(), CloudError> {
        let owner = self.place.account.as_str();
        let closed = PublicAccessBlockConfiguration::builder()
            .block_public_acls(true)
            .block_public_policy(true)
            .ignore_public_acls(true)
            .restrict_public_buckets(true)
            .build();
        let call = Call { permission: "s3:PutBucketPublicAccessBlock", resource: arn };
        let send = || {
            let request = self.s3.put_public_access_block().bucket(bucket).expected_bucket_owner(owner);
            request.public_access_block_configuration(closed.clone()).send()
        };
        // Both writes set a value: setting it again is harmless, so they are repeated like reads.
        self.caller.make(call, Effect::Read, send).await?;
        let versions = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        let call = Call { permission: "s3:PutBucketVersioning", resource: arn };
        let send = || {
            let request = self.s3.put_bucket_versioning().bucket(bucket).expected_bucket_owner(owner);
            request.versioning_configuration(versions.clone()).send()
        };
        self.caller.make(call, Effect::Read, send).await.map(|_| ())
    }

    /// Creates an object unless it is there: its key holds its digest, so what is there is the same.
    async fn put_once(&self, bucket: &str, upload: &Upload) -> Result<(), CloudError> {
        let owner = self.place.account.as_str();
        let key = upload.key.as_str();
        let arn = format!("arn:aws:s3:::{bucket}/{key}");
        let head = || async {
            let call = Call { permission: "s3:GetObject", resource: &arn };
            let send = || self.s3.head_object().bucket(bucket).key(key).expected_bucket_owner(owner).send();
            match self.caller.make(call, Effect::Read, send).await {
                Ok(_) => Ok(true),
                Err(error) if missing(&error) => Ok(false),
                Err(error) => Err(error),
            }
        };
        if head().await? {
            return Ok(());
        }
        let call = Call { permission: "s3:PutObject", resource: &arn };
        let send = || {
            let request = self.s3.put_object().bucket(bucket).key(key).expected_bucket_owner(owner);
            request.if_none_match("*").body(ByteStream::from(upload.bytes.clone())).send()
        };
        let write = || async {
            match self.caller.make(call, Effect::Write, send).await {
                // Somebody else, or an earlier attempt of ours whose answer was lost, put the same bytes there.
                Err(CloudError::Refused { code, .. })
                    if matches!(code.as_str(), "PreconditionFailed" | "ConditionalRequestConflict") =>
                {
                    Ok(())
                }
                answer => answer.map(|_| ()),
            }
        };
        self.caller.retry.settle(write, head).await
    }
}

/// A HEAD on what isn't there: S3's code, or the bare status in the SDK's words.
fn missing(error: &CloudError) -> bool {
    matches!(error, CloudError::Refused { code, .. } if matches!(code.as_str(), "NotFound" | "NoSuchBucket" | "NoSuchKey" | ""))
}
