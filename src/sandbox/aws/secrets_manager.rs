//! Secrets Manager, as far as new versions are written, in the JSON protocol. Source: Secrets Manager API Reference, DescribeSecret,
//! GetRandomPassword, PutSecretValue and their errors.
//!
//! The sandbox keeps no secrets: of a version it keeps its identity and the digest of its value, so no value can be read back.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::caller::Caller;
use super::error::ApiError;
use crate::sandbox::engine::inventory::Physical;
use crate::sandbox::world::World;

/// What stands before the action in the header `X-Amz-Target`.
pub const TARGET: &str = "secretsmanager";

/// The type of a secret in a stack.
const KIND: &str = "AWS::SecretsManager::Secret";

/// Where a secret keeps its versions: by their identity, their stages and the digests of their values.
const VERSIONS: &str = "Versions";

/// The version that is read where none is asked for, and the one before it.
const STAGES: [&str; 2] = ["AWSCURRENT", "AWSPREVIOUS"];

/// Carries out an action.
///
/// # Errors
/// As Secrets Manager answers them.
pub fn call(
    world: &mut World,
    caller: &Caller,
    action: &str,
    input: &Value,
    now: Timestamp,
) -> Result<Value, ApiError> {
    match action {
        "DescribeSecret" => describe(world, caller, input),
        "GetRandomPassword" => Ok(random(world, input)),
        "PutSecretValue" => put(world, caller, input, now),
        _ => Err(ApiError::new(400, "UnknownOperationException", "")),
    }
}

/// The key of the secret that is meant, by its name or its ARN.
fn find(world: &World, caller: &Caller, input: &Value) -> Result<String, ApiError> {
    let asked = input["SecretId"].as_str().unwrap_or_default();
    let here = |physical: &Physical| {
        physical.kind == KIND
            && physical.place.account == caller.account
            && physical.place.region == caller.region
            && (physical.id == asked || name(&physical.id) == asked)
    };
    let found = world.resources.iter().find(|(_, physical)| here(physical)).map(|(key, _)| key.clone());
    found.ok_or_else(|| {
        ApiError::new(400, "ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
    })
}

/// The name in an ARN: `arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-XXXXXX`.
fn name(arn: &str) -> &str {
    let name = arn.splitn(7, ':').nth(6).unwrap_or_default();
    name.rsplit_once('-').map_or(name, |(name, _)| name)
}

fn versions(secret: &Physical) -> Map<String, Value> {
    secret.attributes.get(VERSIONS).and_then(Value::as_object).cloned().unwrap_or_default()
}

fn describe(world: &World, caller: &Caller, input: &Value) -> Result<Value, ApiError> {
    let key = find(world, caller, input)?;
    let Some(secret) = world.resources.get(&key) else { return Ok(Value::Null) };
    let stages: Map<String, Value> =
        versions(secret).into_iter().map(|(id, version)| (id, version["Stages"].clone())).collect();
    let at = |at: Timestamp| at.as_millisecond() as f64 / 1000.0;
    Ok(json!({
        "ARN": secret.id,
        "Name": name(&secret.id),
        "Description": secret.properties.get("Description"),
        "KmsKeyId": secret.properties.get("KmsKeyId"),
        "CreatedDate": at(secret.created),
        "LastChangedDate": at(secret.updated),
        "VersionIdsToStages": stages,
    }))
}

fn random(world: &mut World, input: &Value) -> Value {
    let length = input["PasswordLength"].as_u64().and_then(|length| usize::try_from(length).ok()).unwrap_or(32);
    let mut password = String::new();
    while password.len() < length {
        password.push_str(&world.ids.uuid().replace('-', ""));
    }
    password.truncate(length);
    json!({"RandomPassword": password})
}

fn put(world: &mut World, caller: &Caller, input: &Value, now: Timestamp) -> Result<Value, ApiError> {
    let key = find(world, caller, input)?;
    let value = input["SecretString"].as_str().or_else(|| input["SecretBinary"].as_str());
    let value = value.filter(|value| !value.is_empty()).ok_or_else(|| {
        ApiError::new(400, "InvalidRequestException", "You must provide either SecretString or SecretBinary.")
    })?;
    let token = input["ClientRequestToken"].as_str().unwrap_or_default();
    if !(32..=64).contains(&token.len()) {
        return Err(ApiError::new(
            400,
            "InvalidParameterException",
            "ClientRequestToken must be 32-64 characters long.",
        ));
    }
    let digest = hex::encode(Sha256::digest(value));
    let Some(secret) = world.resources.edit(&key) else { return Ok(Value::Null) };
    let mut all = versions(secret);
    let arn = secret.id.clone();
    let answer = |stages: &Value| json!({"ARN": arn, "Name": name(&arn), "VersionId": token, "VersionStages": stages});
    match all.get(token) {
        Some(version) if version["Digest"] == json!(digest) => return Ok(answer(&version["Stages"])),
        Some(_) => {
            return Err(ApiError::new(
                400,
                "ResourceExistsException",
                "A resource with the ID you requested already exists.",
            ));
        }
        None => {}
    }
    // What was current is the one before; what was that has no stage left, and goes.
    all.retain(|_, version| version["Stages"] == json!([STAGES[0]]));
    for version in all.values_mut() {
        version["Stages"] = json!([STAGES[1]]);
    }
    let stages = json!([STAGES[0]]);
    all.insert(token.to_owned(), json!({"Stages": stages, "Digest": digest}));
    secret.attributes.insert(VERSIONS.to_owned(), Value::Object(all));
    secret.updated = now;
    Ok(answer(&stages))
}
