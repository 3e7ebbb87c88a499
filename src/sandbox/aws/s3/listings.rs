//! What is in a bucket.

use std::collections::BTreeSet;

use s3s::{S3Request, S3Response, S3Result, dto};

use super::bucket::{Bucket, Content, Version};
use super::face::{Face, caller, own};
use super::wire::{etag, size, time};

pub(super) fn list_objects_v2(
    face: &Face,
    request: S3Request<dto::ListObjectsV2Input>,
) -> S3Result<S3Response<dto::ListObjectsV2Output>> {
    let caller = caller(&request)?;
    let input = request.input;
    face.with(|world, _| {
        let bucket = own(world, &caller, &input.bucket, input.expected_bucket_owner.as_ref())?;
        let prefix = input.prefix.clone().unwrap_or_default();
        let after = input.continuation_token.clone().or(input.start_after.clone()).unwrap_or_default();
        let page = listing(bucket, &prefix, input.delimiter.as_deref(), &after, most(input.max_keys));
        let count = page.objects.len() + page.prefixes.len();
        let output = dto::ListObjectsV2Output {
            name: Some(input.bucket.clone()),
            prefix: input.prefix.clone(),
            delimiter: input.delimiter.clone(),
            max_keys: i32::try_from(most(input.max_keys)).ok(),
            key_count: i32::try_from(count).ok(),
            is_truncated: Some(page.next.is_some()),
            continuation_token: input.continuation_token.clone(),
            next_continuation_token: page.next.clone(),
            start_after: input.start_after.clone(),
            contents: Some(page.objects.iter().map(|(key, version, content)| listed(key, version, content)).collect()),
            common_prefixes: Some(common(page.prefixes)),
            ..Default::default()
        };
        Ok(S3Response::new(output))
    })
}

pub(super) fn list_objects(
    face: &Face,
    request: S3Request<dto::ListObjectsInput>,
) -> S3Result<S3Response<dto::ListObjectsOutput>> {
    let caller = caller(&request)?;
    let input = request.input;
    face.with(|world, _| {
        let bucket = own(world, &caller, &input.bucket, input.expected_bucket_owner.as_ref())?;
        let prefix = input.prefix.clone().unwrap_or_default();
        let after = input.marker.clone().unwrap_or_default();
        let page = listing(bucket, &prefix, input.delimiter.as_deref(), &after, most(input.max_keys));
        let output = dto::ListObjectsOutput {
            name: Some(input.bucket.clone()),
            prefix: input.prefix.clone(),
            marker: input.marker.clone(),
            delimiter: input.delimiter.clone(),
            max_keys: i32::try_from(most(input.max_keys)).ok(),
            is_truncated: Some(page.next.is_some()),
            next_marker: page.next.clone(),
            contents: Some(page.objects.iter().map(|(key, version, content)| listed(key, version, content)).collect()),
            common_prefixes: Some(common(page.prefixes)),
            ..Default::default()
        };
        Ok(S3Response::new(output))
    })
}

pub(super) fn list_object_versions(
    face: &Face,
    request: S3Request<dto::ListObjectVersionsInput>,
) -> S3Result<S3Response<dto::ListObjectVersionsOutput>> {
    let caller = caller(&request)?;
    let input = request.input;
    face.with(|world, _| {
        let bucket = own(world, &caller, &input.bucket, input.expected_bucket_owner.as_ref())?;
        let prefix = input.prefix.clone().unwrap_or_default();
        let mut versions = Vec::new();
        let mut markers = Vec::new();
        for (key, list) in bucket.objects.iter().filter(|(key, _)| key.starts_with(&prefix)) {
            for (index, version) in list.iter().rev().enumerate() {
                let (key, is_latest) = (Some(key.clone()), Some(index == 0));
                match &version.content {
                    Some(content) => versions.push(dto::ObjectVersion {
                        key,
                        is_latest,
                        version_id: Some(version.id.clone()),
                        e_tag: etag(&content.etag),
                        size: size(content.size),
                        last_modified: time(version.modified),
                        ..Default::default()
                    }),
                    None => markers.push(dto::DeleteMarkerEntry {
                        key,
                        is_latest,
                        version_id: Some(version.id.clone()),
                        last_modified: time(version.modified),
                        ..Default::default()
                    }),
                }
            }
        }
        let output = dto::ListObjectVersionsOutput {
            name: Some(input.bucket.clone()),
            prefix: input.prefix.clone(),
            is_truncated: Some(false),
            versions: Some(versions),
            delete_markers: Some(markers),
            ..Default::default()
        };
        Ok(S3Response::new(output))
    })
}

/// The keys of a listing: those under the prefix, folded at the delimiter, from after the marker on.
struct Listing<'a> {
    objects: Vec<(&'a String, &'a Version, &'a Content)>,
    prefixes: Vec<String>,
    /// The last key or prefix of the page, where there is more.
    next: Option<String>,
}

fn listing<'a>(bucket: &'a Bucket, prefix: &str, delimiter: Option<&str>, after: &str, most: usize) -> Listing<'a> {
    let mut objects = Vec::new();
    let mut prefixes: BTreeSet<String> = BTreeSet::new();
    let mut last = String::new();
    for key in bucket.objects.keys().filter(|key| key.starts_with(prefix)) {
        let Some((version, content)) = bucket.current(key) else { continue };
        let folded = delimiter.filter(|delimiter| !delimiter.is_empty()).and_then(|delimiter| {
            let rest = &key[prefix.len()..];
            rest.find(delimiter).map(|at| key[..prefix.len() + at + delimiter.len()].to_owned())
        });
        let name = folded.as_deref().unwrap_or(key);
        let seen = name <= after || folded.as_ref().is_some_and(|folded| prefixes.contains(folded));
        if seen {
            continue;
        }
        if objects.len() + prefixes.len() >= most {
            return Listing { objects, prefixes: prefixes.into_iter().collect(), next: Some(last) };
        }
        last = name.to_owned();
        match folded {
            Some(folded) => {
                prefixes.insert(folded);
            }
            None => objects.push((key, version, content)),
        }
    }
    Listing { objects, prefixes: prefixes.into_iter().collect(), next: None }
}

fn listed(key: &str, version: &Version, content: &Content) -> dto::Object {
    dto::Object {
        key: Some(key.to_owned()),
        e_tag: etag(&content.etag),
        last_modified: time(version.modified),
        size: size(content.size),
        storage_class: Some(dto::ObjectStorageClass::from_static(dto::ObjectStorageClass::STANDARD)),
        ..Default::default()
    }
}

fn common(prefixes: Vec<String>) -> Vec<dto::CommonPrefix> {
    prefixes.into_iter().map(|prefix| dto::CommonPrefix { prefix: Some(prefix) }).collect()
}

fn most(asked: Option<i32>) -> usize {
    asked.and_then(|asked| usize::try_from(asked).ok()).unwrap_or(1000).min(1000)
}
