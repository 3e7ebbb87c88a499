//! Cloud Storage's JSON interface, as far as sources of deployments need it: buckets, objects in versions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::caller::{Caller, number};
use super::deployment::time;
use super::error::GoogleError;
use crate::sandbox::world::World;

/// A bucket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bucket {
    /// Its name, which all of Google Cloud shares.
    pub name: String,
    /// The project that it belongs to.
    pub project: String,
    /// Where it is.
    pub location: String,
    /// Whether objects that are written over are kept.
    pub versioned: bool,
    /// Whether nobody can make it public: `enforced`, or `inherited`.
    pub public_access: String,
    /// Whether access is given for the whole of it only.
    pub uniform: bool,
    /// When it was made.
    pub created: Timestamp,
    /// The number of the last change of an object.
    pub last: u64,
    /// The versions of each object, oldest first.
    pub objects: BTreeMap<String, Vec<Version>>,
}

/// A version of an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Its generation.
    pub generation: u64,
    /// Its bytes, by the name under which they are kept.
    pub blob: String,
    /// How many they are.
    pub size: usize,
    /// Whether it is there now; an older one is asked for by its generation.
    pub live: bool,
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

    /// The names of all kept bytes.
    pub fn blobs(&self) -> impl Iterator<Item = &str> {
        self.objects.values().flatten().map(|version| version.blob.as_str())
    }

    fn object(&self, name: &str, version: &Version) -> Value {
        json!({
            "kind": "storage#object",
            "name": name,
            "bucket": self.name,
            "generation": version.generation.to_string(),
            "size": version.size.to_string(),
        })
    }
}

/// An answer: JSON, or bytes as they are.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// JSON.
    Json(Value),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Nothing.
    Nothing,
}

/// A request of Cloud Storage.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// How it is made.
    pub method: &'a str,
    /// The path below `/storage/v1/b` or `/upload/storage/v1/b`, taken apart and with its signs back.
    pub path: &'a [String],
    /// The query.
    pub query: &'a BTreeMap<String, String>,
    /// What is sent.
    pub body: &'a [u8],
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
        ("GET", [bucket], false) => Ok(Answer::Json(open(world, caller, bucket)?.to_json())),
        ("PATCH", [bucket], false) => patch(world, caller, bucket, asked.body),
        ("POST", [bucket, "o"], true) => put(world, caller, bucket, asked),
        ("GET", [bucket, "o", object], false) => read(world, caller, bucket, object, asked.query),
        ("DELETE", [bucket, "o", object], false) => remove(world, caller, bucket, object),
        _ => Err(GoogleError::new(
            404,
            "NOT_FOUND",
            format!("The sandbox has no {} of this in Cloud Storage.", asked.method),
        )),
    }
}

/// A bucket that the caller may use.
fn open<'a>(world: &'a World, caller: &Caller, name: &str) -> Result<&'a Bucket, GoogleError> {
    let found = world.gcs_buckets.get(name);
    let found = found.ok_or_else(|| GoogleError::new(404, "notFound", "The specified bucket does not exist."))?;
    if found.project == caller.project {
        return Ok(found);
    }
    let message = format!(
        "{} does not have storage.buckets.get access to the Google Cloud Storage bucket. Permission 'storage.buckets.get' denied on resource (or it may not exist).",
        caller.project
    );
    Err(GoogleError::new(403, "forbidden", message))
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
    let mut bucket = open(world, caller, name)?.clone();
    configure(&mut bucket, &json_of(body)?);
    let answer = bucket.to_json();
    world.gcs_buckets.put(name, bucket);
    Ok(Answer::Json(answer))
}

fn put(world: &mut World, caller: &Caller, name: &str, asked: Asked<'_>) -> Result<Answer, GoogleError> {
    let mut bucket = open(world, caller, name)?.clone();
    if asked.query.get("uploadType").map(String::as_str) != Some("media") {
        return Err(GoogleError::new(400, "invalid", "The sandbox takes uploads of the type media only."));
    }
    let object = asked.query.get("name").filter(|name| !name.is_empty() && name.len() <= 1024);
    let object = object.ok_or_else(|| GoogleError::new(400, "required", "Required parameter: name"))?;
    let live = bucket.objects.get(object).and_then(|all| all.iter().find(|version| version.live));
    if let Some(wanted) = asked.query.get("ifGenerationMatch")
        && live.map_or(0, |live| live.generation).to_string() != *wanted
    {
        let message = "At least one of the pre-conditions you specified did not hold.";
        return Err(GoogleError::new(412, "conditionNotMet", message));
    }
    let blob =
        world.write_blob(asked.body).map_err(|error| GoogleError::new(500, "backendError", error.to_string()))?;
    bucket.last += 1;
    let version = Version { generation: 1_000_000 + bucket.last, blob, size: asked.body.len(), live: true };
    let versioned = bucket.versioned;
    let versions = bucket.objects.entry(object.clone()).or_default();
    if versioned {
        versions.iter_mut().for_each(|version| version.live = false);
    } else {
        versions.clear();
    }
    versions.push(version.clone());
    let answer = bucket.object(object, &version);
    world.gcs_buckets.put(name, bucket);
    Ok(Answer::Json(answer))
}

/// A version of an object: the one of this generation, else the one that is there now.
///
/// # Errors
/// `notFound`.
pub fn version<'a>(bucket: &'a Bucket, object: &str, generation: Option<&str>) -> Result<&'a Version, GoogleError> {
    let found = bucket.objects.get(object).into_iter().flatten().find(|version| match generation {
        Some(generation) => version.generation.to_string() == generation,
        None => version.live,
    });
    found.ok_or_else(|| GoogleError::new(404, "notFound", format!("No such object: {}/{object}", bucket.name)))
}

fn read(
    world: &World,
    caller: &Caller,
    bucket: &str,
    object: &str,
    query: &BTreeMap<String, String>,
) -> Result<Answer, GoogleError> {
    let bucket = open(world, caller, bucket)?;
    let version = version(bucket, object, query.get("generation").map(String::as_str))?;
    if query.get("alt").map(String::as_str) != Some("media") {
        return Ok(Answer::Json(bucket.object(object, version)));
    }
    let bytes = world.read_blob(&version.blob);
    Ok(Answer::Bytes(bytes.map_err(|error| GoogleError::new(500, "backendError", error.to_string()))?))
}

fn remove(world: &mut World, caller: &Caller, bucket: &str, object: &str) -> Result<Answer, GoogleError> {
    let mut found = open(world, caller, bucket)?.clone();
    version(&found, object, None)?;
    let versioned = found.versioned;
    if let Some(versions) = found.objects.get_mut(object) {
        if versioned {
            versions.iter_mut().for_each(|version| version.live = false);
        } else {
            versions.clear();
        }
    }
    world.gcs_buckets.put(bucket, found);
    Ok(Answer::Nothing)
}

fn json_of(body: &[u8]) -> Result<Value, GoogleError> {
    serde_json::from_slice(body).map_err(|error| GoogleError::new(400, "parseError", error.to_string()))
}
