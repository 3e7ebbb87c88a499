//! The bucket for sources: one a project and region, made on first need, and never trusted by its name alone.
//!
//! Bucket names are shared by all of Google Cloud, so anybody may have made ours first: it has to belong to the pinned project, to keep
//! what is written over, to be closed to the public for good, and to give access as a whole. A ledger's is judged alike. Objects are named by digest and created once.

use reqwest::Method;
use serde_json::{Value, json};

use super::Gcp;
use super::call::{Call, Interface, Sent};
use crate::plan::deployment::Deployment;
use crate::ports::cloud::CloudError;

/// What a bucket is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Judged {
    /// There is none of this name.
    Missing,
    /// It may keep what is ours.
    Fit,
    /// It must not.
    Unfit {
        /// What is wrong with it.
        why: String,
        /// What to do about it.
        remedy: String,
    },
}

impl Gcp {
    /// The bucket of a deployment: the environment's, or one that names the project and region, so that it is found again.
    pub(super) fn bucket_name(&self, deployment: &Deployment) -> String {
        deployment.bucket.clone().unwrap_or_else(|| self.usual_bucket())
    }

    /// The bucket where the environment names none.
    pub(in crate::drivers) fn usual_bucket(&self) -> String {
        format!("landfall-{}-{}", self.place.account, self.place.region)
    }

    /// Makes the bucket where there is none, and refuses one that mustn't be used.
    pub(super) async fn ensure_bucket(&self, bucket: &str) -> Result<(), CloudError> {
        if self.is_fit(bucket).await? {
            return Ok(());
        }
        self.make_bucket(bucket).await
    }

    /// Makes a bucket that is fit, unless somebody was faster with a fit one.
    pub(super) async fn make_bucket(&self, bucket: &str) -> Result<(), CloudError> {
        let body = json!({
            "name": bucket,
            "location": self.place.region,
            "versioning": { "enabled": true },
            "iamConfiguration": {
                "uniformBucketLevelAccess": { "enabled": true },
                "publicAccessPrevention": "enforced",
            },
        });
        let mut call = storage(Method::POST, "storage.buckets.create", vec!["storage", "v1", "b"], Sent::Json(&body));
        call.query.push(("project", self.place.account.clone()));
        let write = || async {
            match self.caller.make(&call).await {
                // Somebody was faster; whether it is ours is looked at.
                Err(CloudError::Refused { code, .. }) if code == "conflict" || code == "ALREADY_EXISTS" => {
                    self.is_fit(bucket).await.map(|_| ())
                }
                made => made.map(|_| ()),
            }
        };
        self.caller.retry.settle(write, || self.is_fit(bucket)).await
    }

    /// Whether there is a bucket of this name that may be used.
    async fn is_fit(&self, bucket: &str) -> Result<bool, CloudError> {
        match self.judged(bucket).await? {
            Judged::Missing => Ok(false),
            Judged::Fit => Ok(true),
            Judged::Unfit { why, remedy } => {
                Err(CloudError::ForeignBucket { bucket: bucket.to_owned(), why: format!("{why}: {remedy}") })
            }
        }
    }

    /// Whether what is kept in a bucket is ours alone and stays.
    pub(super) async fn judged(&self, bucket: &str) -> Result<Judged, CloudError> {
        let project = &self.place.account;
        let unfit = |why: String, remedy: String| Ok(Judged::Unfit { why, remedy });
        let update = |what: &str| format!("gcloud storage buckets update gs://{bucket} {what}");
        let call = storage(Method::GET, "storage.buckets.get", vec!["storage", "v1", "b", bucket], Sent::Nothing);
        let found = match self.caller.find(&call).await {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(Judged::Missing),
            Err(CloudError::Denied { .. }) => {
                return unfit(
                    format!(
                        "Cloud Storage does not let the credentials see it: it belongs to another project than {project}, or storage.buckets.get is missing"
                    ),
                    format!(
                        "use a bucket of {project}, or have granted on gs://{bucket}: storage.buckets.get, and storage.objects.get, .create, .list and .delete"
                    ),
                );
            }
            Err(error) => return Err(error),
        };
        let number = &self.verified().await?.number;
        if found.get("projectNumber").and_then(Value::as_str) != Some(number) {
            let owner = found.get("projectNumber").and_then(Value::as_str).unwrap_or("unknown");
            return unfit(
                format!("it belongs to the project {owner}, not to {project} ({number})"),
                format!("use a bucket of {project}"),
            );
        }
        if found.pointer("/iamConfiguration/publicAccessPrevention") != Some(&json!("enforced")) {
            return unfit("it may be made public".to_owned(), update("--public-access-prevention"));
        }
        if found.pointer("/iamConfiguration/uniformBucketLevelAccess/enabled") != Some(&json!(true)) {
            return unfit(
                "it lets each object have access of its own, which nobody sees on the bucket".to_owned(),
                update("--uniform-bucket-level-access"),
            );
        }
        if found.pointer("/versioning/enabled") != Some(&json!(true)) {
            return unfit(
                "it keeps no versions, so what is overwritten or deleted there is lost".to_owned(),
                update("--versioning"),
            );
        }
        Ok(Judged::Fit)
    }

    /// Creates an object unless it is there: its name holds its digest, so what is there is the same. Gives its generation.
    pub(super) async fn put_once(&self, bucket: &str, object: &str, bytes: &[u8]) -> Result<String, CloudError> {
        if let Some(generation) = self.generation(bucket, object).await? {
            return Ok(generation);
        }
        let write = || async {
            match self.put(bucket, object, bytes, true).await {
                // Somebody else, or an earlier attempt of ours whose answer was lost, put the same bytes there.
                Err(CloudError::Refused { code, .. }) if code == "conditionNotMet" => Ok(()),
                put => put,
            }
        };
        let happened = || async { Ok(self.generation(bucket, object).await?.is_some()) };
        self.caller.retry.settle(write, happened).await?;
        let generation = self.generation(bucket, object).await?;
        generation.ok_or_else(|| CloudError::NotFound { what: format!("gs://{bucket}/{object}") })
    }

    /// Writes an object.
    async fn put(&self, bucket: &str, object: &str, bytes: &[u8], once: bool) -> Result<(), CloudError> {
        let on = vec!["upload", "storage", "v1", "b", bucket, "o"];
        let call = storage(Method::POST, "storage.objects.create", on, Sent::Bytes(bytes));
        let call = call.with("uploadType", "media").with("name", object);
        let call = if once { call.with("ifGenerationMatch", "0") } else { call };
        self.caller.make(&call).await.map(|_| ())
    }

    /// The generation of an object; none where there is no such object, or no bucket.
    async fn generation(&self, bucket: &str, object: &str) -> Result<Option<String>, CloudError> {
        let on = vec!["storage", "v1", "b", bucket, "o", object];
        let found = self.caller.find(&storage(Method::GET, "storage.objects.get", on, Sent::Nothing)).await?;
        Ok(found.and_then(|found| found.get("generation")?.as_str().map(str::to_owned)))
    }

    /// The bytes of an object; none where there is no such object, or no bucket.
    pub(super) async fn object(
        &self,
        bucket: &str,
        object: &str,
        generation: Option<&str>,
    ) -> Result<Option<Vec<u8>>, CloudError> {
        let on = vec!["storage", "v1", "b", bucket, "o", object];
        let mut call = storage(Method::GET, "storage.objects.get", on, Sent::Nothing).with("alt", "media");
        if let Some(generation) = generation {
            call = call.with("generation", generation);
        }
        match self.caller.bytes(&call).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(CloudError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What a note beside the sources says; none where there is none.
    pub(in crate::drivers) async fn note(&self, bucket: &str, name: &str) -> Result<Option<String>, CloudError> {
        let found = self.object(bucket, name, None).await?;
        Ok(found.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Writes a note beside the sources, or takes it away. Both set a state, so doubt is settled by looking.
    pub(in crate::drivers) async fn set_note(
        &self,
        bucket: &str,
        name: &str,
        text: Option<&str>,
    ) -> Result<(), CloudError> {
        let on = vec!["storage", "v1", "b", bucket, "o", name];
        let removal = storage(Method::DELETE, "storage.objects.delete", on, Sent::Nothing);
        let write = || async {
            match text {
                Some(text) => self.put(bucket, name, text.as_bytes(), false).await,
                None => self.caller.find(&removal).await.map(|_| ()),
            }
        };
        let happened = || async { Ok(self.note(bucket, name).await?.as_deref() == text) };
        self.caller.retry.settle(write, happened).await
    }
}

fn storage<'a>(method: Method, permission: &'a str, on: Vec<&'a str>, sent: Sent<'a>) -> Call<'a> {
    Call { permission, method, interface: Interface::Storage, on, query: Vec::new(), sent }
}
