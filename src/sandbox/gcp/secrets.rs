//! Secret Manager, as far as new versions are written. Source: Secret Manager API reference, `projects.secrets.addVersion`,
//! `projects.secrets.versions.get`, `SecretPayload`; documentation, "Quotas and limits".
//!
//! The sandbox keeps no secrets: of a version that is added it keeps its number, its time and the digest of its value.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::error::GoogleError;
use super::services::find;
use crate::sandbox::engine::inventory::Physical;
use crate::sandbox::world::World;

/// The type of a secret, and of its versions that configurations made.
const SECRET: &str = "google_secret_manager_secret";
const VERSION: &str = "google_secret_manager_secret_version";
/// Where a secret keeps its versions, the oldest first; no document can ask for it.
const VERSIONS: &str = "(versions)";
/// The largest value, bytes.
const LARGEST: usize = 65_536;

/// Adds a version, with the next number.
///
/// # Errors
/// `NOT_FOUND`, and `INVALID_ARGUMENT` for a value that is none.
pub fn add(world: &mut World, project: &str, name: &str, body: &Value, now: Timestamp) -> Result<Value, GoogleError> {
    let mut versions = versions(world, project, name)?;
    let data = body.pointer("/payload/data").and_then(Value::as_str).unwrap_or_default();
    let value = STANDARD.decode(data).map_err(|_| {
        GoogleError::invalid("Invalid value at 'payload.data' (TYPE_BYTES), Base64 decoding failed".to_owned())
    })?;
    if value.is_empty() || value.len() > LARGEST {
        let message = format!("Secret Payload must be 1 to {LARGEST} bytes.");
        return Err(GoogleError::invalid(message));
    }
    let number = versions.len() + 1;
    let version = json!({ "number": number, "created": now, "digest": hex::encode(Sha256::digest(&value)) });
    let answer = shown(name, &version);
    versions.push(version);
    keep(world, project, name, versions);
    Ok(answer)
}

/// A version by its number, or the one that was made last.
///
/// # Errors
/// `NOT_FOUND`.
pub fn version(world: &mut World, project: &str, name: &str, asked: &str) -> Result<Value, GoogleError> {
    let versions = versions(world, project, name)?;
    let found = match asked {
        "latest" => versions.last(),
        number => {
            let number: Option<u64> = number.parse().ok();
            versions.iter().find(|version| number.is_some() && version["number"].as_u64() == number)
        }
    };
    let answer = found.map(|version| shown(name, version));
    keep(world, project, name, versions);
    answer.ok_or_else(|| {
        GoogleError::new(404, "NOT_FOUND", format!("Secret Version [{name}/versions/{asked}] not found."))
    })
}

/// A secret's versions: those that are known, and those that configurations made since.
fn versions(world: &World, project: &str, name: &str) -> Result<Vec<Value>, GoogleError> {
    let missing = || GoogleError::new(404, "NOT_FOUND", format!("Secret [{name}] not found."));
    let secret = find(world, project, SECRET, name).ok_or_else(missing)?;
    let mut versions = secret.attributes.get(VERSIONS).and_then(Value::as_array).cloned().unwrap_or_default();
    let of = |version: &&Physical| {
        version.kind == VERSION && version.properties.get("secret").and_then(Value::as_str) == Some(name)
    };
    let mut made: Vec<&Physical> = world.resources.iter().map(|(_, one)| one).filter(of).collect();
    made.sort_by_key(|version| version.created);
    for version in made {
        if versions.iter().all(|known| known["made"] != version.id.as_str()) {
            let number = versions.len() + 1;
            versions.push(json!({ "number": number, "created": version.created, "made": version.id }));
        }
    }
    Ok(versions)
}

fn keep(world: &mut World, project: &str, name: &str, versions: Vec<Value>) {
    let Some(key) = find(world, project, SECRET, name).map(Physical::key) else { return };
    if let Some(secret) = world.resources.edit(&key) {
        secret.attributes.insert(VERSIONS.to_owned(), json!(versions));
    }
}

fn shown(name: &str, version: &Value) -> Value {
    json!({
        "name": format!("{name}/versions/{}", version["number"]),
        "createTime": version["created"],
        "state": "ENABLED",
    })
}
