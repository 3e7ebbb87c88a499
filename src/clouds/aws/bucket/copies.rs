//! Copies of a bucket's objects in a bucket of another region, and the role that S3 takes to make them.
//!
//! Source: S3 user guide, "Setting up permissions for live replication" and "Replicating encrypted objects (SSE-S3, SSE-KMS, DSSE-KMS,
//! SSE-C)".

use serde_json::{Value, json};

use super::{Draft, full};
use crate::clouds::aws::document::Template;
use crate::clouds::aws::encryption::Purpose;
use crate::clouds::aws::expression::{attribute, reference, sub};
use crate::clouds::aws::resolved::{self, Given};
use crate::clouds::aws::{names, role};
use crate::diagnostics::finding::Finding;
use crate::model::bucket::Bucket;
use crate::model::reference::Reference;
use crate::plan::destination::Destination;

/// The key of the copies, S3's own in their region: the bucket there is somebody else's, and so would a key of it be.
const KEY: &str = "alias/aws/s3";

/// The configuration that has objects copied, with the role for it; nothing where none are, or none can be.
pub(super) fn render(draft: &mut Draft<'_>, of: &Reference, bucket: &Bucket) -> Option<Value> {
    let region = bucket.copied_to.as_deref()?;
    let refused =
        |field: &str, asked: String| Finding::refused("bucket-copies", full(of, vec![field.to_owned()]), asked);
    if !bucket.versioned {
        draft.findings.push(
            refused("copied-to", "objects without versions copied".to_owned())
                .why("S3 copies versions, and this bucket keeps none")
                .fix("take `versioned: false` out, or leave the copies out"),
        );
        return None;
    }
    let Some(into) = bucket.copied_into.as_deref() else {
        draft.findings.push(
            refused("copied-to", format!("objects copied to `{region}`"))
                .why("S3 copies into another bucket, and a stack makes none outside of its region")
                .fix("make a bucket there that keeps versions, in the same account, and name it: `copied-into: NAME`"),
        );
        return None;
    };
    let id = names::logical(of);
    let (there, role_id) = (sub(format!("arn:${{AWS::Partition}}:s3:::{into}")), format!("{id}CopiesRole"));
    role::role(draft, &of.to_string(), &role_id, role::taken_by("s3.amazonaws.com"), Vec::new());
    let statements = statements(draft, &id, &there, &format!("arn:${{AWS::Partition}}:s3:::{into}/*"), region);
    draft.add(
        &of.to_string(),
        format!("{id}CopiesAccess"),
        "AWS::IAM::Policy",
        json!({
            "PolicyName": "copies",
            "Roles": [reference(&role_id)],
            "PolicyDocument": { "Version": "2012-10-17", "Statement": statements },
        }),
    );
    Some(json!({
        "Role": attribute(&role_id, "Arn"),
        "Rules": [{
            "Id": "copies",
            "Status": "Enabled",
            "Priority": 1,
            "Filter": { "Prefix": "" },
            // An object that is deleted is deleted there too; its versions stay, as here.
            "DeleteMarkerReplication": { "Status": "Enabled" },
            "SourceSelectionCriteria": { "SseKmsEncryptedObjects": { "Status": "Enabled" } },
            "Destination": {
                "Bucket": there,
                "EncryptionConfiguration": {
                    "ReplicaKmsKeyID": sub(format!("arn:${{AWS::Partition}}:kms:{region}:${{AWS::AccountId}}:{KEY}")),
                },
            },
        }],
    }))
}

/// The buckets that those of a template have their objects copied into, as far as it says which and, by the key there, where.
pub(in crate::clouds::aws) fn destinations(template: Template, given: &Given) -> Vec<Destination> {
    let mut given = given.clone();
    // Of the ARNs only names and regions are read.
    for unread in ["AWS::AccountId", "AWS::Partition"] {
        given.pseudo.entry(unread.to_owned()).or_insert_with(|| json!(""));
    }
    let mut found = Vec::new();
    for bucket in resolved::alone(template, &given).resources.iter().filter(|one| one.kind == "AWS::S3::Bucket") {
        let rules = bucket.properties.get("ReplicationConfiguration").and_then(|copies| copies.get("Rules"));
        for rule in rules.and_then(Value::as_array).into_iter().flatten() {
            let text = |at: &str| rule.pointer(at).and_then(Value::as_str);
            let name = text("/Destination/Bucket").and_then(|arn| arn.split_once(":::"));
            let key = text("/Destination/EncryptionConfiguration/ReplicaKmsKeyID");
            let (Some((_, name)), Some(region)) = (name, key.and_then(|arn| arn.split(':').nth(3))) else { continue };
            let (resource, bucket, region) = (bucket.id.clone(), name.to_owned(), region.to_owned());
            found.push(Destination { resource, bucket, region });
        }
    }
    found
}

/// What the role may do: read versions here, write them there, with the two keys and for these two buckets only. It stands beside the role, as
/// the bucket names the role and these name the bucket.
fn statements(draft: &mut Draft<'_>, id: &str, there: &Value, objects_there: &str, region: &str) -> Vec<Value> {
    let objects_there = sub(objects_there);
    let objects = sub(format!("${{{id}.Arn}}/*"));
    let key = draft.key(Purpose::Data);
    vec![
        role::allow("See", &["s3:GetReplicationConfiguration", "s3:ListBucket"], [attribute(id, "Arn")]),
        role::allow(
            "Read",
            &["s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"],
            [objects.clone()],
        ),
        role::allow_if(
            "Copy",
            &["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"],
            [objects_there.clone()],
            // The bucket's name, once free, may be anybody's.
            json!({ "StringEquals": { "aws:ResourceAccount": reference("AWS::AccountId") } }),
        ),
        role::allow_if(
            "Decrypt",
            &["kms:Decrypt"],
            [key],
            json!({
                "StringEquals": { "kms:ViaService": sub("s3.${AWS::Region}.${AWS::URLSuffix}") },
                "StringLike": { "kms:EncryptionContext:aws:s3:arn": [attribute(id, "Arn"), objects] },
            }),
        ),
        role::allow_if(
            "Encrypt",
            &["kms:Encrypt", "kms:GenerateDataKey"],
            [sub(format!("arn:${{AWS::Partition}}:kms:{region}:${{AWS::AccountId}}:key/*"))],
            json!({
                "ForAnyValue:StringEquals": { "kms:ResourceAliases": KEY },
                "StringEquals": { "kms:ViaService": sub(format!("s3.{region}.${{AWS::URLSuffix}}")) },
                "StringLike": { "kms:EncryptionContext:aws:s3:arn": [there, objects_there] },
            }),
        ),
    ]
}
