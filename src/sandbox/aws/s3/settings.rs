//! What a bucket is set to: versioning, public access, encryption, policy, tags.

use std::collections::BTreeMap;

use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, dto, s3_error};

use super::bucket::{Encryption, PublicAccessBlock, Versioning};
use super::face::Face;

pub(super) fn get_bucket_versioning(
    face: &Face,
    request: S3Request<dto::GetBucketVersioningInput>,
) -> S3Result<S3Response<dto::GetBucketVersioningOutput>> {
    let owner = request.input.expected_bucket_owner.clone();
    let versioning =
        face.on_bucket(&request, &request.input.bucket, owner.as_ref(), |bucket, _, _| Ok(bucket.versioning))?;
    let status = match versioning {
        Versioning::Never => None,
        Versioning::Enabled => Some(dto::BucketVersioningStatus::ENABLED),
        Versioning::Suspended => Some(dto::BucketVersioningStatus::SUSPENDED),
    };
    let status = status.map(dto::BucketVersioningStatus::from_static);
    Ok(S3Response::new(dto::GetBucketVersioningOutput { status, ..Default::default() }))
}

pub(super) fn put_bucket_versioning(
    face: &Face,
    request: S3Request<dto::PutBucketVersioningInput>,
) -> S3Result<S3Response<dto::PutBucketVersioningOutput>> {
    let owner = request.input.expected_bucket_owner.clone();
    let status = request.input.versioning_configuration.status.clone();
    face.on_bucket(&request, &request.input.bucket, owner.as_ref(), |bucket, _, _| {
        bucket.versioning = match status.as_ref().map(|status| status.as_str()) {
            Some(dto::BucketVersioningStatus::ENABLED) => Versioning::Enabled,
            Some(dto::BucketVersioningStatus::SUSPENDED) => Versioning::Suspended,
            _ => return Err(s3_error!(IllegalVersioningConfigurationException)),
        };
        Ok(())
    })?;
    Ok(S3Response::new(dto::PutBucketVersioningOutput::default()))
}

pub(super) fn get_public_access_block(
    face: &Face,
    request: S3Request<dto::GetPublicAccessBlockInput>,
) -> S3Result<S3Response<dto::GetPublicAccessBlockOutput>> {
    let owner = request.input.expected_bucket_owner.clone();
    let block = face.on_bucket(&request, &request.input.bucket, owner.as_ref(), |bucket, _, _| {
        bucket.public_access_block.ok_or_else(|| {
            let mut error = S3Error::with_message(
                S3ErrorCode::Custom("NoSuchPublicAccessBlockConfiguration".into()),
                "The public access block configuration was not found",
            );
            // `s3s` gives a code that it doesn't know the status 500.
            error.set_status_code(hyper::StatusCode::NOT_FOUND);
            error
        })
    })?;
    let configuration = dto::PublicAccessBlockConfiguration {
        block_public_acls: Some(block.block_public_acls),
        block_public_policy: Some(block.block_public_policy),
        ignore_public_acls: Some(block.ignore_public_acls),
        restrict_public_buckets: Some(block.restrict_public_buckets),
    };
    let output = dto::GetPublicAccessBlockOutput { public_access_block_configuration: Some(configuration) };
    Ok(S3Response::new(output))
}

pub(super) fn put_public_access_block(
    face: &Face,
    request: S3Request<dto::PutPublicAccessBlockInput>,
) -> S3Result<S3Response<dto::PutPublicAccessBlockOutput>> {
    let owner = request.input.expected_bucket_owner.clone();
    let given = request.input.public_access_block_configuration.clone();
    face.on_bucket(&request, &request.input.bucket, owner.as_ref(), |bucket, _, _| {
        bucket.public_access_block = Some(PublicAccessBlock {
            block_public_acls: given.block_public_acls.unwrap_or(false),
            ignore_public_acls: given.ignore_public_acls.unwrap_or(false),
            block_public_policy: given.block_public_policy.unwrap_or(false),
            restrict_public_buckets: given.restrict_public_buckets.unwrap_or(false),
        });
        Ok(())
    })?;
    Ok(S3Response::new(dto::PutPublicAccessBlockOutput::default()))
}

pub(super) fn delete_public_access_block(
    face: &Face,
    request: S3Request<dto::DeletePublicAccessBlockInput>,
) -> S3Result<S3Response<dto::DeletePublicAccessBlockOutput>> {
    let owner = request.input.expected_bucket_owner.clone();
    face.on_bucket(&request, &request.input.bucket, owner.as_ref(), |bucket, _, _| {
        bucket.public_access_block = None;
        Ok(())
    })?;
    Ok(S3Response::new(dto::DeletePublicAccessBlockOutput::default()))
}

pub(super) fn get_bucket_encryption(
    face: &Face,
    request: S3Request<dto::GetBucketEncryptionInput>,
) -> S3Result<S3Response<dto::GetBucketEncryptionOutput>> {
    let owner = request.input.expected_bucket_owner.clone();
    let encryption =
        face.on_bucket(&request, &request.input.bucket, owner.as_ref(), |bucket, _, _| Ok(bucket.encryption.clone()))?;
    let rule = dto::ServerSideEncryptionRule {
        apply_server_side_encryption_by_default: Some(dto::ServerSideEncryptionByDefault {
            sse_algorithm: dto::ServerSideEncryption::from(encryption.algorithm),
            kms_master_key_id: encryption.key,
        }),
        bucket_key_enabled: Some(encryption.bucket_key),
    };
    let configuration = dto::ServerSideEncryptionConfiguration { rules: vec![rule] };
    let output = dto::GetBucketEncryptionOutput { server_side_encryption_configuration: Some(configuration) };
    Ok(S3Response::new(output))
}

pub(super) fn put_bucket_encryption(
    face: &Face,
    request: S3Request<dto::PutBucketEncryptionInput>,
) -> S3Result<S3Response<dto::PutBucketEncryptionOutput>> {
    let owner = request.input.expected_bucket_owner.clone();
    let rule = request.input.server_side_encryption_configuration.rules.first().cloned();
    let rule = rule.ok_or_else(|| s3_error!(MalformedXML))?;
    face.on_bucket(&request, &request.input.bucket, owner.as_ref(), |bucket, _, _| {
        let by_default = rule.apply_server_side_encryption_by_default;
        bucket.encryption = Encryption {
            algorithm: by_default
                .as_ref()
                .map_or_else(|| "AES256".to_owned(), |rule| rule.sse_algorithm.as_str().to_owned()),
            key: by_default.and_then(|rule| rule.kms_master_key_id),
            bucket_key: rule.bucket_key_enabled.unwrap_or(false),
        };
        Ok(())
    })?;
    Ok(S3Response::new(dto::PutBucketEncryptionOutput::default()))
}

pub(super) fn get_bucket_policy(
    face: &Face,
    request: S3Request<dto::GetBucketPolicyInput>,
) -> S3Result<S3Response<dto::GetBucketPolicyOutput>> {
    let owner = request.input.expected_bucket_owner.clone();
    let policy = face.on_bucket(&request, &request.input.bucket, owner.as_ref(), |bucket, _, _| {
        bucket.policy.clone().ok_or_else(|| s3_error!(NoSuchBucketPolicy, "The bucket policy does not exist"))
    })?;
    Ok(S3Response::new(dto::GetBucketPolicyOutput { policy: Some(policy) }))
}

pub(super) fn put_bucket_policy(
    face: &Face,
    request: S3Request<dto::PutBucketPolicyInput>,
) -> S3Result<S3Response<dto::PutBucketPolicyOutput>> {
    let owner = request.input.expected_bucket_owner.clone();
    let policy = request.input.policy.clone();
    if serde_json::from_str::<serde_json::Value>(&policy).is_err() {
        return Err(s3_error!(MalformedPolicy, "This policy contains invalid Json"));
    }
    face.on_bucket(&request, &request.input.bucket, owner.as_ref(), |bucket, _, _| {
        bucket.policy = Some(policy);
        Ok(())
    })?;
    Ok(S3Response::new(dto::PutBucketPolicyOutput::default()))
}

pub(super) fn delete_bucket_policy(
    face: &Face,
    request: S3Request<dto::DeleteBucketPolicyInput>,
) -> S3Result<S3Response<dto::DeleteBucketPolicyOutput>> {
    let owner = request.input.expected_bucket_owner.clone();
    face.on_bucket(&request, &request.input.bucket, owner.as_ref(), |bucket, _, _| {
        bucket.policy = None;
        Ok(())
    })?;
    Ok(S3Response::new(dto::DeleteBucketPolicyOutput::default()))
}

pub(super) fn get_bucket_tagging(
    face: &Face,
    request: S3Request<dto::GetBucketTaggingInput>,
) -> S3Result<S3Response<dto::GetBucketTaggingOutput>> {
    let owner = request.input.expected_bucket_owner.clone();
    let tags =
        face.on_bucket(&request, &request.input.bucket, owner.as_ref(), |bucket, _, _| Ok(bucket.tags.clone()))?;
    if tags.is_empty() {
        return Err(s3_error!(NoSuchTagSet, "The TagSet does not exist"));
    }
    let tag_set = tags.into_iter().map(|(key, value)| dto::Tag { key: Some(key), value: Some(value) }).collect();
    Ok(S3Response::new(dto::GetBucketTaggingOutput { tag_set }))
}

pub(super) fn put_bucket_tagging(
    face: &Face,
    request: S3Request<dto::PutBucketTaggingInput>,
) -> S3Result<S3Response<dto::PutBucketTaggingOutput>> {
    let owner = request.input.expected_bucket_owner.clone();
    let tags: BTreeMap<String, String> = request
        .input
        .tagging
        .tag_set
        .iter()
        .filter_map(|tag| Some((tag.key.clone()?, tag.value.clone().unwrap_or_default())))
        .collect();
    face.on_bucket(&request, &request.input.bucket, owner.as_ref(), |bucket, _, _| {
        bucket.tags = tags;
        Ok(())
    })?;
    Ok(S3Response::new(dto::PutBucketTaggingOutput::default()))
}
