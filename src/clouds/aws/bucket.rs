//! Buckets: Amazon S3, private, encrypted with a key of ours, over TLS only.

mod copies;

pub(super) use copies::destinations;

use serde_json::{Value, json};

use super::draft::{Draft, Suppressed};
use super::encryption::Purpose;
use super::expression::{attribute, reference, sub};
use super::{log, names, site};
use crate::diagnostics::finding::Finding;
use crate::model::bucket::{ArchiveTier, Bucket, LifecycleRule};
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::units::Time;

/// The youngest age in days at which objects move to infrequent access (S3 user guide, "Transitioning objects using
/// Amazon S3 Lifecycle").
const INFREQUENT_AFTER: u64 = 30;

/// Adds a bucket.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, bucket: &Bucket) {
    let of = Reference::new(Kind::Bucket, name);
    let component = of.to_string();
    let id = names::logical(&of);
    let key = draft.key(Purpose::Data);
    let logs = log::access_logs(draft);
    let rules = rules(draft, &of, bucket);
    let copies = copies::render(draft, &of, bucket);
    let deletion = if bucket.protected { "Retain" } else { "Delete" };
    let resource = draft.add(
        &component,
        &id,
        "AWS::S3::Bucket",
        json!({
            "BucketEncryption": { "ServerSideEncryptionConfiguration": [{
                "ServerSideEncryptionByDefault": { "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key },
                "BucketKeyEnabled": true,
            }] },
            "PublicAccessBlockConfiguration": nothing_public(),
            "OwnershipControls": { "Rules": [{ "ObjectOwnership": "BucketOwnerEnforced" }] },
            "VersioningConfiguration": { "Status": if bucket.versioned { "Enabled" } else { "Suspended" } },
            "LifecycleConfiguration": { "Rules": rules },
            "ReplicationConfiguration": copies,
            "LoggingConfiguration": { "DestinationBucketName": logs, "LogFilePrefix": format!("bucket-{name}/") },
        }),
    );
    resource.policies(deletion, "Retain");
    if !bucket.versioned {
        resource.without_rule("CKV_AWS_21", "the model asks for no earlier versions of these objects");
    }
    let mut statements = vec![tls_only(&id)];
    statements.extend(site::read(draft.stack, &of));
    draft.add(
        &component,
        format!("{id}Policy"),
        "AWS::S3::BucketPolicy",
        json!({
            "Bucket": reference(&id),
            "PolicyDocument": { "Version": "2012-10-17", "Statement": statements },
        }),
    );
    draft.output(format!("{id}Name"), format!("The name of {of}"), reference(&id));
}

/// No access list and no policy can make the bucket public.
pub(super) fn nothing_public() -> Value {
    json!({
        "BlockPublicAcls": true,
        "BlockPublicPolicy": true,
        "IgnorePublicAcls": true,
        "RestrictPublicBuckets": true,
    })
}

/// Nobody gets in without TLS.
pub(super) fn tls_only(bucket: &str) -> Value {
    json!({
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [attribute(bucket, "Arn"), sub(format!("${{{bucket}.Arn}}/*"))],
        "Condition": { "Bool": { "aws:SecureTransport": "false" } },
    })
}

fn rules(draft: &mut Draft<'_>, of: &Reference, bucket: &Bucket) -> Vec<Value> {
    // Parts of uploads that never ended are paid for and seen by nobody.
    let mut rules = vec![json!({
        "Id": "uploads-that-never-ended",
        "Status": "Enabled",
        "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": 7 },
        "NoncurrentVersionExpiration": bucket.keep_versions.map(|keep| {
            json!({ "NoncurrentDays": days(draft, of, vec!["keep-versions".to_owned()], keep) })
        }),
    })];
    for (index, rule) in bucket.lifecycle.iter().enumerate() {
        rules.push(ageing(draft, of, index, rule));
    }
    rules
}

fn ageing(draft: &mut Draft<'_>, of: &Reference, index: usize, rule: &LifecycleRule) -> Value {
    let at = |key: &str| vec!["lifecycle".to_owned(), index.to_string(), key.to_owned()];
    let archive = rule.archive_after.map(|after| {
        let days = days(draft, of, at("archive-after"), after);
        if rule.archive_to == ArchiveTier::Infrequent && days < INFREQUENT_AFTER {
            draft.findings.push(
                Finding::error(
                    "archive-too-early",
                    full(of, at("archive-after")),
                    format!("S3 can't move objects to infrequent access after `{after}`"),
                )
                .why("they have to be 30 days old")
                .fix("write `30d` or more, or choose `archive`"),
            );
        }
        json!([{ "StorageClass": class(rule.archive_to), "TransitionInDays": days }])
    });
    let delete = rule.delete_after.map(|after| days(draft, of, at("delete-after"), after));
    if let (Some(archived), Some(deleted)) = (rule.archive_after, rule.delete_after)
        && deleted <= archived
    {
        draft.findings.push(
            Finding::error(
                "deleted-before-archived",
                full(of, at("delete-after")),
                format!("objects are deleted after `{deleted}`, not later than they are archived"),
            )
            .why("S3 refuses a rule whose expiration doesn't come after its transition")
            .fix("delete later or don't archive"),
        );
    }
    json!({
        "Id": format!("rule-{}", index + 1),
        "Status": "Enabled",
        "Prefix": (!rule.prefix.is_empty()).then_some(&rule.prefix),
        "Transitions": archive,
        "ExpirationInDays": delete,
    })
}

fn class(tier: ArchiveTier) -> &'static str {
    match tier {
        ArchiveTier::Infrequent => "STANDARD_IA",
        ArchiveTier::Archive => "GLACIER",
        ArchiveTier::DeepArchive => "DEEP_ARCHIVE",
    }
}

/// A time in whole days, at least one; S3 counts in nothing smaller.
fn days(draft: &mut Draft<'_>, of: &Reference, at: Vec<String>, time: Time) -> u64 {
    let days = time.as_days().max(1);
    if days * 86_400 != time.as_seconds() {
        draft.findings.push(
            Finding::error("not-whole-days", full(of, at), format!("`{time}` isn't a whole number of days"))
                .why("S3 counts the age of objects in days")
                .fix(format!("write `{days}d`")),
        );
    }
    days
}

fn full(of: &Reference, at: Vec<String>) -> Vec<String> {
    [of.path().to_vec(), at].concat()
}
