//! KMS keys, and the log groups that are encrypted with them.

use serde_json::Value;

use super::Asked;
use super::policy_document::{Attached, principals, refusal as document_refusal, statements};

pub(super) fn refusal(asked: &Asked<'_>) -> Option<String> {
    match asked.kind() {
        "AWS::KMS::Key" => key(asked),
        "AWS::Logs::LogGroup" => log_group(asked),
        _ => None,
    }
}

/// Somebody of the account must be able to change the key's policy later.
/// Source: KMS API Reference, PutKeyPolicy, "BypassPolicyLockoutSafetyCheck".
fn key(asked: &Asked<'_>) -> Option<String> {
    let document = asked.value("KeyPolicy")?;
    if let Some(refusal) = document_refusal(asked, document, Attached::Resource) {
        return Some(refusal);
    }
    let own = [asked.account().to_owned(), format!("arn:aws:iam::{}:", asked.account())];
    let kept = statements(Some(document)).iter().any(|statement| {
        let ours = principals(statement, "AWS")
            .iter()
            .any(|principal| *principal == "*" || *principal == own[0] || principal.starts_with(&own[1]));
        let actions = super::policy_document::each(statement.get("Action"));
        let enough = actions
            .into_iter()
            .filter_map(Value::as_str)
            .any(|action| matches!(action, "kms:*" | "*" | "kms:PutKeyPolicy" | "kms:Put*"));
        statement.get("Effect").and_then(Value::as_str) == Some("Allow") && ours && enough
    });
    if kept || asked.is_true("BypassPolicyLockoutSafetyCheck") {
        return None;
    }
    asked.invalid("The new key policy will not allow you to update the key policy in the future.")
}

/// A log group's key must let the logs service use it.
/// Source: CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS Key Management Service".
fn log_group(asked: &Asked<'_>) -> Option<String> {
    let arn = asked.text("KmsKeyId")?;
    let id = arn.rsplit('/').next()?;
    let group = asked.text("LogGroupName").unwrap_or_default();
    let refused = || {
        asked.invalid(&format!(
            "The specified KMS Key Id does not exist or is not allowed to be used with Arn 'arn:aws:logs:{}:{}:log-group:{group}'",
            asked.region(),
            asked.account()
        ))
    };
    let Some(key) = asked.find("AWS::KMS::Key", id) else { return refused() };
    let services = [format!("logs.{}.amazonaws.com", asked.region()), "logs.amazonaws.com".to_owned()];
    let allowed = statements(key.properties.get("KeyPolicy")).iter().any(|statement| {
        statement.get("Effect").and_then(Value::as_str) == Some("Allow")
            && principals(statement, "Service").iter().any(|principal| services.contains(&(*principal).to_owned()))
    });
    if allowed { None } else { refused() }
}
