//! Cloud Storage's JSON interface, as far as sources of deployments need it, and Google's own client for what a ledger needs: buckets,
//! objects in versions.

use std::collections::BTreeMap;

use base64::Engine as _;
use hyper::header::{HeaderName, HeaderValue};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::bucket::{self, Bucket, Content, Demand, Refusal, Version};
use super::caller::{Caller, number};
use super::deployment::time;
use super::error::GoogleError;
use crate::sandbox::world::World;

/// The objects of one page of a list, at most.
const PAGE: usize = 1000;

impl From<Refusal> for GoogleError {
    /// As the JSON interface says it (Cloud Storage documentation, "HTTP status and error codes for JSON").
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoBucket => Self::new(404, "notFound", "The specified bucket does not exist."),
            Refusal::NoObject { name } => Self::new(404, "notFound", format!("No such object: {name}")),
            Refusal::Denied { project, permission } => Self::new(403, "forbidden", denied(&project, permission)),
            Refusal::Unmet => {
                Self::new(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")
            }
            Refusal::NoGeneration(text) => {
                Self::new(400, "invalid", format!("Invalid value for a generation: '{text}'"))
            }
            Refusal::NoName => Self::new(400, "required", "Required parameter: name"),
            Refusal::Broken(why) => Self::new(500, "backendError", why),
        }
    }
}

/// What somebody is told who may not.
pub fn denied(project: &str, permission: &str) -> String {
    let on = if permission.starts_with("storage.buckets.") { "bucket" } else { "object" };
    format!(
        "{project} does not have {permission} access to the Google Cloud Storage {on}. Permission '{permission}' denied on resource (or it may not exist)."
    )
}

impl Bucket {
    /// As it is answered.
    fn to_json(&self) -> Value {
        json!({
            "kind": "storage#bucket",
            "id": self.name,
            "name": self.name,
            "projectNumber": number(&self.project),
            "location": self.location.to_uppercase(),
            "timeCreated": time(self.created),
            "versioning": { "enabled": self.versioned },
            "iamConfiguration": {
                "uniformBucketLevelAccess": { "enabled": self.uniform },
                "publicAccessPrevention": self.public_access,
            },
        })
    }

    fn object(&self, name: &str, version: &Version) -> Value {
        json!({
            "kind": "storage#object",
            "id": format!("{}/{name}/{}", self.name, version.generation),
            "name": name,
            "bucket": self.name,
            "generation": version.generation.to_string(),
            "metageneration": "1",
            "contentType": version.kind,
            "size": version.size.to_string(),
            "crc32c": version.crc32c,
            "md5Hash": md5(version),
            "timeCreated": time(version.written),
            "updated": time(version.written),
        })
    }
}

fn md5(version: &Version) -> String {
    base64::engine::general_purpose::STANDARD.encode(hex::decode(&version.md5).unwrap_or_default())
}

/// The headers that both interfaces give an object's bytes (Cloud Storage documentation, "HTTP headers and query string parameters for
/// XML API").
pub fn described(version: &Version) -> Vec<(HeaderName, HeaderValue)> {
    let pairs = [
        ("content-type", version.kind.clone()),
        ("x-goog-generation", version.generation.to_string()),
        ("x-goog-metageneration", "1".to_owned()),
        ("x-goog-stored-content-encoding", "identity".to_owned()),
        ("x-goog-stored-content-length", version.size.to_string()),
        ("x-goog-hash", format!("crc32c={},md5={}", version.crc32c, md5(version))),
    ];
    let header = |(name, value): (&'static str, String)| {
        Some((HeaderName::from_static(name), HeaderValue::from_str(&value).ok()?))
    };
    pairs.into_iter().filter_map(header).collect()
}

/// An answer: JSON, or bytes as they are.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// JSON.
    Json(Value),
    /// An object's bytes, with what is said of them.
    Bytes(Vec<u8>, Vec<(HeaderName, HeaderValue)>),
    /// Nothing.
    Nothing,
}

/// A request of Cloud Storage.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// How it is made.
    pub method: &'a str,
    /// The path below `/storage/v1/b`, `/upload/storage/v1/b` or `/download/storage/v1/b`, taken apart and with its signs back.
    pub path: &'a [String],
    /// The query.
    pub query: &'a BTreeMap<String, String>,
    /// What is sent.
    pub body: &'a [u8],
    /// The kind of what is sent.
    pub kind: &'a str,
    /// Whether it brings an object's bytes.
    pub uploads: bool,
}

/// Answers a request.
///
/// # Errors
/// As Cloud Storage does.
pub fn answer(world: &mut World, caller: &Caller, asked: Asked<'_>, now: Timestamp) -> Result<Answer, GoogleError> {
    let path: Vec<&str> = asked.path.iter().map(String::as_str).collect();
    match (asked.method, path.as_slice(), asked.uploads) {
        ("POST", [], false) => make(world, caller, asked, now),
        ("GET", [bucket], false) => {
            Ok(Answer::Json(bucket::open(world, caller, bucket, "storage.buckets.get")?.to_json()))
        }
        ("PATCH", [bucket], false) => patch(world, caller, bucket, asked.body),
        ("POST", [bucket, "o"], true) => put(world, caller, bucket, asked, now),
        ("GET", [bucket, "o"], false) => list(world, caller, bucket, asked.query),
        ("GET", [bucket, "o", object], false) => read(world, caller, bucket, object, asked.query),
        ("DELETE", [bucket, "o", object], false) => {
            bucket::remove(world, caller, bucket, object, demand(asked.query)?)?;
            Ok(Answer::Nothing)
        }
        _ => Err(GoogleError::new(
            404,
            "NOT_FOUND",
            format!("The sandbox has no {} of this in Cloud Storage.", asked.method),
        )),
    }
}

fn make(world: &mut World, caller: &Caller, asked: Asked<'_>, now: Timestamp) -> Result<Answer, GoogleError> {
    let project = asked.query.get("project").map(String::as_str).unwrap_or_default();
    caller.sees(project, "storage.buckets.create")?;
    let body = json_of(asked.body)?;
    let name = body.get("name").and_then(Value::as_str).unwrap_or_default();
    let sign = |one: char| one.is_ascii_lowercase() || one.is_ascii_digit() || "-_.".contains(one);
    if !(3..=63).contains(&name.len()) || !name.chars().all(sign) {
        return Err(GoogleError::new(400, "invalid", format!("Invalid bucket name: '{name}'")));
    }
    if world.gcs_buckets.get(name).is_some() {
        let message = "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.";
        return Err(GoogleError::new(409, "conflict", message));
    }
    let mut bucket = Bucket {
        name: name.to_owned(),
        project: caller.project.clone(),
        location: body.get("location").and_then(Value::as_str).unwrap_or("US").to_owned(),
        versioned: false,
        public_access: "inherited".to_owned(),
        uniform: false,
        created: now,
        last: 0,
        objects: BTreeMap::new(),
    };
    configure(&mut bucket, &body);
    let answer = bucket.to_json();
    world.gcs_buckets.put(name, bucket);
    Ok(Answer::Json(answer))
}

fn configure(bucket: &mut Bucket, body: &Value) {
    if let Some(on) = body.pointer("/versioning/enabled").and_then(Value::as_bool) {
        bucket.versioned = on;
    }
    if let Some(word) = body.pointer("/iamConfiguration/publicAccessPrevention").and_then(Value::as_str) {
        word.clone_into(&mut bucket.public_access);
    }
    if let Some(on) = body.pointer("/iamConfiguration/uniformBucketLevelAccess/enabled").and_then(Value::as_bool) {
        bucket.uniform = on;
    }
}

fn patch(world: &mut World, caller: &Caller, name: &str, body: &[u8]) -> Result<Answer, GoogleError> {
    let mut bucket = bucket::open(world, caller, name, "storage.buckets.update")?.clone();
    configure(&mut bucket, &json_of(body)?);
    let answer = bucket.to_json();
    world.gcs_buckets.put(name, bucket);
    Ok(Answer::Json(answer))
}

/// What the query demands of the object that is there.
fn demand(query: &BTreeMap<String, String>) -> Result<Demand, GoogleError> {
    if let Some(other) = query.keys().find(|name| name.starts_with("if") && *name != "ifGenerationMatch") {
        return Err(GoogleError::new(400, "invalid", format!("The sandbox knows no precondition {other}.")));
    }
    Ok(Demand::read(query.get("ifGenerationMatch").map(String::as_str))?)
}

fn put(
    world: &mut World,
    caller: &Caller,
    name: &str,
    asked: Asked<'_>,
    now: Timestamp,
) -> Result<Answer, GoogleError> {
    let (said, kind, bytes) = match asked.query.get("uploadType").map(String::as_str) {
        Some("media") => (String::new(), asked.kind, asked.body),
        Some("multipart") => parts(asked.kind, asked.body)?,
        _ => {
            let message = "The sandbox takes uploads of the types media and multipart only.";
            return Err(GoogleError::new(400, "invalid", message));
        }
    };
    let content = Content { name: asked.query.get("name").unwrap_or(&said), kind, bytes };
    let written = bucket::put(world, caller, name, content, demand(asked.query)?, now)?;
    let bucket = bucket::open(world, caller, name, "storage.objects.create")?;
    Ok(Answer::Json(bucket.object(content.name, &written)))
}

/// Takes an upload in two parts apart, what is said of the object and its bytes; gives its name, their kind and them (Cloud
/// Storage documentation, "Upload objects", JSON API multipart upload).
fn parts<'a>(kind: &str, body: &'a [u8]) -> Result<(String, &'a str, &'a [u8]), GoogleError> {
    let wrong = |what: &str| GoogleError::new(400, "badContent", format!("Malformed multipart body: {what}"));
    let boundary = kind.strip_prefix("multipart/related").and_then(|rest| rest.split_once("boundary="));
    let boundary = boundary.map(|(_, text)| text.trim_matches(['"', '\''])).ok_or_else(|| wrong("no boundary"))?;
    let part = |from: usize| {
        let mark = format!("--{boundary}");
        let start = from + find(body.get(from..)?, mark.as_bytes())? + mark.len();
        let head = start + find(body.get(start..)?, b"\r\n\r\n")?;
        let end = head + 4 + find(body.get(head + 4..)?, format!("\r\n{mark}").as_bytes())?;
        let kind = std::str::from_utf8(body.get(start..head)?).ok()?.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-type").then(|| value.trim())
        });
        Some((kind.unwrap_or_default(), body.get(head + 4..end)?, end))
    };
    let (_, said, end) = part(0).ok_or_else(|| wrong("no first part"))?;
    let (kind, bytes, _) = part(end).ok_or_else(|| wrong("no second part"))?;
    let said = json_of(said)?;
    let unknown =
        said.as_object().into_iter().flatten().find(|(name, _)| !matches!(name.as_str(), "name" | "contentType"));
    if let Some((unknown, _)) = unknown {
        return Err(GoogleError::new(400, "invalid", format!("The sandbox doesn't keep {unknown} of an object.")));
    }
    let name = said.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok((name, kind, bytes))
}

/// Where bytes begin in others.
fn find(all: &[u8], what: &[u8]) -> Option<usize> {
    all.windows(what.len()).position(|window| window == what)
}

fn list(world: &World, caller: &Caller, name: &str, query: &BTreeMap<String, String>) -> Result<Answer, GoogleError> {
    let given = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    if let Some(other) = ["delimiter", "versions", "startOffset", "endOffset", "matchGlob"]
        .iter()
        .find(|name| query.contains_key(**name))
    {
        return Err(GoogleError::new(400, "invalid", format!("The sandbox lists without {other}.")));
    }
    let most = given("maxResults").parse().unwrap_or(PAGE).clamp(1, PAGE);
    let bucket = bucket::open(world, caller, name, "storage.objects.list")?;
    let all = bucket.live(given("prefix"), given("pageToken"));
    let page = all.iter().take(most);
    let items: Vec<Value> = page.map(|(name, version)| bucket.object(name, version)).collect();
    let mut shown = json!({ "kind": "storage#objects", "items": items });
    if let (Some((last, _)), true) = (all.get(most - 1), all.len() > most) {
        shown["nextPageToken"] = json!(last);
    }
    Ok(Answer::Json(shown))
}

fn read(
    world: &World,
    caller: &Caller,
    bucket: &str,
    object: &str,
    query: &BTreeMap<String, String>,
) -> Result<Answer, GoogleError> {
    let bucket = bucket::open(world, caller, bucket, "storage.objects.get")?;
    let version = bucket::version(bucket, object, query.get("generation").map(String::as_str))?;
    demand(query)?.meets(Some(version))?;
    if query.get("alt").map(String::as_str) != Some("media") {
        return Ok(Answer::Json(bucket.object(object, version)));
    }
    let bytes = world.read_blob(&version.blob).map_err(|error| Refusal::Broken(error.to_string()))?;
    Ok(Answer::Bytes(bytes, described(version)))
}

fn json_of(body: &[u8]) -> Result<Value, GoogleError> {
    serde_json::from_slice(body).map_err(|error| GoogleError::new(400, "parseError", error.to_string()))
}
