//! S3.

use serde_json::Value;

use super::Asked;
use super::policy_document::{Attached, principals, refusal as document_refusal, statements};
use crate::sandbox::aws::cloudformation::evaluate::scalar_text;
use crate::sandbox::aws::s3::bucket::Versioning;

pub(super) fn refusal(asked: &Asked<'_>) -> Option<String> {
    match asked.kind() {
        "AWS::S3::Bucket" => lifecycle(asked).or_else(|| copies(asked)),
        "AWS::S3::BucketPolicy" => bucket_policy(asked),
        _ => None,
    }
}

fn days(value: Option<&Value>) -> Option<f64> {
    value.and_then(scalar_text)?.parse().ok()
}

/// Source: S3 User Guide, "Lifecycle configuration elements" and "Transitioning objects using Amazon S3 Lifecycle".
fn lifecycle(asked: &Asked<'_>) -> Option<String> {
    /// Days before objects may go to the classes for rare access.
    const RARE: f64 = 30.0;
    for rule in asked.list("LifecycleConfiguration.Rules") {
        let own = rule.get("Transition");
        let many = rule.get("Transitions").and_then(Value::as_array);
        let transitions: Vec<&Value> = own.into_iter().chain(many.into_iter().flatten()).collect();
        let prefix = rule.get("Prefix").and_then(Value::as_str).unwrap_or_default();
        for transition in &transitions {
            let class = transition.get("StorageClass").and_then(Value::as_str).unwrap_or_default();
            let after = days(transition.get("TransitionInDays"));
            if matches!(class, "STANDARD_IA" | "ONEZONE_IA")
                && let Some(after) = after
                && after < RARE
            {
                return asked.invalid(&format!(
                    "'Days' in Transition action must be greater than or equal to 30 for storageClass '{class}'"
                ));
            }
            if let (Some(after), Some(expires)) = (after, days(rule.get("ExpirationInDays")))
                && expires <= after
            {
                return asked.invalid(&format!(
                    "'Days' in the Expiration action for filter '(prefix={prefix})' must be greater than 'Days' in the Transition action"
                ));
            }
        }
    }
    None
}

/// Source: S3 User Guide, "Requirements and considerations for replication" and "Replicating encrypted objects"; the words are S3's own.
fn copies(asked: &Asked<'_>) -> Option<String> {
    asked.value("ReplicationConfiguration")?;
    if asked.text("VersioningConfiguration.Status").as_deref() != Some("Enabled") {
        return asked.invalid("Versioning must be 'Enabled' on the bucket to apply a replication configuration");
    }
    let role = asked.text("ReplicationConfiguration.Role").unwrap_or_default();
    if !asked.others("AWS::IAM::Role").any(|other| other.attributes["Arn"] == *role) {
        return asked.invalid("The role of the replication configuration doesn't exist or can't be taken by S3");
    }
    asked.list("ReplicationConfiguration.Rules").iter().find_map(|rule| {
        let destination = rule.get("Destination")?;
        let arn = destination.get("Bucket").and_then(Value::as_str).unwrap_or_default();
        match asked.world.buckets.get(arn.trim_start_matches("arn:aws:s3:::")) {
            None => return asked.invalid("Destination bucket must exist."),
            Some(there) if there.versioning != Versioning::Enabled => {
                return asked.invalid("Destination bucket must have versioning enabled.");
            }
            Some(_) => {}
        }
        let encrypted = rule.pointer("/SourceSelectionCriteria/SseKmsEncryptedObjects/Status").and_then(Value::as_str);
        if encrypted == Some("Enabled") && destination.pointer("/EncryptionConfiguration/ReplicaKmsKeyID").is_none() {
            return asked.invalid("ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present.");
        }
        None
    })
}

fn bucket_policy(asked: &Asked<'_>) -> Option<String> {
    let name = asked.text("Bucket")?;
    let Some(bucket) = asked.world.buckets.get(&name) else {
        return asked.refuse("The specified bucket does not exist", "NotFound");
    };
    let document = asked.value("PolicyDocument")?;
    if let Some(refusal) = document_refusal(asked, document, Attached::Resource) {
        return Some(refusal);
    }
    let foreign = statements(Some(document)).iter().any(|statement| {
        super::policy_document::each(statement.get("Resource")).into_iter().filter_map(Value::as_str).any(|resource| {
            let own = format!("arn:aws:s3:::{name}");
            !(resource == own || resource.starts_with(&format!("{own}/")) || resource.starts_with(&format!("{own}*")))
        })
    });
    if foreign {
        return asked.invalid("Policy has invalid resource");
    }
    // Source: S3 User Guide, "The meaning of 'public'".
    let public = statements(Some(document)).iter().any(|statement| {
        statement.get("Effect").and_then(Value::as_str) == Some("Allow")
            && principals(statement, "AWS").contains(&"*")
            && statement.get("Condition").is_none()
    });
    let blocked = bucket.public_access_block.is_some_and(|block| block.block_public_policy);
    if public && blocked {
        return asked.refuse(
            &format!(
                "User: {} is not authorized to perform: s3:PutBucketPolicy on resource: \"arn:aws:s3:::{name}\" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.",
                asked.subject.stack_name
            ),
            "AccessDenied",
        );
    }
    None
}
