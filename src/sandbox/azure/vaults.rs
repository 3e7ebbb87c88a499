//! The values of secrets in vaults, as Resource Manager takes them. Source: Key Vault REST API 2025-05-01, Secrets - Create Or Update, Get;
//! Key Vault documentation, "About Azure Key Vault secrets".
//!
//! The sandbox keeps no secrets: of a version it keeps its name and the digest of its value.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::error::ArmError;
use super::identifier::Identifier;
use super::resources::{self, missing};
use crate::sandbox::engine::inventory::Physical;
use crate::sandbox::world::World;

/// The type of secrets.
pub const SECRET: &str = "Microsoft.KeyVault/vaults/secrets";
/// Where a secret keeps its versions, the oldest first; no template can ask for it.
const VERSIONS: &str = "(versions)";
/// The largest value, bytes.
const LARGEST: usize = 25_000;
/// The longest name.
const LONGEST: usize = 127;

/// Answers a request that names a secret.
///
/// # Errors
/// As Resource Manager does; `BadParameter` as Key Vault does.
pub fn answer(
    world: &mut World,
    method: &str,
    id: &Identifier,
    api: &str,
    body: &Value,
    now: Timestamp,
) -> Result<(u16, Value), ArmError> {
    match method {
        "GET" => resources::find(world, &id.text).map(|found| (200, shown(found))).ok_or_else(|| missing(id)),
        "PUT" => put(world, id, api, body, now),
        // "This API is intended for internal use in ARM deployments": there is nothing else.
        other => Err(ArmError::new(405, "MethodNotAllowed", format!("There is no {other} of secrets here."))),
    }
}

fn put(world: &mut World, id: &Identifier, api: &str, body: &Value, now: Timestamp) -> Result<(u16, Value), ArmError> {
    let bad = |message: &str| ArmError::bad_request("BadParameter", message.to_owned());
    let own = id.own_name();
    if own.len() > LONGEST || !own.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '-') {
        return Err(bad("The request URI contains an invalid name."));
    }
    let mut whole = body.as_object().cloned().unwrap_or_default();
    if let Some(error) = resources::denied(world, id, "write").or_else(|| resources::refused(world, id, api, &whole)) {
        return Err(error);
    }
    let value = whole.get_mut("properties").and_then(Value::as_object_mut).and_then(|own| own.remove("value"));
    let value = value.as_ref().and_then(Value::as_str).ok_or_else(|| bad("The parameter value is not specified."))?;
    if value.len() > LARGEST {
        return Err(bad(&format!("The value of a secret has at most {LARGEST} bytes.")));
    }
    let there = resources::find(world, &id.text).is_some();
    let version = json!({ "version": world.ids.hex(32), "digest": hex::encode(Sha256::digest(value)) });
    resources::put(world, id, whole, None, now);
    let Some(secret) = world.resources.edit(&resources::key(id)) else { return Err(missing(id)) };
    match secret.attributes.entry(VERSIONS.to_owned()).or_insert_with(|| json!([])) {
        Value::Array(versions) => versions.push(version),
        other => *other = json!([version]),
    }
    Ok((if there { 200 } else { 201 }, shown(secret)))
}

/// A secret with the address of its newest version, and never with a value.
fn shown(secret: &Physical) -> Value {
    let mut shown = resources::shown(secret);
    let names: Vec<String> = Identifier::read(&secret.id).map(|id| id.names).unwrap_or_default();
    let address = match names.as_slice() {
        [vault, own] => format!("https://{vault}.vault.azure.net/secrets/{own}"),
        _ => String::new(),
    };
    let newest = secret.attributes.get(VERSIONS).and_then(Value::as_array).and_then(|all| all.last()?.get("version"));
    let mut told = Map::from_iter([("secretUri".to_owned(), json!(address))]);
    if let Some(newest) = newest.and_then(Value::as_str) {
        told.insert("secretUriWithVersion".to_owned(), json!(format!("{address}/{newest}")));
    }
    if let Some(properties) = shown.get_mut("properties").and_then(Value::as_object_mut) {
        properties.remove("value");
        properties.extend(told);
    }
    shown
}
