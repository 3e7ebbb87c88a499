//! The values of secrets in vaults, as Resource Manager takes them. Source: Key Vault REST API 2025-05-01, Secrets - Create Or Update, Get;
//! Key Vault documentation, "About Azure Key Vault secrets"; Container Apps documentation, "Manage secrets".
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

/// The type of vaults.
const VAULT: &str = "Microsoft.KeyVault/vaults";
/// The type of secrets.
pub const SECRET: &str = "Microsoft.KeyVault/vaults/secrets";
/// Where a secret keeps its versions, the oldest first; no template can ask for it.
const VERSIONS: &str = "(versions)";
/// The largest value, bytes.
const LARGEST: usize = 25_000;
/// The longest name.
const LONGEST: usize = 127;
/// What has secrets that stand in vaults.
const READERS: [&str; 2] = ["Microsoft.App/containerApps", "Microsoft.App/jobs"];

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

/// What keeps an app or a job from becoming like this: a secret of its that stands in a vault of the sandbox and has no value there.
/// Code and words are *seen* (microsoft/azure-container-apps on GitHub, issues 722 and 1174).
pub fn unfit(world: &World, kind: &str, body: &Map<String, Value>) -> Option<ArmError> {
    if !READERS.contains(&kind) {
        return None;
    }
    let secrets = body.get("properties")?.pointer("/configuration/secrets")?.as_array()?;
    secrets.iter().find_map(|secret| {
        let text = |name: &str| secret.get(name).and_then(Value::as_str).unwrap_or_default();
        if has_value(world, text("keyVaultUrl"))? {
            return None;
        }
        let (name, identity) = (text("name"), text("identity"));
        let message = format!(
            "The following field(s) are either invalid or missing. Field 'configuration.secrets' is invalid with details: 'Invalid value: \"{name}\": Unable to get value using Managed identity {identity} for secret {name}. Error: unable to fetch secret '{name}' using Managed identity '{identity}'';."
        );
        Some(ArmError::bad_request("InvalidParameterValueInContainerTemplate", message))
    })
}

/// Whether a secret has a value, by its address; none where its vault isn't the sandbox's.
fn has_value(world: &World, address: &str) -> Option<bool> {
    let (vault, own) = address.strip_prefix("https://")?.split_once(".vault.azure.net/secrets/")?;
    let own = own.split('/').next().unwrap_or_default();
    let of = |one: &Physical, kind: &str| (one.kind == kind).then(|| Identifier::read(&one.id)).flatten();
    let is = |found: &str, wanted: &str| found.eq_ignore_ascii_case(wanted);
    let all = || world.resources.iter().map(|(_, one)| one);
    all().filter_map(|one| of(one, VAULT)).find(|id| is(id.own_name(), vault))?;
    let named = |id: Identifier| matches!(id.names.as_slice(), [above, name] if is(above, vault) && is(name, own));
    Some(all().any(|one| of(one, SECRET).is_some_and(named)))
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
