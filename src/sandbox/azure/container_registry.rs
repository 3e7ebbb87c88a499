//! Azure Container Registry, as clients of container images see it: logging in, who may, and what it says in its own words.
//!
//! Sources: Azure/acr on GitHub, `docs/AAD-OAuth.md` (the two tokens, the challenge, a refresh token as password of the null identifier);
//! Container Registry documentation, "Azure Container Registry authentication", "Configure public network access", "Lock a container
//! image". Words of refusals as users of the registry report them. The sandbox knows a registry by its login server, as Azure does:
//! clients take the sandbox for their way to the internet.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::error::ArmError;
use super::identifier::Identifier;
use super::resources;
use crate::sandbox::access::{Access, query_pairs};
use crate::sandbox::engine::inventory::Physical;
use crate::sandbox::error::SandboxError;
use crate::sandbox::registry::content::{Unfit, address, runs_on_x86_64};
use crate::sandbox::registry::protocol::{
    self, Asked, Manner, Repository, Thing, is_greeting, only_pulls, read, unsupported,
};
use crate::sandbox::registry::{Refusal, Shown, answered, covers, host, respond, scopes, under_faults};
use crate::sandbox::world::World;

/// The type of a registry.
pub const REGISTRY: &str = "Microsoft.ContainerRegistry/registries";
/// What follows a registry's name in its login server.
const HOST: &str = ".azurecr.io";
/// The name that goes with refresh tokens.
const USER: &str = "00000000-0000-0000-0000-000000000000";
/// How long a refresh token is good, in minutes (Container Registry documentation, "Individual login with Microsoft Entra ID").
const REFRESH_MINUTES: i64 = 180;
/// The same of an access token (the claims in `docs/AAD-OAuth.md`: 4,500 seconds).
const ACCESS_MINUTES: i64 = 75;

const MANNER: Manner =
    Manner { no_blob: "blob unknown to registry", no_manifest: "manifest unknown to registry", place };

/// A token of a registry's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Token {
    /// The registry.
    aud: String,
    /// What it is good for: `refresh_token`, to get others; `access_token`, within its scopes.
    grant_type: String,
    scopes: Vec<String>,
    exp: Timestamp,
}

impl Token {
    fn written(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    fn read(text: &str, kind: &str, host: &str, now: Timestamp) -> Option<Self> {
        let token: Token = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        (token.grant_type == kind && token.aud == host && token.exp > now).then_some(token)
    }
}

/// Whether a request is for a registry.
pub fn is_addressed(parts: &Parts) -> bool {
    host(parts).is_some_and(|host| host.ends_with(HOST))
}

/// Answers one request; none where the answer is lost on purpose, or there is no such registry and so no such name.
///
/// # Errors
/// When the state can't be written.
pub async fn answer(
    access: &Arc<Access>,
    parts: &Parts,
    body: &[u8],
) -> Result<Option<Response<s3s::Body>>, SandboxError> {
    let path = parts.uri.path();
    let action = match (path, read(path)) {
        ("/oauth2/exchange", _) => "oauth2/exchange",
        ("/oauth2/token", _) => "oauth2/token",
        (_, Some((_, thing))) => protocol::action(parts.method.as_str(), thing),
        _ => "other",
    };
    under_faults(access, "containerregistry", action, |world, now| {
        let host = host(parts).unwrap_or_default();
        let registry = find(world, host)?.clone();
        let asked = Asked { parts, body, now };
        Some(routed(world, &registry, host, asked).unwrap_or_else(Refusal::answer))
    })
    .await
}

fn find<'a>(world: &'a World, host: &str) -> Option<&'a Physical> {
    let named = |one: &&Physical| one.attributes.get("loginServer").and_then(Value::as_str) == Some(host);
    world.resources.iter().map(|(_, one)| one).filter(|one| one.kind == REGISTRY).find(named)
}

fn routed(
    world: &mut World,
    registry: &Physical,
    host: &str,
    asked: Asked<'_>,
) -> Result<Response<s3s::Body>, Refusal> {
    if registry.properties.get("properties").and_then(|own| own.get("publicNetworkAccess")) == Some(&json!("Disabled"))
    {
        let message =
            "client with IP '127.0.0.1' is not allowed access. Refer https://aka.ms/acr/firewall to grant access.";
        return Err(Refusal::new(StatusCode::FORBIDDEN, "DENIED", message));
    }
    let path = asked.parts.uri.path();
    let method = asked.parts.method.as_str();
    match (method, path) {
        ("POST", "/oauth2/exchange") => return exchange(registry, host, asked),
        ("POST" | "GET", "/oauth2/token") => return token(host, asked),
        _ => {}
    }
    let challenge = |scope: &str| {
        let scope = if scope.is_empty() { String::new() } else { format!(",scope=\"{scope}\"") };
        let message =
            "authentication required, visit https://aka.ms/acr/authorization for more information.".to_owned();
        Refusal::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message)
            .logging_in(format!("Bearer realm=\"http://{host}/oauth2/token\",service=\"{host}\"{scope}"))
    };
    let token = match Shown::read(asked.parts) {
        Shown::Bearer(token) => Token::read(&token, "access_token", host, asked.now),
        Shown::Basic(..) | Shown::Nothing => None,
    };
    if is_greeting(path) {
        return token.map(|_| respond(StatusCode::OK, b"{}".to_vec())).ok_or_else(|| challenge(""));
    }
    let (name, thing) = read(path).ok_or_else(unsupported)?;
    let deed = if only_pulls(method) { "pull" } else { "push" };
    if !token.is_some_and(|token| covers(&token.scopes, name, deed)) {
        let asks = if deed == "pull" { "pull" } else { "pull,push" };
        return Err(challenge(&format!("repository:{name}:{asks}")));
    }
    let key = image_key(registry, name);
    if let Thing::Upload(id) = thing {
        let size = world.images.get(&key).and_then(|content| content.uploads.get(id)).map(|(_, size)| *size);
        let given = query_pairs(asked.parts.uri.query()).remove("_state");
        if size.is_some_and(|size| given != Some(state(id, size))) {
            let message = "blob upload invalid";
            return Err(Refusal::new(StatusCode::BAD_REQUEST, "BLOB_UPLOAD_INVALID", message));
        }
    }
    // Tags move: images are locked one by one.
    protocol::answer(world, &Repository { key, name, immutable: None, manner: &MANNER }, thing, asked)
}

/// Gives a refresh token for a token of Microsoft Entra ID: a subscription's id is one, for the registries of that subscription.
fn exchange(registry: &Physical, host: &str, asked: Asked<'_>) -> Result<Response<s3s::Body>, Refusal> {
    let form = form(asked);
    let is = |name: &str, value: &str| form.get(name).is_some_and(|given| given == value);
    if !is("grant_type", "access_token") || !is("service", host) {
        return Err(unreadable());
    }
    let given = form.get("access_token").map(String::as_str).unwrap_or_default();
    if !registry.place.account.eq_ignore_ascii_case(given) {
        return Err(Refusal::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "Unable to verify access token"));
    }
    let exp = asked.now + SignedDuration::from_mins(REFRESH_MINUTES);
    let token = Token { aud: host.to_owned(), grant_type: "refresh_token".to_owned(), scopes: Vec::new(), exp };
    Ok(answered(StatusCode::OK, &json!({ "refresh_token": token.written() })))
}

/// Gives an access token for a refresh token: by a form, or as clients do that only know names and passwords.
fn token(host: &str, asked: Asked<'_>) -> Result<Response<s3s::Body>, Refusal> {
    let query = asked.parts.uri.query().unwrap_or_default();
    let body = String::from_utf8_lossy(asked.body);
    let (given, scopes) = match (asked.parts.method.as_str(), Shown::read(asked.parts)) {
        ("GET", Shown::Basic(user, token)) if user == USER => (Some(token), scopes(query)),
        ("GET", _) => (None, Vec::new()),
        _ => {
            let mut form = form(asked);
            let sound = form.get("grant_type").is_some_and(|kind| kind == "refresh_token")
                && form.get("service").is_some_and(|service| service == host);
            if !sound {
                return Err(unreadable());
            }
            (form.remove("refresh_token"), scopes(&body))
        }
    };
    let given = given.and_then(|token| Token::read(&token, "refresh_token", host, asked.now));
    if given.is_none() {
        let message = "authentication required, visit https://aka.ms/acr/authorization for more information.";
        return Err(Refusal::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message));
    }
    let exp = asked.now + SignedDuration::from_mins(ACCESS_MINUTES);
    let token = Token { aud: host.to_owned(), grant_type: "access_token".to_owned(), scopes, exp };
    Ok(answered(StatusCode::OK, &json!({ "access_token": token.written() })))
}

fn form(asked: Asked<'_>) -> std::collections::BTreeMap<String, String> {
    query_pairs(Some(&String::from_utf8_lossy(asked.body)))
}

fn unreadable() -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "UNSUPPORTED", "The operation is unsupported.")
}

/// Where the rest of an upload goes: with what the registry remembers of it, which every next request has to bring.
fn place(name: &str, id: &str, size: u64) -> String {
    format!("/v2/{name}/blobs/uploads/{id}?_nouploadcache=false&_state={}", state(id, size))
}

fn state(id: &str, size: u64) -> String {
    let mut digits = hex::encode(Sha256::digest(format!("{id}/{size}").as_bytes()));
    digits.truncate(32);
    digits
}

/// Where an image is kept: below its registry.
fn image_key(registry: &Physical, name: &str) -> String {
    let key = Identifier::read(&registry.id).map(|id| resources::key(&id));
    format!("{}/{name}", key.unwrap_or_default())
}

/// Where an image of a container registry is kept, and its tag or digest; none for one of another registry. One of a registry that
/// isn't there is kept nowhere.
fn kept<'image>(world: &World, image: &'image str) -> Option<(String, &'image str)> {
    let (host, name, reference) = address(image)?;
    let registry = || find(world, host).map(|registry| image_key(registry, name));
    host.ends_with(HOST).then(|| (registry().unwrap_or_default(), reference))
}

/// What Container Apps says of an app or job whose image it can't run; none where it can, or where the image is another registry's.
/// Source: Container Apps documentation, "Containers" (x86_64 on Linux only); words as its users report them.
pub fn unfit(world: &World, kind: &str, body: &Map<String, Value>) -> Option<ArmError> {
    if !matches!(kind, "Microsoft.App/containerApps" | "Microsoft.App/jobs") {
        return None;
    }
    let containers = body.get("properties")?.pointer("/template/containers")?.as_array()?;
    containers.iter().find_map(|container| {
        let image = container.get("image")?.as_str()?;
        let name = container.get("name").and_then(Value::as_str).unwrap_or_default();
        let (key, reference) = kept(world, image)?;
        let why = match runs_on_x86_64(world, &key, reference).err()? {
            Unfit::Missing => format!("MANIFEST_UNKNOWN: manifest tagged by \"{reference}\" is not found"),
            Unfit::Processors(_, found) => format!("image OS/Arc must be linux/amd64 but found {}", found.join(", ")),
        };
        let message = format!(
            "The following field(s) are either invalid or missing. Field 'template.containers.{name}.image' is invalid with details: 'Invalid value: \"{image}\": {why}';."
        );
        Some(ArmError::bad_request("InvalidParameterValueInContainerTemplate", message))
    })
}
