//! What a role may do: who may assume it, and what its policies allow.
//!
//! Services look at this when they are given a role. Conditions and resources are left out: what is allowed under some condition or
//! on some resource counts as allowed, so that nothing is refused that the cloud would let pass.

use serde_json::Value;

use super::Asked;
use super::asked::property;
use super::policy_document::{each, principals, statements};
use crate::sandbox::engine::inventory::Physical;

/// The role that an ARN means, if it's of the same account.
pub(super) fn role<'a>(asked: &Asked<'a>, arn: &str) -> Option<&'a Physical> {
    let name = arn.rsplit('/').next()?;
    let role = asked.find("AWS::IAM::Role", name)?;
    (role.attributes.get("Arn").and_then(Value::as_str) == Some(arn)).then_some(role)
}

/// Whether an ARN is a role of the same account that a service may assume. Roles of other accounts are nobody's business here.
pub(super) fn is_assumable(asked: &Asked<'_>, arn: &str, service: &str) -> bool {
    if !arn.starts_with(&format!("arn:aws:iam::{}:role/", asked.account())) {
        return !arn.starts_with("arn:aws:iam::") || arn.split(':').nth(4) != Some(asked.account());
    }
    // AWS's own roles for services are there without anybody having made them.
    if arn.contains(":role/aws-service-role/") {
        return true;
    }
    let Some(role) = role(asked, arn) else { return false };
    statements(role.properties.get("AssumeRolePolicyDocument")).iter().any(|statement| {
        statement.get("Effect").and_then(Value::as_str) == Some("Allow")
            && principals(statement, "Service").iter().any(|principal| *principal == service || *principal == "*")
    })
}

/// Whether a role's policies allow an action on something.
pub(super) fn allows(asked: &Asked<'_>, arn: &str, action: &str) -> bool {
    let Some(role) = role(asked, arn) else { return true };
    let mut documents: Vec<&Value> =
        each(role.properties.get("Policies")).into_iter().filter_map(|policy| policy.get("PolicyDocument")).collect();
    for kind in ["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"] {
        for policy in asked.others(kind) {
            let attached = each(policy.properties.get("Roles")).iter().any(|name| **name == *role.id)
                || property(policy, "RoleName").as_deref() == Some(role.id.as_str());
            if attached {
                documents.extend(policy.properties.get("PolicyDocument"));
            }
        }
    }
    for managed in each(role.properties.get("ManagedPolicyArns")).into_iter().filter_map(Value::as_str) {
        match asked.find("AWS::IAM::ManagedPolicy", managed) {
            Some(policy) => documents.extend(policy.properties.get("PolicyDocument")),
            None if managed.starts_with("arn:aws:iam::aws:") && owned_by_aws_allows(managed, action) => return true,
            None => {}
        }
    }
    let applying = |effect: &str| {
        documents.iter().flat_map(|document| statements(Some(document))).any(|statement| {
            statement.get("Effect").and_then(Value::as_str) == Some(effect)
                && (effect == "Allow" || statement.get("Condition").is_none())
                && names(statement, action)
        })
    };
    applying("Allow") && !denied_everywhere(&documents, action)
}

fn denied_everywhere(documents: &[&Value], action: &str) -> bool {
    documents.iter().flat_map(|document| statements(Some(document))).any(|statement| {
        statement.get("Effect").and_then(Value::as_str) == Some("Deny")
            && statement.get("Condition").is_none()
            && each(statement.get("Resource")).iter().any(|resource| **resource == *"*")
            && names(statement, action)
    })
}

fn names(statement: &Value, action: &str) -> bool {
    match (statement.get("Action"), statement.get("NotAction")) {
        (Some(patterns), _) => {
            each(Some(patterns)).into_iter().filter_map(Value::as_str).any(|pattern| fits(pattern, action))
        }
        (None, Some(patterns)) => {
            !each(Some(patterns)).into_iter().filter_map(Value::as_str).any(|pattern| fits(pattern, action))
        }
        (None, None) => false,
    }
}

/// AWS's managed policies aren't known here, but for the narrow ones that functions are given: those don't allow everything.
fn owned_by_aws_allows(arn: &str, action: &str) -> bool {
    match arn.rsplit('/').next().unwrap_or_default() {
        "AWSLambdaBasicExecutionRole" | "AWSXrayWriteOnlyAccess" | "AWSXRayDaemonWriteAccess" => false,
        "AWSLambdaVPCAccessExecutionRole" => action.starts_with("ec2:"),
        "AWSLambdaSQSQueueExecutionRole" => action.starts_with("sqs:"),
        _ => true,
    }
}

/// Actions are compared without regard to case; `*` stands for any text.
fn fits(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    crate::sandbox::aws::cloudformation::policy::matches(&pattern, &action)
}
