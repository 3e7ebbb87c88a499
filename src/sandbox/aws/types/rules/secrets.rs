//! Secrets, and the references to them and to parameters in other resources' properties.

use regex::Regex;
use serde_json::Value;
use std::sync::LazyLock;

use super::Asked;
use super::asked::property;

pub(super) fn refusal(asked: &Asked<'_>) -> Option<String> {
    let secret = asked.text("SecretId")?;
    if exists(asked, &secret) {
        return None;
    }
    asked.refuse("Secrets Manager can't find the specified secret.", "NotFound")
}

/// A secret by its name or ARN, complete or without the last part; those that services made for their own resources count too.
fn exists(asked: &Asked<'_>, id: &str) -> bool {
    asked.others("AWS::SecretsManager::Secret").any(|secret| {
        secret.id == id
            || secret.id.rsplit_once('-').is_some_and(|(stem, _)| stem == id)
            || property(secret, "Name").as_deref() == Some(id)
            || secret.id.contains(&format!(":secret:{id}-"))
    }) || ["AWS::RDS::DBInstance", "AWS::RDS::DBCluster"].iter().any(|kind| {
        asked
            .others(kind)
            .any(|database| database.attributes.get("MasterUserSecret.SecretArn").and_then(Value::as_str) == Some(id))
    })
}

/// A dynamic reference to nothing. The value itself is never looked up: the sandbox keeps no secrets.
/// Source: CloudFormation User Guide, "Get values stored in other services using dynamic references".
pub(super) fn unknown_reference(asked: &Asked<'_>) -> Option<String> {
    static REFERENCE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\{\{resolve:(secretsmanager|ssm|ssm-secure):([^{}]+)\}\}").ok());
    let text = Value::Object(asked.properties.clone()).to_string();
    let regex = REFERENCE.as_ref()?;
    regex.captures_iter(&text).find_map(|found| {
        let (service, rest) = (found.get(1)?.as_str(), found.get(2)?.as_str());
        if service == "secretsmanager" {
            // An ARN has seven parts of its own.
            let parts = if rest.starts_with("arn:") { 7 } else { 1 };
            let id = rest.split(':').take(parts).collect::<Vec<_>>().join(":");
            return (!exists(asked, &id)).then(|| {
                format!("Secrets Manager can't find the specified secret. (Service: AWSSecretsManager; Status Code: 400; Error Code: ResourceNotFoundException) [{id}]")
            });
        }
        let name = rest.split(':').next()?;
        asked
            .find("AWS::SSM::Parameter", name)
            .is_none()
            .then(|| format!("Unable to fetch parameters [{name}] from parameter store for this account."))
    })
}
