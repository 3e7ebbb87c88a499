//! The stack policy: what CloudFormation refuses to do in an update, whoever asks.

use serde_json::{Value, json};

use super::names;
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;

/// The types that hold data. The policy goes by type, not by name, so that it also guards what an update leaves out.
const DATA: [&str; 6] = [
    "AWS::ECR::Repository",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::KMS::Key",
    "AWS::RDS::DBInstance",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
];

/// The policy: everything may be updated, but what holds data is neither replaced nor deleted. Replicas may be: they hold
/// nothing of their own. None where the environment doesn't ask for it.
pub(super) fn stack_policy(stack: &Stack) -> Option<Value> {
    if !stack.protection.data {
        return None;
    }
    let replicas: Vec<Value> = stack
        .databases
        .keys()
        .map(|name| {
            json!(format!("LogicalResourceId/{}Replica*", names::logical(&Reference::new(Kind::Database, name))))
        })
        .collect();
    let (key, which) = if replicas.is_empty() { ("Resource", json!("*")) } else { ("NotResource", json!(replicas)) };
    let mut guard = json!({
        "Effect": "Deny",
        "Action": ["Update:Delete", "Update:Replace"],
        "Principal": "*",
        "Condition": { "StringEquals": { "ResourceType": DATA } },
    });
    if let Some(guard) = guard.as_object_mut() {
        guard.insert(key.to_owned(), which);
    }
    Some(json!({
        "Statement": [
            { "Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*" },
            guard,
        ],
    }))
}
