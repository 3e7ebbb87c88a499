//! The protocol itself, under `/v2/`: what clients of container images push to and pull from.
//!
//! Source: OCI distribution specification 1.1 (paths, statuses, codes). Words of refusals are the registries' own where they are known.

use hyper::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, LOCATION, RANGE};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::content::{Content, Manifest};
use super::{Refusal, respond, set};
use crate::sandbox::access::query_pairs;
use crate::sandbox::world::World;

const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const DOCKER_IMAGE: &str = "application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_INDEX: &str = "application/vnd.docker.distribution.manifest.list.v2+json";

/// The largest manifest, bytes (OCI distribution specification, "Pushing Manifests").
const LARGEST_MANIFEST: usize = 4 << 20;

/// Whether this is a registry's.
pub fn is_asked(path: &str) -> bool {
    path == "/v2" || path.starts_with("/v2/")
}

/// Whether it only asks whether there is a registry, and who asks.
pub fn is_greeting(path: &str) -> bool {
    path.trim_end_matches('/') == "/v2"
}

/// What a path is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing<'a> {
    /// A new upload.
    Uploads,
    /// An upload.
    Upload(&'a str),
    /// A layer or configuration, by digest.
    Blob(&'a str),
    /// A manifest or index, by tag or digest.
    Manifest(&'a str),
    /// The tags.
    Tags,
}

/// An image's name, and what of it is asked for.
pub fn read(path: &str) -> Option<(&str, Thing<'_>)> {
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

/// The action of a request, by which faults name it.
pub fn action(method: &str, thing: Thing<'_>) -> &'static str {
    match (method, thing) {
        ("POST", Thing::Uploads) => "uploads.create",
        ("PATCH", Thing::Upload(_)) => "uploads.patch",
        ("PUT", Thing::Upload(_)) => "uploads.complete",
        ("HEAD", Thing::Blob(_)) => "blobs.head",
        ("GET", Thing::Blob(_)) => "blobs.get",
        ("PUT", Thing::Manifest(_)) => "manifests.put",
        (_, Thing::Manifest(_)) => "manifests.get",
        (_, Thing::Tags) => "tags.list",
        _ => "other",
    }
}

/// Whether a request only takes what is there.
pub fn only_pulls(method: &str) -> bool {
    matches!(method, "GET" | "HEAD")
}

/// The words for what isn't served.
pub fn unsupported() -> Refusal {
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED", "The operation is unsupported.")
}

/// What registries say and do each in its own way.
#[derive(Debug)]
pub struct Manner {
    /// That a layer isn't there.
    pub no_blob: &'static str,
    /// That an image isn't there.
    pub no_manifest: &'static str,
    /// Where the rest of an upload goes, by the image's name, the upload and the bytes so far.
    pub place: fn(&str, &str, u64) -> String,
}

/// Where images of one name are kept.
#[derive(Debug)]
pub struct Repository<'a> {
    /// The key of its content.
    pub key: String,
    /// Its name in paths.
    pub name: &'a str,
    /// What is said where a tag would be moved, with `{tag}` for the tag; none where tags move.
    pub immutable: Option<Refusal>,
    /// The registry's ways.
    pub manner: &'static Manner,
}

/// A request.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Its head.
    pub parts: &'a Parts,
    /// Its body.
    pub body: &'a [u8],
    /// When.
    pub now: Timestamp,
}

/// Does what a request asks of a repository.
///
/// # Errors
/// As the registry answers them.
pub fn answer(
    world: &mut World,
    repository: &Repository<'_>,
    thing: Thing<'_>,
    asked: Asked<'_>,
) -> Result<Response<s3s::Body>, Refusal> {
    let Asked { parts, body, now } = asked;
    let Repository { key, name, immutable: _, manner } = repository;
    let content = world.images.get(key).cloned().unwrap_or_default();
    match (parts.method.as_str(), thing) {
        ("POST", Thing::Uploads) => {
            let id = world.ids.uuid();
            let empty = keep(world, &[])?;
            change(world, key, |content| content.uploads.insert(id.clone(), (empty, 0)));
            Ok(uploading(manner, name, &id, 0))
        }
        ("PATCH", Thing::Upload(id)) => {
            let (blob, size) = appended(world, &content, id, parts, body)?;
            change(world, key, |content| content.uploads.insert(id.to_owned(), (blob, size)));
            Ok(uploading(manner, name, id, size))
        }
        ("PUT", Thing::Upload(id)) => {
            let (blob, size) = appended(world, &content, id, parts, body)?;
            let pairs = query_pairs(parts.uri.query());
            let digest = pairs.get("digest").cloned().unwrap_or_default();
            if digest != format!("sha256:{blob}") {
                let message = format!("Provided digest {digest} did not match the uploaded content.");
                return Err(Refusal::new(StatusCode::BAD_REQUEST, "DIGEST_INVALID", message));
            }
            change(world, key, |content| {
                content.uploads.remove(id);
                content.layers.insert(digest.clone(), size);
            });
            Ok(made(&format!("/v2/{name}/blobs/{digest}"), &digest))
        }
        ("HEAD" | "GET", Thing::Blob(digest)) => match content.layers.get(digest) {
            Some(_) => stored(world, digest, "application/octet-stream"),
            None => Err(Refusal::new(StatusCode::NOT_FOUND, "BLOB_UNKNOWN", manner.no_blob)),
        },
        ("HEAD" | "GET", Thing::Manifest(reference)) => match content.find(reference) {
            Some((digest, manifest)) => stored(world, digest, &manifest.media_type),
            None => Err(Refusal::new(StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN", manner.no_manifest)),
        },
        ("PUT", Thing::Manifest(reference)) => {
            let given = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
            let digest = format!("sha256:{}", hex::encode(Sha256::digest(body)));
            let media_type = sound(&content, given, body)?;
            let tag = named(repository, &content, reference, &digest)?;
            keep(world, body)?;
            change(world, key, |content| {
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
    let unknown = || Refusal::new(StatusCode::NOT_FOUND, "BLOB_UPLOAD_UNKNOWN", "The upload could not be found.");
    let (blob, size) = content.uploads.get(id).cloned().ok_or_else(unknown)?;
    let range = parts.headers.get(CONTENT_RANGE).and_then(|value| value.to_str().ok());
    if let Some(from) = range.and_then(|range| range.split('-').next())
        && from.parse() != Ok(size)
    {
        let message = format!("The part begins at {from}, and {size} bytes are there.");
        return Err(Refusal::new(StatusCode::RANGE_NOT_SATISFIABLE, "BLOB_UPLOAD_INVALID", message));
    }
    if body.is_empty() {
        return Ok((blob, size));
    }
    let mut bytes =
        if size == 0 { Vec::new() } else { world.read_blob(&blob).map_err(|error| Refusal::broken(&error))? };
    bytes.extend_from_slice(body);
    Ok((keep(world, &bytes)?, bytes.len() as u64))
}

/// A manifest's media type, where it is one and everything that it refers to is here.
fn sound(content: &Content, given: &str, body: &[u8]) -> Result<String, Refusal> {
    let invalid = |message: &str| Refusal::new(StatusCode::BAD_REQUEST, "MANIFEST_INVALID", message);
    if body.len() > LARGEST_MANIFEST {
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "SIZE_INVALID", "The manifest is too large."));
    }
    let manifest: Value =
        serde_json::from_slice(body).map_err(|_| invalid("The image manifest is no JSON document."))?;
    if manifest["schemaVersion"] != 2 || manifest["mediaType"].as_str().is_some_and(|own| own != given) {
        return Err(invalid("The image manifest's media type is another than the request's."));
    }
    let list = |name: &str| manifest[name].as_array().map(Vec::as_slice).unwrap_or_default().to_vec();
    let missing = |what: &str, digest: &str| {
        let message = format!("manifest references a {what} unknown to registry: {digest}");
        Refusal::new(StatusCode::NOT_FOUND, "MANIFEST_BLOB_UNKNOWN", message)
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
    repository: &Repository<'_>,
    content: &Content,
    reference: &str,
    digest: &str,
) -> Result<Option<String>, Refusal> {
    if reference.contains(':') {
        return if reference == digest {
            Ok(None)
        } else {
            let message = format!("Provided digest {reference} did not match the manifest's content.");
            Err(Refusal::new(StatusCode::BAD_REQUEST, "DIGEST_INVALID", message))
        };
    }
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if reference.is_empty() || reference.len() > 128 || !reference.bytes().all(word) {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "TAG_INVALID", format!("Invalid tag: {reference}")));
    }
    if let Some(refusal) = &repository.immutable
        && content.tags.get(reference).is_some_and(|held| held != digest)
    {
        return Err(Refusal { message: refusal.message.replace("{tag}", reference), ..refusal.clone() });
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
    world.write_blob(bytes).map_err(|error| Refusal::broken(&error))
}

fn stored(world: &World, digest: &str, media_type: &str) -> Result<Response<s3s::Body>, Refusal> {
    let bytes = world.read_blob(digest.trim_start_matches("sha256:")).map_err(|error| Refusal::broken(&error))?;
    let length = bytes.len().to_string();
    let mut response = respond(StatusCode::OK, bytes);
    set(&mut response, CONTENT_TYPE.as_str(), media_type);
    set(&mut response, CONTENT_LENGTH.as_str(), &length);
    set(&mut response, "docker-content-digest", digest);
    Ok(response)
}

fn uploading(manner: &Manner, name: &str, id: &str, size: u64) -> Response<s3s::Body> {
    let mut response = respond(StatusCode::ACCEPTED, Vec::new());
    set(&mut response, LOCATION.as_str(), &(manner.place)(name, id, size));
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
