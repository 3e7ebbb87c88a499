//! IAM.

use serde_json::Value;

use super::Asked;
use super::policy_document::{Attached, each, refusal as document_refusal};

/// The most characters of a managed policy. Source: IAM User Guide, "IAM and AWS STS quotas".
const MANAGED_LIMIT: usize = 6_144;
/// The most characters of a role's inline policies together. Source: the same.
const INLINE_LIMIT: usize = 10_240;
/// The most characters of a trust policy. Source: the same.
const TRUST_LIMIT: usize = 2_048;
/// The most managed policies of a role. Source: the same.
const MANAGED_COUNT: usize = 10;

pub(super) fn refusal(asked: &Asked<'_>) -> Option<String> {
    match asked.kind() {
        "AWS::IAM::Role" => role(asked),
        "AWS::IAM::Policy" => policy(asked),
        "AWS::IAM::ManagedPolicy" => managed_policy(asked),
        _ => None,
    }
}

/// Characters as IAM counts them: without white space.
fn size(document: &Value) -> usize {
    document.to_string().chars().filter(|letter| !letter.is_whitespace()).count()
}

fn role(asked: &Asked<'_>) -> Option<String> {
    let trust = asked.value("AssumeRolePolicyDocument")?;
    if let Some(refusal) = document_refusal(asked, trust, Attached::Trust) {
        return Some(refusal);
    }
    if size(trust) > TRUST_LIMIT {
        return asked.refuse(&format!("Cannot exceed quota for ACLSizePerRole: {TRUST_LIMIT}"), "ServiceLimitExceeded");
    }
    let mut total = 0;
    for policy in asked.list("Policies") {
        let document = policy.get("PolicyDocument")?;
        if let Some(refusal) = document_refusal(asked, document, Attached::Identity) {
            return Some(refusal);
        }
        total += size(document);
    }
    if total > INLINE_LIMIT {
        let name = asked.text("RoleName").unwrap_or_else(|| asked.subject.logical_id.clone());
        return asked.refuse(
            &format!("Maximum policy size of {INLINE_LIMIT} bytes exceeded for role {name}"),
            "ServiceLimitExceeded",
        );
    }
    let managed = asked.texts("ManagedPolicyArns");
    if managed.len() > MANAGED_COUNT {
        return asked
            .refuse(&format!("Cannot exceed quota for PoliciesPerRole: {MANAGED_COUNT}"), "ServiceLimitExceeded");
    }
    let missing = managed.iter().find(|arn| {
        !arn.starts_with("arn:aws:iam::aws:policy/") && asked.find("AWS::IAM::ManagedPolicy", arn).is_none()
    })?;
    asked.refuse(&format!("Policy {missing} does not exist or is not attachable."), "NotFound")
}

fn policy(asked: &Asked<'_>) -> Option<String> {
    document_refusal(asked, asked.value("PolicyDocument")?, Attached::Identity).or_else(|| missing_role(asked))
}

fn managed_policy(asked: &Asked<'_>) -> Option<String> {
    let document = asked.value("PolicyDocument")?;
    if let Some(refusal) = document_refusal(asked, document, Attached::Identity) {
        return Some(refusal);
    }
    if size(document) > MANAGED_LIMIT {
        return asked.refuse(&format!("Cannot exceed quota for PolicySize: {MANAGED_LIMIT}"), "ServiceLimitExceeded");
    }
    missing_role(asked)
}

fn missing_role(asked: &Asked<'_>) -> Option<String> {
    let roles = each(asked.value("Roles"));
    let missing =
        roles.into_iter().filter_map(Value::as_str).find(|name| asked.find("AWS::IAM::Role", name).is_none())?;
    asked.refuse(&format!("The role with name {missing} cannot be found."), "NotFound")
}
