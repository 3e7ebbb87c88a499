//! Objects: written, read, copied and deleted.

use std::collections::BTreeMap;

use jiff::Timestamp;
use s3s::{S3Error, S3Request, S3Response, S3Result, dto, s3_error};

use super::bucket::{Bucket, Content, Unmet, Version, Versioning};
use super::face::{Face, caller, own};
use super::wire::{check_sums, collect, conditions, etag, md5, size, time, unmet};
use crate::sandbox::ids::IdSource;

pub(super) async fn put_object(
    face: &Face,
    mut request: S3Request<dto::PutObjectInput>,
) -> S3Result<S3Response<dto::PutObjectOutput>> {
    let bytes = collect(request.input.body.take()).await?;
    check_sums(&request.input, &bytes)?;
    let input = &request.input;
    let conditions = conditions(input.if_none_match.as_ref(), input.if_match.as_ref())?;
    let content = Content {
        blob: face.keep(&bytes)?,
        size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        etag: md5(&bytes),
        content_type: input.content_type.clone(),
        metadata: input.metadata.clone().unwrap_or_default().into_iter().collect(),
        headers: kept_headers([
            ("cache-control", input.cache_control.as_ref()),
            ("content-disposition", input.content_disposition.as_ref()),
            ("content-encoding", input.content_encoding.as_ref()),
            ("content-language", input.content_language.as_ref()),
        ]),
    };
    let tag = content.etag.clone();
    let owner = input.expected_bucket_owner.clone();
    let (version_id, encryption) = face.on_bucket(&request, &input.bucket, owner.as_ref(), |bucket, ids, now| {
        bucket.check(&input.key, &conditions).map_err(unmet)?;
        let id = bucket.write(&input.key, content, ids.letters(32), now);
        Ok((id, bucket.encryption.algorithm.clone()))
    })?;
    let output = dto::PutObjectOutput {
        e_tag: etag(&tag),
        version_id,
        server_side_encryption: Some(dto::ServerSideEncryption::from(encryption)),
        checksum_crc32: input.checksum_crc32.clone(),
        checksum_crc32c: input.checksum_crc32c.clone(),
        checksum_crc64nvme: input.checksum_crc64nvme.clone(),
        checksum_sha1: input.checksum_sha1.clone(),
        checksum_sha256: input.checksum_sha256.clone(),
        ..Default::default()
    };
    Ok(S3Response::new(output))
}

pub(super) fn get_object(
    face: &Face,
    request: S3Request<dto::GetObjectInput>,
) -> S3Result<S3Response<dto::GetObjectOutput>> {
    let caller = caller(&request)?;
    let input = request.input;
    face.with(|world, _| {
        let bucket = own(world, &caller, &input.bucket, input.expected_bucket_owner.as_ref())?;
        let (version, content) = wanted(bucket, &input.key, input.version_id.as_ref())?;
        check_read(content, input.if_match.as_ref(), input.if_none_match.as_ref())?;
        let mut bytes = world.read_blob(&content.blob).map_err(S3Error::internal_error)?;
        let mut content_range = None;
        if let Some(range) = &input.range {
            let range = range
                .check(content.size)
                .map_err(|_| s3_error!(InvalidRange, "The requested range is not satisfiable"))?;
            content_range = Some(format!("bytes {}-{}/{}", range.start, range.end - 1, content.size));
            let (start, end) = (usize::try_from(range.start), usize::try_from(range.end));
            bytes = match (start, end) {
                (Ok(start), Ok(end)) => bytes.get(start..end).unwrap_or_default().to_vec(),
                _ => Vec::new(),
            };
        }
        let output = dto::GetObjectOutput {
            content_length: i64::try_from(bytes.len()).ok(),
            body: Some(dto::StreamingBlob::from(s3s::Body::from(bytes))),
            content_range,
            accept_ranges: Some("bytes".to_owned()),
            content_type: content.content_type.clone(),
            cache_control: content.headers.get("cache-control").cloned(),
            content_disposition: content.headers.get("content-disposition").cloned(),
            content_encoding: content.headers.get("content-encoding").cloned(),
            content_language: content.headers.get("content-language").cloned(),
            e_tag: etag(&content.etag),
            last_modified: time(version.modified),
            metadata: Some(content.metadata.clone().into_iter().collect()),
            version_id: (bucket.versioning != Versioning::Never).then(|| version.id.clone()),
            server_side_encryption: Some(dto::ServerSideEncryption::from(bucket.encryption.algorithm.clone())),
            ..Default::default()
        };
        Ok(S3Response::new(output))
    })
}

pub(super) fn head_object(
    face: &Face,
    request: S3Request<dto::HeadObjectInput>,
) -> S3Result<S3Response<dto::HeadObjectOutput>> {
    let caller = caller(&request)?;
    let input = request.input;
    face.with(|world, _| {
        let bucket = own(world, &caller, &input.bucket, input.expected_bucket_owner.as_ref())?;
        let (version, content) = wanted(bucket, &input.key, input.version_id.as_ref())?;
        check_read(content, input.if_match.as_ref(), input.if_none_match.as_ref())?;
        let output = dto::HeadObjectOutput {
            content_length: size(content.size),
            accept_ranges: Some("bytes".to_owned()),
            content_type: content.content_type.clone(),
            content_encoding: content.headers.get("content-encoding").cloned(),
            e_tag: etag(&content.etag),
            last_modified: time(version.modified),
            metadata: Some(content.metadata.clone().into_iter().collect()),
            version_id: (bucket.versioning != Versioning::Never).then(|| version.id.clone()),
            server_side_encryption: Some(dto::ServerSideEncryption::from(bucket.encryption.algorithm.clone())),
            ..Default::default()
        };
        Ok(S3Response::new(output))
    })
}

pub(super) fn delete_object(
    face: &Face,
    request: S3Request<dto::DeleteObjectInput>,
) -> S3Result<S3Response<dto::DeleteObjectOutput>> {
    let input = &request.input;
    let conditions = conditions(None, input.if_match.as_ref())?;
    let owner = input.expected_bucket_owner.clone();
    let deleted = face.on_bucket(&request, &input.bucket, owner.as_ref(), |bucket, ids, now| {
        bucket.check(&input.key, &conditions).map_err(unmet)?;
        Ok(remove(bucket, &input.key, input.version_id.as_ref(), ids, now))
    })?;
    let output = dto::DeleteObjectOutput {
        delete_marker: deleted.marker.then_some(true),
        version_id: deleted.version,
        ..Default::default()
    };
    Ok(S3Response::with_status(output, hyper::StatusCode::NO_CONTENT))
}

pub(super) fn delete_objects(
    face: &Face,
    request: S3Request<dto::DeleteObjectsInput>,
) -> S3Result<S3Response<dto::DeleteObjectsOutput>> {
    let input = &request.input;
    let quiet = input.delete.quiet.unwrap_or(false);
    let owner = input.expected_bucket_owner.clone();
    let deleted = face.on_bucket(&request, &input.bucket, owner.as_ref(), |bucket, ids, now| {
        let mut deleted = Vec::new();
        for object in &input.delete.objects {
            let removed = remove(bucket, &object.key, object.version_id.as_ref(), ids, now);
            deleted.push(dto::DeletedObject {
                key: Some(object.key.clone()),
                version_id: object.version_id.clone(),
                delete_marker: removed.marker.then_some(true),
                delete_marker_version_id: removed.version.filter(|_| removed.marker),
            });
        }
        Ok(deleted)
    })?;
    let output = dto::DeleteObjectsOutput { deleted: (!quiet).then_some(deleted), ..Default::default() };
    Ok(S3Response::new(output))
}

pub(super) fn copy_object(
    face: &Face,
    request: S3Request<dto::CopyObjectInput>,
) -> S3Result<S3Response<dto::CopyObjectOutput>> {
    let caller = caller(&request)?;
    let input = &request.input;
    let dto::CopySource::Bucket { bucket: from, key, version_id } = &input.copy_source else {
        return Err(s3_error!(NotImplemented));
    };
    let replace = input.metadata_directive.as_ref().is_some_and(|directive| directive.as_str() == "REPLACE");
    let mut content = face.with(|world, _| {
        let bucket = own(world, &caller, from, input.expected_source_bucket_owner.as_ref())?;
        let version = version_id.as_ref().map(|id| id.to_string());
        let (_, content) = wanted(bucket, key, version.as_ref())?;
        check_read(content, input.copy_source_if_match.as_ref(), None)?;
        Ok(content.clone())
    })?;
    if replace {
        content.metadata = input.metadata.clone().unwrap_or_default().into_iter().collect();
        content.content_type = input.content_type.clone();
    }
    let tag = content.etag.clone();
    let owner = input.expected_bucket_owner.clone();
    let (id, now) = face.on_bucket(&request, &input.bucket, owner.as_ref(), |bucket, ids, now| {
        Ok((bucket.write(&input.key, content, ids.letters(32), now), now))
    })?;
    let result = dto::CopyObjectResult { e_tag: etag(&tag), last_modified: time(now), ..Default::default() };
    let output = dto::CopyObjectOutput { copy_object_result: Some(result), version_id: id, ..Default::default() };
    Ok(S3Response::new(output))
}

fn not_found(key: &str) -> S3Error {
    s3_error!(NoSuchKey, "The specified key does not exist. ({key})")
}

/// The version that a read means.
fn wanted<'a>(bucket: &'a Bucket, key: &str, version: Option<&String>) -> S3Result<(&'a Version, &'a Content)> {
    match version {
        None => bucket.current(key).ok_or_else(|| not_found(key)),
        Some(id) => {
            let version = bucket
                .version(key, id)
                .ok_or_else(|| s3_error!(NoSuchVersion, "The specified version does not exist."))?;
            let content = version.content.as_ref().ok_or_else(|| {
                s3_error!(MethodNotAllowed, "The specified method is not allowed against this resource.")
            })?;
            Ok((version, content))
        }
    }
}

/// Reads have conditions too.
fn check_read(
    content: &Content,
    matches: Option<&dto::ETagCondition>,
    none: Option<&dto::ETagCondition>,
) -> S3Result<()> {
    let is = |condition: &dto::ETagCondition| condition.as_etag().is_none_or(|tag| tag.value() == content.etag);
    if matches.is_some_and(|condition| !is(condition)) {
        return Err(unmet(Unmet::Precondition));
    }
    if none.is_some_and(is) {
        return Err(s3_error!(NotModified));
    }
    Ok(())
}

/// The headers that are given back as they came.
fn kept_headers(pairs: [(&str, Option<&String>); 4]) -> BTreeMap<String, String> {
    pairs
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.clone())))
        .filter(|(_, value)| value != "aws-chunked" && !value.is_empty())
        .collect()
}

/// What a deletion left behind.
struct Removed {
    marker: bool,
    version: Option<String>,
}

fn remove(bucket: &mut Bucket, key: &str, version: Option<&String>, ids: &mut IdSource, now: Timestamp) -> Removed {
    match version {
        Some(id) => {
            let removed = bucket.delete_version(key, id);
            Removed { marker: removed.is_some_and(|version| version.content.is_none()), version: Some(id.clone()) }
        }
        None => {
            let marker = bucket.delete(key, ids.letters(32), now);
            Removed { marker: marker.is_some(), version: marker }
        }
    }
}
