//! Logs that are no longer hot: delivered into a bucket as they are written, so that they are there when their group forgets them.

use serde_json::{Value, json};

use super::super::draft::{Draft, Suppressed};
use super::super::encryption::Purpose;
use super::super::expression::{attribute, reference, sub};
use super::super::{bucket, role};
use super::COMPONENT;

/// The bucket.
const BUCKET: &str = "LogsArchive";
/// What writes into it.
const STREAM: &str = "LogsArchiveStream";
/// As what it writes.
const WRITER: &str = "LogsArchiveWriter";
/// As what the log service hands lines over.
const SENDER: &str = "LogsArchiveSender";

/// Hands what is written to a log group over as it comes.
pub(super) fn subscribe(draft: &mut Draft<'_>, component: &str, group: &str) {
    draft.add(
        component,
        format!("{group}Archived"),
        "AWS::Logs::SubscriptionFilter",
        json!({
            "LogGroupName": reference(group),
            // Everything.
            "FilterPattern": "",
            "DestinationArn": attribute(STREAM, "Arn"),
            "RoleArn": attribute(SENDER, "Arn"),
        }),
    );
}

/// When objects that hold logs move to the archive, if ever.
pub(super) fn cold(draft: &Draft<'_>) -> Option<Value> {
    let days = draft.stack.logs.cold_after?.as_days().max(1);
    Some(json!([{ "StorageClass": "GLACIER", "TransitionInDays": days }]))
}

/// Adds the bucket and what leads into it, if a log group is handed over.
pub(super) fn render(draft: &mut Draft<'_>) {
    let handed_over = |kind: &str| kind == "AWS::Logs::SubscriptionFilter";
    if !draft.template.resources.values().any(|resource| handed_over(&resource.kind)) {
        return;
    }
    let key = draft.key(Purpose::Logs);
    let logs = super::access_logs(draft);
    let cold = cold(draft);
    let keep = draft.stack.logs.keep.as_days().max(1);
    draft
        .add(
            COMPONENT,
            BUCKET,
            "AWS::S3::Bucket",
            json!({
                "BucketEncryption": { "ServerSideEncryptionConfiguration": [{
                    "ServerSideEncryptionByDefault": { "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key },
                    "BucketKeyEnabled": true,
                }] },
                "PublicAccessBlockConfiguration": bucket::nothing_public(),
                "OwnershipControls": { "Rules": [{ "ObjectOwnership": "BucketOwnerEnforced" }] },
                "VersioningConfiguration": { "Status": "Enabled" },
                "LifecycleConfiguration": { "Rules": [{
                    "Id": "phases",
                    "Status": "Enabled",
                    "Transitions": cold,
                    "ExpirationInDays": keep,
                    "NoncurrentVersionExpiration": { "NoncurrentDays": 1 },
                    "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": 7 },
                }] },
                "LoggingConfiguration": { "DestinationBucketName": logs, "LogFilePrefix": "logs-archive/" },
            }),
        )
        // CloudFormation deletes only empty buckets, and this one is written to until its workloads are gone.
        .policies("Retain", "Retain");
    draft.add(
        COMPONENT,
        format!("{BUCKET}Policy"),
        "AWS::S3::BucketPolicy",
        json!({
            "Bucket": reference(BUCKET),
            "PolicyDocument": { "Version": "2012-10-17", "Statement": [bucket::tls_only(BUCKET)] },
        }),
    );
    stream(draft, &key);
}

/// What gathers lines and writes them, as they come from the log service: packed already.
fn stream(draft: &mut Draft<'_>, key: &Value) {
    let objects = sub(format!("${{{BUCKET}.Arn}}/*"));
    role::role(
        draft,
        COMPONENT,
        WRITER,
        // Amazon Data Firehose developer guide, "Grant Firehose access to an Amazon S3 destination".
        json!({
            "Effect": "Allow",
            "Principal": { "Service": "firehose.amazonaws.com" },
            "Action": "sts:AssumeRole",
            "Condition": { "StringEquals": { "sts:ExternalId": reference("AWS::AccountId") } },
        }),
        vec![
            role::allow("WriteLogs", &["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"], [objects]),
            role::allow(
                "FindBucket",
                &["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
                [attribute(BUCKET, "Arn")],
            ),
            role::allow("Encrypt", &["kms:Decrypt", "kms:GenerateDataKey"], [key.clone()]),
        ],
    );
    draft.add(
        COMPONENT,
        STREAM,
        "AWS::KinesisFirehose::DeliveryStream",
        json!({
            "DeliveryStreamType": "DirectPut",
            "DeliveryStreamEncryptionConfigurationInput": { "KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": key },
            "ExtendedS3DestinationConfiguration": {
                "BucketARN": attribute(BUCKET, "Arn"),
                "RoleARN": attribute(WRITER, "Arn"),
                "Prefix": "logs/",
                "ErrorOutputPrefix": "failed/",
                "CompressionFormat": "UNCOMPRESSED",
                // The most that it gathers before it writes, so that there are few objects (API reference, BufferingHints).
                "BufferingHints": { "IntervalInSeconds": 900, "SizeInMBs": 128 },
                "EncryptionConfiguration": { "KMSEncryptionConfig": { "AWSKMSKeyARN": key } },
            },
        }),
    );
    role::role(
        draft,
        COMPONENT,
        SENDER,
        // CloudWatch Logs user guide, "Subscription filters with Amazon Data Firehose".
        json!({
            "Effect": "Allow",
            "Principal": { "Service": "logs.amazonaws.com" },
            "Action": "sts:AssumeRole",
            "Condition": { "StringLike": {
                "aws:SourceArn": sub("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:*"),
            } },
        }),
        vec![role::allow("HandOver", &["firehose:PutRecord", "firehose:PutRecordBatch"], [attribute(STREAM, "Arn")])],
    );
}
