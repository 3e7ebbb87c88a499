//! Between the storage's types and the protocol's.

use base64::Engine;
use futures::StreamExt;
use jiff::Timestamp;
use s3s::crypto::{Checksum, Crc32, Crc32c, Crc64Nvme, Md5, Sha1, Sha256};
use s3s::{S3Error, S3ErrorCode, S3Result, dto, s3_error};

use super::bucket::{Conditions, Unmet};
use crate::sandbox::aws::error::iso8601;

pub(super) fn time(at: Timestamp) -> Option<dto::Timestamp> {
    dto::Timestamp::parse(dto::TimestampFormat::DateTime, &iso8601(at)).ok()
}

pub(super) fn etag(text: &str) -> Option<dto::ETag> {
    Some(dto::ETag::Strong(text.to_owned()))
}

pub(super) fn size(bytes: u64) -> Option<i64> {
    i64::try_from(bytes).ok()
}

pub(super) async fn collect(body: Option<dto::StreamingBlob>) -> S3Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(mut body) = body {
        while let Some(chunk) = body.next().await {
            bytes.extend_from_slice(&chunk.map_err(|error| S3Error::with_source(S3ErrorCode::InternalError, error))?);
        }
    }
    Ok(bytes)
}

pub(super) fn conditions(
    none: Option<&dto::ETagCondition>,
    matches: Option<&dto::ETagCondition>,
) -> S3Result<Conditions> {
    let none = match none {
        None => false,
        Some(condition) if condition.is_any() => true,
        Some(_) => {
            return Err(s3_error!(
                NotImplemented,
                "A header you provided implies functionality that is not implemented"
            ));
        }
    };
    let matches = matches.map(|condition| match condition.as_etag() {
        Some(tag) => tag.value().to_owned(),
        None => "*".to_owned(),
    });
    Ok(Conditions { none, matches })
}

pub(super) fn unmet(unmet: Unmet) -> S3Error {
    match unmet {
        Unmet::Precondition => {
            s3_error!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold")
        }
        Unmet::Missing => s3_error!(NoSuchKey, "The specified key does not exist."),
    }
}

pub(super) fn md5(bytes: &[u8]) -> String {
    hex::encode(digest::<Md5>(bytes))
}

/// Refuses a body that doesn't have the checksum that came with it.
pub(super) fn check_sums(input: &dto::PutObjectInput, bytes: &[u8]) -> S3Result<()> {
    let wrong =
        |given: &Option<String>, actual: &dyn Fn() -> String| given.as_ref().is_some_and(|given| *given != actual());
    let bad = wrong(&input.content_md5, &|| base64(digest::<Md5>(bytes)))
        || wrong(&input.checksum_crc32, &|| base64(digest::<Crc32>(bytes)))
        || wrong(&input.checksum_crc32c, &|| base64(digest::<Crc32c>(bytes)))
        || wrong(&input.checksum_crc64nvme, &|| base64(digest::<Crc64Nvme>(bytes)))
        || wrong(&input.checksum_sha1, &|| base64(digest::<Sha1>(bytes)))
        || wrong(&input.checksum_sha256, &|| base64(digest::<Sha256>(bytes)));
    if bad { Err(s3_error!(BadDigest, "The checksum you specified did not match what we received.")) } else { Ok(()) }
}

fn digest<C: Checksum>(bytes: &[u8]) -> C::Output {
    let mut sum = C::new();
    sum.update(bytes);
    sum.finalize()
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
