//! S3's operations as `s3s` hands them over: who may do what to which bucket; the work is done in the files beside.

use std::sync::Arc;

use jiff::Timestamp;
use s3s::dto;
use s3s::{S3, S3Error, S3Request, S3Response, S3Result, s3_error};

use super::bucket::Bucket;
use super::{buckets, listings, objects, settings, uploads};
use crate::sandbox::access::Access;
use crate::sandbox::aws::caller::Caller;
use crate::sandbox::ids::IdSource;
use crate::sandbox::world::World;

/// The service.
#[derive(Clone, Debug)]
pub struct Face {
    access: Arc<Access>,
}

impl Face {
    /// The service over this world.
    pub fn new(access: Arc<Access>) -> Self {
        Self { access }
    }

    pub(super) fn with<R>(&self, act: impl FnOnce(&mut World, Timestamp) -> S3Result<R>) -> S3Result<R> {
        self.access.with(act).map_err(S3Error::internal_error)?
    }

    /// Does something with a bucket of the caller's.
    pub(super) fn on_bucket<T, R>(
        &self,
        request: &S3Request<T>,
        bucket: &str,
        owner: Option<&String>,
        act: impl FnOnce(&mut Bucket, &mut IdSource, Timestamp) -> S3Result<R>,
    ) -> S3Result<R> {
        let caller = caller(request)?;
        self.with(|world, now| {
            let mut ids = world.ids.clone();
            let found = own(world, &caller, bucket, owner)?;
            // A refused request changes nothing.
            let mut changed = found.clone();
            let outcome = act(&mut changed, &mut ids, now)?;
            if changed != *found {
                world.buckets.put(bucket.to_owned(), changed);
            }
            world.ids = ids;
            Ok(outcome)
        })
    }

    pub(super) fn keep(&self, bytes: &[u8]) -> S3Result<String> {
        self.with(|world, _| world.write_blob(bytes).map_err(S3Error::internal_error))
    }
}

/// Who calls, as the server found out before it handed the request over.
pub(super) fn caller<T>(request: &S3Request<T>) -> S3Result<Caller> {
    request.extensions.get::<Caller>().cloned().ok_or_else(|| s3_error!(AccessDenied, "Access Denied"))
}

/// A bucket that the caller may use: its account's own, in the region that the request was signed for.
pub(super) fn own<'a>(world: &'a World, caller: &Caller, name: &str, owner: Option<&String>) -> S3Result<&'a Bucket> {
    let bucket =
        world.buckets.get(name).ok_or_else(|| s3_error!(NoSuchBucket, "The specified bucket does not exist"))?;
    if bucket.account != caller.account || owner.is_some_and(|owner| *owner != bucket.account) {
        return Err(s3_error!(AccessDenied, "Access Denied"));
    }
    if bucket.region != caller.region {
        return Err(s3_error!(
            PermanentRedirect,
            "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint: it is in {}.",
            bucket.region
        ));
    }
    Ok(bucket)
}

#[async_trait::async_trait]
impl S3 for Face {
    async fn create_bucket(
        &self,
        request: S3Request<dto::CreateBucketInput>,
    ) -> S3Result<S3Response<dto::CreateBucketOutput>> {
        buckets::create_bucket(self, request)
    }

    async fn delete_bucket(
        &self,
        request: S3Request<dto::DeleteBucketInput>,
    ) -> S3Result<S3Response<dto::DeleteBucketOutput>> {
        buckets::delete_bucket(self, request)
    }

    async fn head_bucket(
        &self,
        request: S3Request<dto::HeadBucketInput>,
    ) -> S3Result<S3Response<dto::HeadBucketOutput>> {
        buckets::head_bucket(self, request)
    }

    async fn list_buckets(
        &self,
        request: S3Request<dto::ListBucketsInput>,
    ) -> S3Result<S3Response<dto::ListBucketsOutput>> {
        buckets::list_buckets(self, request)
    }

    async fn get_bucket_location(
        &self,
        request: S3Request<dto::GetBucketLocationInput>,
    ) -> S3Result<S3Response<dto::GetBucketLocationOutput>> {
        buckets::get_bucket_location(self, request)
    }

    async fn get_bucket_versioning(
        &self,
        request: S3Request<dto::GetBucketVersioningInput>,
    ) -> S3Result<S3Response<dto::GetBucketVersioningOutput>> {
        settings::get_bucket_versioning(self, request)
    }

    async fn put_bucket_versioning(
        &self,
        request: S3Request<dto::PutBucketVersioningInput>,
    ) -> S3Result<S3Response<dto::PutBucketVersioningOutput>> {
        settings::put_bucket_versioning(self, request)
    }

    async fn get_public_access_block(
        &self,
        request: S3Request<dto::GetPublicAccessBlockInput>,
    ) -> S3Result<S3Response<dto::GetPublicAccessBlockOutput>> {
        settings::get_public_access_block(self, request)
    }

    async fn put_public_access_block(
        &self,
        request: S3Request<dto::PutPublicAccessBlockInput>,
    ) -> S3Result<S3Response<dto::PutPublicAccessBlockOutput>> {
        settings::put_public_access_block(self, request)
    }

    async fn delete_public_access_block(
        &self,
        request: S3Request<dto::DeletePublicAccessBlockInput>,
    ) -> S3Result<S3Response<dto::DeletePublicAccessBlockOutput>> {
        settings::delete_public_access_block(self, request)
    }

    async fn get_bucket_encryption(
        &self,
        request: S3Request<dto::GetBucketEncryptionInput>,
    ) -> S3Result<S3Response<dto::GetBucketEncryptionOutput>> {
        settings::get_bucket_encryption(self, request)
    }

    async fn put_bucket_encryption(
        &self,
        request: S3Request<dto::PutBucketEncryptionInput>,
    ) -> S3Result<S3Response<dto::PutBucketEncryptionOutput>> {
        settings::put_bucket_encryption(self, request)
    }

    async fn get_bucket_policy(
        &self,
        request: S3Request<dto::GetBucketPolicyInput>,
    ) -> S3Result<S3Response<dto::GetBucketPolicyOutput>> {
        settings::get_bucket_policy(self, request)
    }

    async fn put_bucket_policy(
        &self,
        request: S3Request<dto::PutBucketPolicyInput>,
    ) -> S3Result<S3Response<dto::PutBucketPolicyOutput>> {
        settings::put_bucket_policy(self, request)
    }

    async fn delete_bucket_policy(
        &self,
        request: S3Request<dto::DeleteBucketPolicyInput>,
    ) -> S3Result<S3Response<dto::DeleteBucketPolicyOutput>> {
        settings::delete_bucket_policy(self, request)
    }

    async fn get_bucket_tagging(
        &self,
        request: S3Request<dto::GetBucketTaggingInput>,
    ) -> S3Result<S3Response<dto::GetBucketTaggingOutput>> {
        settings::get_bucket_tagging(self, request)
    }

    async fn put_bucket_tagging(
        &self,
        request: S3Request<dto::PutBucketTaggingInput>,
    ) -> S3Result<S3Response<dto::PutBucketTaggingOutput>> {
        settings::put_bucket_tagging(self, request)
    }

    async fn put_object(&self, request: S3Request<dto::PutObjectInput>) -> S3Result<S3Response<dto::PutObjectOutput>> {
        objects::put_object(self, request).await
    }

    async fn get_object(&self, request: S3Request<dto::GetObjectInput>) -> S3Result<S3Response<dto::GetObjectOutput>> {
        objects::get_object(self, request)
    }

    async fn head_object(
        &self,
        request: S3Request<dto::HeadObjectInput>,
    ) -> S3Result<S3Response<dto::HeadObjectOutput>> {
        objects::head_object(self, request)
    }

    async fn delete_object(
        &self,
        request: S3Request<dto::DeleteObjectInput>,
    ) -> S3Result<S3Response<dto::DeleteObjectOutput>> {
        objects::delete_object(self, request)
    }

    async fn delete_objects(
        &self,
        request: S3Request<dto::DeleteObjectsInput>,
    ) -> S3Result<S3Response<dto::DeleteObjectsOutput>> {
        objects::delete_objects(self, request)
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<dto::ListObjectsV2Input>,
    ) -> S3Result<S3Response<dto::ListObjectsV2Output>> {
        listings::list_objects_v2(self, request)
    }

    async fn list_objects(
        &self,
        request: S3Request<dto::ListObjectsInput>,
    ) -> S3Result<S3Response<dto::ListObjectsOutput>> {
        listings::list_objects(self, request)
    }

    async fn list_object_versions(
        &self,
        request: S3Request<dto::ListObjectVersionsInput>,
    ) -> S3Result<S3Response<dto::ListObjectVersionsOutput>> {
        listings::list_object_versions(self, request)
    }

    async fn copy_object(
        &self,
        request: S3Request<dto::CopyObjectInput>,
    ) -> S3Result<S3Response<dto::CopyObjectOutput>> {
        objects::copy_object(self, request)
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<dto::CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<dto::CreateMultipartUploadOutput>> {
        uploads::create_multipart_upload(self, request)
    }

    async fn upload_part(
        &self,
        request: S3Request<dto::UploadPartInput>,
    ) -> S3Result<S3Response<dto::UploadPartOutput>> {
        uploads::upload_part(self, request).await
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<dto::CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<dto::CompleteMultipartUploadOutput>> {
        uploads::complete_multipart_upload(self, request)
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<dto::AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<dto::AbortMultipartUploadOutput>> {
        uploads::abort_multipart_upload(self, request)
    }
}
