//! Log groups, encrypted, with a retention; and the bucket of access logs.

mod archive;

use serde_json::{Value, json};

use super::draft::{Draft, Suppressed};
use super::encryption::Purpose;
use super::expression::{attribute, reference, sub};
use crate::diagnostics::finding::Finding;
use crate::model::units::Time;

/// The component that the bucket of access logs is rendered for.
const COMPONENT: &str = "logs";
/// The bucket of access logs.
const ACCESS_LOGS: &str = "LogsAccess";

/// The retentions that CloudWatch Logs knows, in days (API reference, PutRetentionPolicy).
const RETENTIONS: [u32; 23] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, 3654];

/// The shortest retention that CloudWatch Logs knows and that is long enough; says so where it isn't the one asked for.
pub(super) fn retention(draft: &mut Draft<'_>, path: &[&str], keep: Time) -> u32 {
    let days = keep.as_days();
    let longest = 3653;
    let known = RETENTIONS.into_iter().find(|known| u64::from(*known) >= days && *known <= longest);
    if known.is_none_or(|known| u64::from(known) * 86_400 != keep.as_seconds()) {
        let rendered = known.unwrap_or(longest);
        draft.findings.push(
            Finding::approximated("log-retention", path, format!("logs are kept {rendered} days in place of `{keep}`"))
                .why("CloudWatch Logs knows only certain retentions; the next longer one is taken, ten years at most")
                .fix(format!("write `{rendered}d`")),
        );
    }
    known.unwrap_or(longest)
}

/// Adds the log group of a workload, kept while its logs are hot; older ones are handed over where they have phases.
pub(super) fn workload_group(draft: &mut Draft<'_>, component: &str, id: &str) {
    let days = draft.stack.logs.hot().1.as_days();
    let days = RETENTIONS.into_iter().find(|known| u64::from(*known) >= days).unwrap_or(3653).min(3653);
    group(draft, component, id, days);
    if draft.stack.logs.have_phases() {
        archive::subscribe(draft, component, id);
    }
}

/// Adds a log group. Its name is CloudFormation's, so that one that was kept doesn't stand in the way of the next.
pub(super) fn group(draft: &mut Draft<'_>, component: &str, id: &str, days: u32) {
    let key = draft.key(Purpose::Logs);
    let policy = if draft.stack.protection.data { "Retain" } else { "Delete" };
    draft
        .add(component, id, "AWS::Logs::LogGroup", json!({ "RetentionInDays": days, "KmsKeyId": key }))
        .policies(policy, "Retain");
}

/// The bucket into which load balancers and buckets write who asked them for what; it is then made.
pub(super) fn access_logs(draft: &mut Draft<'_>) -> Value {
    draft.access_logs = true;
    reference(ACCESS_LOGS)
}

/// What has to be there before a load balancer may write access logs.
pub(super) const ACCESS_LOGS_POLICY: &str = "LogsAccessPolicy";

/// The Amazon Resource Name of the bucket into which access logs are written; it is then made.
pub(super) fn access_logs_arn(draft: &mut Draft<'_>) -> Value {
    draft.access_logs = true;
    attribute(ACCESS_LOGS, "Arn")
}

/// Adds the bucket of access logs if something writes into it.
pub(super) fn render(draft: &mut Draft<'_>) {
    let keep = draft.stack.logs.keep;
    let (key, hot) = draft.stack.logs.hot();
    retention(draft, &["logs", key], hot);
    archive::render(draft);
    if !draft.access_logs {
        return;
    }
    draft
        .add(
            COMPONENT,
            ACCESS_LOGS,
            "AWS::S3::Bucket",
            json!({
                // Load balancers can't write with a key of ours (Application Load Balancers user guide, "Access logs").
                "BucketEncryption": { "ServerSideEncryptionConfiguration": [
                    { "ServerSideEncryptionByDefault": { "SSEAlgorithm": "AES256" } },
                ] },
                "PublicAccessBlockConfiguration": super::bucket::nothing_public(),
                "OwnershipControls": { "Rules": [{ "ObjectOwnership": "BucketOwnerEnforced" }] },
                "VersioningConfiguration": { "Status": "Enabled" },
                "LifecycleConfiguration": { "Rules": [{
                    "Id": "expire",
                    "Status": "Enabled",
                    "Transitions": archive::cold(draft),
                    "ExpirationInDays": keep.as_days().max(1),
                    "NoncurrentVersionExpiration": { "NoncurrentDays": 1 },
                    "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": 7 },
                }] },
            }),
        )
        // CloudFormation deletes only empty buckets, and this one is written to until the load balancer is gone.
        .policies("Retain", "Retain")
        .without_rule("CKV_AWS_18", "a bucket of access logs that logged access to itself would never come to rest");
    let bucket = ACCESS_LOGS;
    let mut statements = vec![super::bucket::tls_only(bucket), load_balancers(), buckets()];
    statements.extend(super::site::writes_logs(draft.stack).then(sites));
    draft.add(
        COMPONENT,
        ACCESS_LOGS_POLICY,
        "AWS::S3::BucketPolicy",
        json!({
            "Bucket": reference(bucket),
            "PolicyDocument": { "Version": "2012-10-17", "Statement": statements },
        }),
    );
}

/// Load balancers of this account may write, each under its own prefix (Application Load Balancers user guide, "Enable
/// access logs"; the service sends no account to hold it to, the path does).
fn load_balancers() -> Value {
    json!({
        "Sid": "LoadBalancers",
        "Effect": "Allow",
        "Principal": { "Service": "logdelivery.elasticloadbalancing.amazonaws.com" },
        "Action": "s3:PutObject",
        "Resource": sub(format!("${{{ACCESS_LOGS}.Arn}}/*/AWSLogs/${{AWS::AccountId}}/*")),
    })
}

/// Buckets of this account may write (S3 user guide, "Enabling Amazon S3 server access logging").
fn buckets() -> Value {
    json!({
        "Sid": "Buckets",
        "Effect": "Allow",
        "Principal": { "Service": "logging.s3.amazonaws.com" },
        "Action": "s3:PutObject",
        "Resource": sub(format!("${{{ACCESS_LOGS}.Arn}}/*")),
        "Condition": { "StringEquals": { "aws:SourceAccount": reference("AWS::AccountId") } },
    })
}

/// The log service may write what it is given by caches of sites of this account (CloudFront developer guide, "Configure standard logging
/// (v2)").
fn sites() -> Value {
    json!({
        "Sid": "Sites",
        "Effect": "Allow",
        "Principal": { "Service": "delivery.logs.amazonaws.com" },
        "Action": "s3:PutObject",
        "Resource": sub(format!("${{{ACCESS_LOGS}.Arn}}/AWSLogs/${{AWS::AccountId}}/CloudFront/*")),
        "Condition": {
            "StringEquals": {
                "aws:SourceAccount": reference("AWS::AccountId"),
                "s3:x-amz-acl": "bucket-owner-full-control",
            },
            "ArnLike": {
                "aws:SourceArn": sub("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:delivery-source:*"),
            },
        },
    })
}
