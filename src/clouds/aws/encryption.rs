//! The keys that everything is encrypted with: one a purpose, so that those who may use one can't use the others.

use serde_json::{Value, json};

use super::draft::{Draft, Suppressed};
use super::expression::{reference, sub};
use super::{names, topic};

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Purpose {
    /// Databases, caches, buckets, secrets, images, variables: only roles of this stack and the people of the account use it.
    Data,
    /// Log groups: the log service uses it, for log groups of this stack.
    Logs,
    /// Queues and topics: services that notify use it too.
    Messages,
}

impl Purpose {
    /// The key's logical id.
    pub(super) const fn logical(self) -> &'static str {
        match self {
            Purpose::Data => "EncryptionData",
            Purpose::Logs => "EncryptionLogs",
            Purpose::Messages => "EncryptionMessages",
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Purpose::Data => "data",
            Purpose::Logs => "logs",
            Purpose::Messages => "messages",
        }
    }
}

/// The component that keys are rendered for.
const COMPONENT: &str = "encryption";

/// Adds the keys that something is encrypted with.
pub(super) fn render(draft: &mut Draft<'_>) {
    for purpose in draft.keys.clone() {
        let mut statements = vec![account_decides()];
        match purpose {
            Purpose::Data => statements.extend(sites(draft)),
            Purpose::Logs => statements.push(log_service()),
            Purpose::Messages => statements.extend(notifying_services(draft)),
        }
        let name = names::stack(draft.target);
        let outlives = outlives_stack(draft, purpose);
        draft
            .add(
                COMPONENT,
                purpose.logical(),
                "AWS::KMS::Key",
                json!({
                    "Description": format!("{} of {name}", purpose.word()),
                    "EnableKeyRotation": true,
                    // The longest that AWS allows, for second thoughts (KMS API reference, ScheduleKeyDeletion).
                    "PendingWindowInDays": 30,
                    "KeyPolicy": { "Version": "2012-10-17", "Statement": statements },
                }),
            )
            .policies(if outlives { "Retain" } else { "Delete" }, "Retain");
        let alias = format!("alias/{name}-{}", purpose.word());
        draft.add(
            COMPONENT,
            format!("{}Alias", purpose.logical()),
            "AWS::KMS::Alias",
            json!({
                "AliasName": names::shortened(&alias, names::KEY_ALIAS),
                "TargetKeyId": reference(purpose.logical()),
            }),
        );
    }
}

/// Whether something that the key encrypts is kept when the stack is deleted; without the key nobody could read it.
fn outlives_stack(draft: &Draft<'_>, purpose: Purpose) -> bool {
    let stack = draft.stack;
    match purpose {
        Purpose::Data => {
            stack.protection.data
                || stack.databases.values().any(|database| database.protected)
                || stack.buckets.values().any(|bucket| bucket.protected)
        }
        // The bucket of older logs stays.
        Purpose::Logs => stack.protection.data || stack.logs.have_phases(),
        Purpose::Messages => false,
    }
}

/// The account's own IAM policies decide who else may use the key. Without this statement nobody could ever change the
/// key again (KMS developer guide, "Default key policy").
fn account_decides() -> Value {
    json!({
        "Sid": "AccountDecides",
        "Effect": "Allow",
        "Principal": { "AWS": sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root") },
        "Action": "kms:*",
        "Resource": "*",
    })
}

/// The caches of sites read objects of their buckets. Which distribution it is can't stand here, because it is made after its bucket, and the
/// bucket after this key; the bucket's own policy lets in only the one (CloudFront developer guide, "Restrict access to an Amazon S3
/// origin", on objects encrypted with a key of AWS KMS).
fn sites(draft: &Draft<'_>) -> Option<Value> {
    (!draft.stack.sites.is_empty()).then(|| {
        json!({
            "Sid": "Sites",
            "Effect": "Allow",
            "Principal": { "Service": "cloudfront.amazonaws.com" },
            "Action": "kms:Decrypt",
            "Resource": "*",
            "Condition": {
                "StringEquals": { "aws:SourceAccount": reference("AWS::AccountId") },
                "ArnLike": {
                    "aws:SourceArn": sub("arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/*"),
                },
            },
        })
    })
}

/// CloudWatch Logs encrypts and decrypts log groups of this stack, whose names begin with the stack's because
/// CloudFormation makes them up (CloudWatch Logs user guide, "Encrypt log data").
fn log_service() -> Value {
    json!({
        "Sid": "LogGroupsOfThisStack",
        "Effect": "Allow",
        "Principal": { "Service": sub("logs.${AWS::Region}.amazonaws.com") },
        "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
        "Resource": "*",
        "Condition": { "ArnLike": {
            "kms:EncryptionContext:aws:logs:arn":
                sub("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${AWS::StackName}-*"),
        } },
    })
}

/// Services that publish to encrypted topics, and SNS where it delivers into encrypted queues (SNS developer guide,
/// "Enable compatibility between event sources and encrypted topics").
fn notifying_services(draft: &Draft<'_>) -> Vec<Value> {
    let stack = draft.stack;
    let into_queues = topic::into_queues(stack);
    let services = [
        ("Alarms", "cloudwatch.amazonaws.com", !stack.alarms.is_empty()),
        ("Budgets", "budgets.amazonaws.com", !stack.budgets.is_empty()),
        ("CostAnomalies", "costalerts.amazonaws.com", !stack.cost_anomalies.is_empty()),
        ("Topics", "sns.amazonaws.com", into_queues),
    ];
    services
        .into_iter()
        .filter(|(_, _, used)| *used)
        .map(|(sid, service, _)| {
            json!({
                "Sid": sid,
                "Effect": "Allow",
                "Principal": { "Service": service },
                "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
                "Resource": "*",
                "Condition": { "StringEquals": { "aws:SourceAccount": reference("AWS::AccountId") } },
            })
        })
        .collect()
}
