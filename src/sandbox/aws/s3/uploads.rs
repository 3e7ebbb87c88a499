//! Uploads in parts.

use std::collections::BTreeMap;

use jiff::Timestamp;
use s3s::{S3Error, S3Request, S3Response, S3Result, dto, s3_error};
use serde::{Deserialize, Serialize};

use super::bucket::Content;
use super::face::{Face, caller, own};
use super::wire::{collect, conditions, etag, md5, unmet};

/// An upload that isn't finished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// The object's key.
    pub key: String,
    /// When it was started.
    pub started: Timestamp,
    /// The media type of the object.
    pub content_type: Option<String>,
    /// The user's own metadata.
    pub metadata: BTreeMap<String, String>,
    /// The parts by their number.
    pub parts: BTreeMap<i32, Part>,
}

/// A part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Under which name the bytes are kept.
    pub blob: String,
    /// How many bytes.
    pub size: u64,
    /// The entity tag, without quotes.
    pub etag: String,
}

pub(super) fn create_multipart_upload(
    face: &Face,
    request: S3Request<dto::CreateMultipartUploadInput>,
) -> S3Result<S3Response<dto::CreateMultipartUploadOutput>> {
    let input = &request.input;
    let owner = input.expected_bucket_owner.clone();
    let id = face.on_bucket(&request, &input.bucket, owner.as_ref(), |bucket, ids, now| {
        let id = ids.letters(32);
        let upload = Upload {
            key: input.key.clone(),
            started: now,
            content_type: input.content_type.clone(),
            metadata: input.metadata.clone().unwrap_or_default().into_iter().collect(),
            parts: BTreeMap::new(),
        };
        bucket.uploads.insert(id.clone(), upload);
        Ok(id)
    })?;
    let output = dto::CreateMultipartUploadOutput {
        bucket: Some(input.bucket.clone()),
        key: Some(input.key.clone()),
        upload_id: Some(id),
        ..Default::default()
    };
    Ok(S3Response::new(output))
}

pub(super) async fn upload_part(
    face: &Face,
    mut request: S3Request<dto::UploadPartInput>,
) -> S3Result<S3Response<dto::UploadPartOutput>> {
    let bytes = collect(request.input.body.take()).await?;
    let part =
        Part { blob: face.keep(&bytes)?, size: u64::try_from(bytes.len()).unwrap_or(u64::MAX), etag: md5(&bytes) };
    let tag = part.etag.clone();
    let input = &request.input;
    let owner = input.expected_bucket_owner.clone();
    face.on_bucket(&request, &input.bucket, owner.as_ref(), |bucket, _, _| {
        let upload = bucket.uploads.get_mut(&input.upload_id).ok_or_else(no_upload)?;
        upload.parts.insert(input.part_number, part);
        Ok(())
    })?;
    Ok(S3Response::new(dto::UploadPartOutput { e_tag: etag(&tag), ..Default::default() }))
}

pub(super) fn complete_multipart_upload(
    face: &Face,
    request: S3Request<dto::CompleteMultipartUploadInput>,
) -> S3Result<S3Response<dto::CompleteMultipartUploadOutput>> {
    let caller = caller(&request)?;
    let input = &request.input;
    let conditions = conditions(input.if_none_match.as_ref(), input.if_match.as_ref())?;
    let wanted = input.multipart_upload.as_ref().and_then(|upload| upload.parts.clone()).unwrap_or_default();
    let (bytes, sums) = face.with(|world, _| {
        let bucket = own(world, &caller, &input.bucket, input.expected_bucket_owner.as_ref())?;
        let upload = bucket.uploads.get(&input.upload_id).ok_or_else(no_upload)?;
        let (mut bytes, mut sums) = (Vec::new(), Vec::new());
        for wanted in &wanted {
            let part = wanted.part_number.and_then(|number| upload.parts.get(&number));
            let part = part
                .filter(|part| wanted.e_tag.as_ref().is_none_or(|tag| tag.value() == part.etag))
                .ok_or_else(|| s3_error!(InvalidPart, "One or more of the specified parts could not be found."))?;
            bytes.extend(world.read_blob(&part.blob).map_err(S3Error::internal_error)?);
            sums.extend(hex::decode(&part.etag).unwrap_or_default());
        }
        Ok((bytes, sums))
    })?;
    let tag = format!("{}-{}", md5(&sums), wanted.len());
    let blob = face.keep(&bytes)?;
    let owner = input.expected_bucket_owner.clone();
    let version_id = face.on_bucket(&request, &input.bucket, owner.as_ref(), |bucket, ids, now| {
        bucket.check(&input.key, &conditions).map_err(unmet)?;
        let upload = bucket.uploads.remove(&input.upload_id).ok_or_else(no_upload)?;
        let content = Content {
            blob,
            size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            etag: tag.clone(),
            content_type: upload.content_type,
            metadata: upload.metadata,
            headers: BTreeMap::new(),
        };
        Ok(bucket.write(&input.key, content, ids.letters(32), now))
    })?;
    let output = dto::CompleteMultipartUploadOutput {
        bucket: Some(input.bucket.clone()),
        key: Some(input.key.clone()),
        e_tag: etag(&tag),
        location: Some(format!("/{}/{}", input.bucket, input.key)),
        version_id,
        ..Default::default()
    };
    Ok(S3Response::new(output))
}

pub(super) fn abort_multipart_upload(
    face: &Face,
    request: S3Request<dto::AbortMultipartUploadInput>,
) -> S3Result<S3Response<dto::AbortMultipartUploadOutput>> {
    let input = &request.input;
    let owner = input.expected_bucket_owner.clone();
    face.on_bucket(&request, &input.bucket, owner.as_ref(), |bucket, _, _| {
        bucket.uploads.remove(&input.upload_id).map(|_| ()).ok_or_else(no_upload)
    })?;
    Ok(S3Response::new(dto::AbortMultipartUploadOutput::default()))
}

fn no_upload() -> S3Error {
    s3_error!(
        NoSuchUpload,
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."
    )
}
