//! Roles: who may take one, and statements of what it may do.

use serde_json::{Value, json};

use super::draft::Draft;
use super::expression::{reference, sub};

/// A permission on exact resources.
pub(super) fn allow(sid: &str, actions: &[&str], resources: impl Into<Vec<Value>>) -> Value {
    json!({ "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": one_or_many(resources.into()) })
}

/// A permission on exact resources under a condition.
pub(super) fn allow_if(sid: &str, actions: &[&str], resources: impl Into<Vec<Value>>, condition: Value) -> Value {
    json!({
        "Sid": sid,
        "Effect": "Allow",
        "Action": actions,
        "Resource": one_or_many(resources.into()),
        "Condition": condition,
    })
}

fn one_or_many(mut resources: Vec<Value>) -> Value {
    match resources.len() {
        1 => resources.remove(0),
        _ => Value::Array(resources),
    }
}

/// Adds a role that a service of the cloud takes, with what it may do. It has no name of ours, so that the deployment
/// needs no right to name roles (`CAPABILITY_IAM` is enough).
pub(super) fn role(draft: &mut Draft<'_>, component: &str, id: &str, trust: Value, statements: Vec<Value>) {
    let policies = if statements.is_empty() {
        Value::Null
    } else {
        json!([{
            "PolicyName": "access",
            "PolicyDocument": { "Version": "2012-10-17", "Statement": statements },
        }])
    };
    let bounds = draft.stack.placement.roles_bounded_by.as_ref();
    let bounds = bounds.map(|name| sub(format!("arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:policy/{name}")));
    draft.add(
        component,
        id,
        "AWS::IAM::Role",
        json!({
            "AssumeRolePolicyDocument": { "Version": "2012-10-17", "Statement": [trust] },
            "PermissionsBoundary": bounds,
            "Policies": policies,
        }),
    );
}

/// A service of the cloud may take the role.
pub(super) fn taken_by(service: &str) -> Value {
    json!({ "Effect": "Allow", "Principal": { "Service": service }, "Action": "sts:AssumeRole" })
}

/// A service of the cloud may take the role, on behalf of this account only (IAM user guide, "The confused deputy problem").
pub(super) fn taken_for_this_account_by(service: &str) -> Value {
    json!({
        "Effect": "Allow",
        "Principal": { "Service": service },
        "Action": "sts:AssumeRole",
        "Condition": { "StringEquals": { "aws:SourceAccount": reference("AWS::AccountId") } },
    })
}
