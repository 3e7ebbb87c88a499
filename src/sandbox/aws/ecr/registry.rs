//! The registries themselves, under `/v2/`: what clients of container images push to and pull from.
//!
//! Sources: OCI distribution specification 1.1 (paths, statuses, codes); Amazon ECR user guide, "Private registry authentication",
//! "Preventing image tags from being overwritten" and "Image manifest format support". Words of refusals as users of ECR report them.

use hyper::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HeaderValue, LOCATION, RANGE};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::Login;
use super::content::{Content, Manifest, key};
use crate::sandbox::access::query_pairs;
use crate::sandbox::engine::inventory::Physical;
use crate::sandbox::world::World;

const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const DOCKER_IMAGE: &str = "application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_INDEX: &str = "application/vnd.docker.distribution.manifest.list.v2+json";

/// The largest manifest, bytes (OCI distribution specification, "Pushing Manifests").
const LARGEST_MANIFEST: usize = 4 << 20;

/// Why a registry says no.
struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
}

fn refuse(status: StatusCode, code: &'static str, message: impl Into<String>) -> Refusal {
    Refusal { status, code, message: message.into() }
}

/// Whether this is the registry's.
pub fn is_asked(path: &str) -> bool {
    path == "/v2" || path.starts_with("/v2/")
}

/// What a path is about.
enum Thing<'a> {
    Uploads,
    Upload(&'a str),
    Blob(&'a str),
    Manifest(&'a str),
    Tags,
}

/// A repository's name, and what of it is asked for.
fn read(path: &str) -> Option<(&str, Thing<'_>)> {
    let path = path.strip_prefix("/v2/")?;
    if let Some((name, rest)) = path.split_once("/blobs/uploads") {
        let id = rest.trim_matches('/');
        return Some((name, if id.is_empty() { Thing::Uploads } else { Thing::Upload(id) }));
    }
    if let Some((name, digest)) = path.split_once("/blobs/") {
        return Some((name, Thing::Blob(digest)));
    }
    if let Some((name, reference)) = path.split_once("/manifests/") {
        return Some((name, Thing::Manifest(reference)));
    }
    path.strip_suffix("/tags/list").map(|name| (name, Thing::Tags))
}

/// The action that a request needs a permission for, by which faults name it (service authorization reference, Amazon ECR).
pub fn action(parts: &Parts) -> &'static str {
    let method = parts.method.as_str();
    match (method, read(parts.uri.path())) {
        ("POST", Some((_, Thing::Uploads))) => "InitiateLayerUpload",
        ("PATCH", Some((_, Thing::Upload(_)))) => "UploadLayerPart",
        ("PUT", Some((_, Thing::Upload(_)))) => "CompleteLayerUpload",
        ("HEAD", Some((_, Thing::Blob(_)))) => "BatchCheckLayerAvailability",
        ("GET", Some((_, Thing::Blob(_)))) => "GetDownloadUrlForLayer",
        ("PUT", Some((_, Thing::Manifest(_)))) => "PutImage",
        (_, Some((_, Thing::Manifest(_)))) => "BatchGetImage",
        (_, Some((_, Thing::Tags))) => "ListImages",
        _ => "Other",
    }
}

/// Answers a request.
pub fn answer(world: &mut World, parts: &Parts, body: &[u8], now: Timestamp) -> Response<s3s::Body> {
    let answered = authenticated(parts, now).and_then(|login| asked(world, &login, parts, body, now));
    match answered {
        Ok(response) => response,
        Err(Refusal { status, code, message }) => {
            let content = json!({ "errors": [{ "code": code, "message": message }] });
            let mut response = respond(status, content.to_string().into_bytes());
            set(&mut response, CONTENT_TYPE.as_str(), "application/json; charset=utf-8");
            if status == StatusCode::UNAUTHORIZED {
                set(&mut response, "www-authenticate", "Basic realm=\"ECR\",service=\"ecr.amazonaws.com\"");
            }
            response
        }
    }
}

/// What a scripted fault makes of a request.
pub fn failed(status: u16, code: &str, message: &str) -> Response<s3s::Body> {
    let content = json!({ "errors": [{ "code": code, "message": message }] });
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    respond(status, content.to_string().into_bytes())
}

fn authenticated(parts: &Parts, now: Timestamp) -> Result<Login, Refusal> {
    let given = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some(token) = given.and_then(|given| given.strip_prefix("Basic ")) else {
        return Err(refuse(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "Not Authorized"));
    };
    let login = Login::read(token).ok_or_else(|| refuse(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "Not Authorized"))?;
    if login.expires <= now {
        let message = "Your authorization token has expired. Reauthenticate and try again.";
        return Err(refuse(StatusCode::FORBIDDEN, "DENIED", message));
    }
    Ok(login)
}

fn asked(
    world: &mut World,
    login: &Login,
    parts: &Parts,
    body: &[u8],
    now: Timestamp,
) -> Result<Response<s3s::Body>, Refusal> {
    let path = parts.uri.path();
    if path.trim_end_matches('/') == "/v2" {
        return Ok(respond(StatusCode::OK, b"{}".to_vec()));
    }
    let unsupported = || refuse(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED", "The operation is unsupported.");
    let (name, thing) = read(path).ok_or_else(unsupported)?;
    let key = key(&login.account, &login.region, name);
    let Some(repository) = world.resources.get(&key).cloned() else {
        let message =
            format!("The repository with name '{name}' does not exist in the registry with id '{}'", login.account);
        return Err(refuse(StatusCode::NOT_FOUND, "NAME_UNKNOWN", message));
    };
    let content = world.images.get(&key).cloned().unwrap_or_default();
    match (parts.method.as_str(), thing) {
        ("POST", Thing::Uploads) => {
            let id = world.ids.uuid();
            let empty = keep(world, &[])?;
            change(world, &key, |content| content.uploads.insert(id.clone(), (empty, 0)));
            Ok(uploading(name, &id, 0))
        }
        ("PATCH", Thing::Upload(id)) => {
            let (blob, size) = appended(world, &content, id, parts, body)?;
            change(world, &key, |content| content.uploads.insert(id.to_owned(), (blob, size)));
            Ok(uploading(name, id, size))
        }
        ("PUT", Thing::Upload(id)) => {
            let (blob, size) = appended(world, &content, id, parts, body)?;
            let pairs = query_pairs(parts.uri.query());
            let digest = pairs.get("digest").cloned().unwrap_or_default();
            if digest != format!("sha256:{blob}") {
                let message = format!("Provided digest {digest} did not match the uploaded content.");
                return Err(refuse(StatusCode::BAD_REQUEST, "DIGEST_INVALID", message));
            }
            change(world, &key, |content| {
                content.uploads.remove(id);
                content.layers.insert(digest.clone(), size);
            });
            Ok(made(&format!("/v2/{name}/blobs/{digest}"), &digest))
        }
        ("HEAD" | "GET", Thing::Blob(digest)) => match content.layers.get(digest) {
            Some(_) => stored(world, digest, "application/octet-stream"),
            None => Err(refuse(StatusCode::NOT_FOUND, "BLOB_UNKNOWN", "Layer not found.")),
        },
        ("HEAD" | "GET", Thing::Manifest(reference)) => match content.find(reference) {
            Some((digest, manifest)) => stored(world, digest, &manifest.media_type),
            None => Err(refuse(StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN", "Requested image not found")),
        },
        ("PUT", Thing::Manifest(reference)) => {
            let given = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
            let digest = format!("sha256:{}", hex::encode(Sha256::digest(body)));
            let media_type = sound(&content, given, body)?;
            let tag = named(&repository, &content, name, reference, &digest, &login.account)?;
            keep(world, body)?;
            change(world, &key, |content| {
                let manifest = Manifest { media_type, size: body.len() as u64, pushed: now };
                content.manifests.entry(digest.clone()).or_insert(manifest);
                if let Some(tag) = tag {
                    content.tags.insert(tag, digest.clone());
                }
            });
            Ok(made(&format!("/v2/{name}/manifests/{digest}"), &digest))
        }
        ("GET", Thing::Tags) => {
            let tags: Vec<&String> = content.tags.keys().collect();
            Ok(respond(StatusCode::OK, json!({ "name": name, "tags": tags }).to_string().into_bytes()))
        }
        _ => Err(unsupported()),
    }
}

/// An upload's bytes with those of this request.
fn appended(world: &World, content: &Content, id: &str, parts: &Parts, body: &[u8]) -> Result<(String, u64), Refusal> {
    let unknown = || refuse(StatusCode::NOT_FOUND, "BLOB_UPLOAD_UNKNOWN", "The upload could not be found.");
    let (blob, size) = content.uploads.get(id).cloned().ok_or_else(unknown)?;
    let range = parts.headers.get(CONTENT_RANGE).and_then(|value| value.to_str().ok());
    if let Some(from) = range.and_then(|range| range.split('-').next())
        && from.parse() != Ok(size)
    {
        let message = format!("The part begins at {from}, and {size} bytes are there.");
        return Err(refuse(StatusCode::RANGE_NOT_SATISFIABLE, "BLOB_UPLOAD_INVALID", message));
    }
    if body.is_empty() {
        return Ok((blob, size));
    }
    let mut bytes = if size == 0 { Vec::new() } else { world.read_blob(&blob).map_err(broken)? };
    bytes.extend_from_slice(body);
    Ok((keep(world, &bytes)?, bytes.len() as u64))
}

/// A manifest's media type, where it is one and everything that it refers to is here.
fn sound(content: &Content, given: &str, body: &[u8]) -> Result<String, Refusal> {
    let invalid = |message: &str| refuse(StatusCode::BAD_REQUEST, "MANIFEST_INVALID", message);
    if body.len() > LARGEST_MANIFEST {
        return Err(refuse(StatusCode::PAYLOAD_TOO_LARGE, "SIZE_INVALID", "The manifest is too large."));
    }
    let manifest: Value =
        serde_json::from_slice(body).map_err(|_| invalid("The image manifest is no JSON document."))?;
    if manifest["schemaVersion"] != 2 || manifest["mediaType"].as_str().is_some_and(|own| own != given) {
        return Err(invalid("The image manifest's media type is another than the request's."));
    }
    let list = |name: &str| manifest[name].as_array().map(Vec::as_slice).unwrap_or_default().to_vec();
    let missing = |what: &str, digest: &str| {
        let message = format!("manifest references a {what} unknown to registry: {digest}");
        refuse(StatusCode::NOT_FOUND, "MANIFEST_BLOB_UNKNOWN", message)
    };
    let wrong = |digest: &str| invalid(&format!("The size of {digest} is another than the manifest says."));
    match given {
        IMAGE | DOCKER_IMAGE => {
            for part in list("layers").iter().chain([&manifest["config"]]) {
                let digest = part["digest"].as_str().unwrap_or_default();
                let size = content.layers.get(digest).ok_or_else(|| missing("blob", digest))?;
                if part["size"].as_u64() != Some(*size) {
                    return Err(wrong(digest));
                }
            }
        }
        INDEX | DOCKER_INDEX => {
            for part in list("manifests") {
                let digest = part["digest"].as_str().unwrap_or_default();
                let found = content.manifests.get(digest).ok_or_else(|| missing("manifest", digest))?;
                if part["size"].as_u64() != Some(found.size) {
                    return Err(wrong(digest));
                }
            }
        }
        _ => return Err(invalid(&format!("The media type {given} is not supported."))),
    }
    Ok(given.to_owned())
}

/// The tag that a manifest is pushed under; none where that is its digest.
fn named(
    repository: &Physical,
    content: &Content,
    name: &str,
    reference: &str,
    digest: &str,
    account: &str,
) -> Result<Option<String>, Refusal> {
    if reference.contains(':') {
        return if reference == digest {
            Ok(None)
        } else {
            let message = format!("Provided digest {reference} did not match the manifest's content.");
            Err(refuse(StatusCode::BAD_REQUEST, "DIGEST_INVALID", message))
        };
    }
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if reference.is_empty() || reference.len() > 128 || !reference.bytes().all(word) {
        return Err(refuse(StatusCode::BAD_REQUEST, "TAG_INVALID", format!("Invalid tag: {reference}")));
    }
    let immutable = repository.properties.get("ImageTagMutability").and_then(Value::as_str) == Some("IMMUTABLE");
    if immutable && content.tags.get(reference).is_some_and(|held| held != digest) {
        let message = format!(
            "The image tag '{reference}' already exists in the '{name}' repository in registry '{account}' and cannot be overwritten because the tag is immutable."
        );
        return Err(refuse(StatusCode::BAD_REQUEST, "TAG_INVALID", message));
    }
    Ok(Some(reference.to_owned()))
}

fn change<R>(world: &mut World, key: &str, act: impl FnOnce(&mut Content) -> R) {
    if world.images.get(key).is_none() {
        world.images.put(key.to_owned(), Content::default());
    }
    if let Some(content) = world.images.edit(key) {
        act(content);
    }
}

fn keep(world: &World, bytes: &[u8]) -> Result<String, Refusal> {
    world.write_blob(bytes).map_err(broken)
}

fn broken(error: crate::sandbox::error::SandboxError) -> Refusal {
    refuse(StatusCode::INTERNAL_SERVER_ERROR, "UNKNOWN", error.to_string())
}

fn stored(world: &World, digest: &str, media_type: &str) -> Result<Response<s3s::Body>, Refusal> {
    let bytes = world.read_blob(digest.trim_start_matches("sha256:")).map_err(broken)?;
    let length = bytes.len().to_string();
    let mut response = respond(StatusCode::OK, bytes);
    set(&mut response, CONTENT_TYPE.as_str(), media_type);
    set(&mut response, CONTENT_LENGTH.as_str(), &length);
    set(&mut response, "docker-content-digest", digest);
    Ok(response)
}

fn uploading(name: &str, id: &str, size: u64) -> Response<s3s::Body> {
    let mut response = respond(StatusCode::ACCEPTED, Vec::new());
    set(&mut response, LOCATION.as_str(), &format!("/v2/{name}/blobs/uploads/{id}"));
    set(&mut response, RANGE.as_str(), &format!("0-{}", size.saturating_sub(1)));
    set(&mut response, "docker-upload-uuid", id);
    response
}

fn made(location: &str, digest: &str) -> Response<s3s::Body> {
    let mut response = respond(StatusCode::CREATED, Vec::new());
    set(&mut response, LOCATION.as_str(), location);
    set(&mut response, "docker-content-digest", digest);
    response
}

/// A response with this body.
pub fn respond(status: StatusCode, bytes: Vec<u8>) -> Response<s3s::Body> {
    let mut response = Response::new(s3s::Body::from(bytes));
    *response.status_mut() = status;
    set(&mut response, "docker-distribution-api-version", "registry/2.0");
    response
}

/// Sets a header of a response.
pub fn set(response: &mut Response<s3s::Body>, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (hyper::header::HeaderName::try_from(name), HeaderValue::from_str(value)) {
        response.headers_mut().insert(name, value);
    }
}
