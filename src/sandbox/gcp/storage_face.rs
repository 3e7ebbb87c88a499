//! Takes a request of Cloud Storage's XML interface to what it names: `object_store` speaks it. A bucket is the first part of the path.

use std::collections::BTreeMap;
use std::sync::Arc;

use hyper::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, LAST_MODIFIED};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

use super::bucket::{self, Content, Demand, Refusal, Version};
use super::caller::Caller;
use super::deployment::time;
use super::error::GoogleError;
use super::face::plain;
use super::storage::{denied, described};
use crate::sandbox::access::{Access, query_pairs};
use crate::sandbox::error::SandboxError;
use crate::sandbox::faults::CallFate;
use crate::sandbox::range;
use crate::sandbox::world::World;
use crate::sandbox::xml::Xml;

/// The objects of one page of a list, at most (XML API, List objects, `max-keys`).
const PAGE: usize = 1000;

/// The namespace of its documents.
const NAMESPACE: &str = "http://doc.s3.amazonaws.com/2006-03-01";

/// What a request may ask for in its query.
const QUERIES: [&str; 6] = ["list-type", "prefix", "continuation-token", "start-after", "max-keys", "generation"];

/// Whether a request is this interface's, of those that no other interface's path or header took: it has a bearer token, which S3 knows
/// nothing of, and is no registry's.
pub fn is_addressed(parts: &Parts) -> bool {
    let token = parts.headers.get("authorization").and_then(|value| value.to_str().ok());
    token.is_some_and(|token| token.starts_with("Bearer ")) && !parts.uri.path().starts_with("/v2/")
}

/// A request, taken apart.
struct Asked<'a> {
    method: &'a str,
    bucket: String,
    /// The object's name; empty for the bucket itself.
    object: String,
    query: BTreeMap<String, String>,
    header: &'a dyn Fn(&str) -> Option<String>,
    body: &'a [u8],
    now: Timestamp,
}

/// An answer before it is written.
#[derive(Default)]
struct Reply {
    status: u16,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Vec<u8>,
}

/// An error: its status, its code, and its message.
struct Trouble {
    status: u16,
    code: String,
    message: String,
}

impl Trouble {
    fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into() }
    }
}

impl From<Refusal> for Trouble {
    /// As the XML interface says it (Cloud Storage documentation, "HTTP status and error codes for XML").
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoBucket => Self::new(404, "NoSuchBucket", "The specified bucket does not exist."),
            Refusal::NoObject { .. } => Self::new(404, "NoSuchKey", "The specified key does not exist."),
            Refusal::Denied { project, permission } => Self::new(403, "AccessDenied", denied(&project, permission)),
            Refusal::Unmet => {
                Self::new(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold.")
            }
            Refusal::NoGeneration(text) => {
                Self::new(400, "InvalidArgument", format!("Invalid argument: a generation '{text}'"))
            }
            Refusal::NoName => Self::new(400, "InvalidObjectName", "The specified object name is not valid."),
            Refusal::Broken(why) => Self::new(500, "InternalError", why),
        }
    }
}

impl From<GoogleError> for Trouble {
    fn from(error: GoogleError) -> Self {
        Self { status: error.status, code: "AuthenticationRequired".to_owned(), message: error.message }
    }
}

/// Answers one request; none where the answer is lost on purpose.
///
/// # Errors
/// When the state can't be written.
pub fn answer(access: &Arc<Access>, parts: &Parts, body: &[u8]) -> Result<Option<Response<s3s::Body>>, SandboxError> {
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let method = parts.method.as_str();
    let path = parts.uri.path().trim_start_matches('/');
    let (bucket, object) = path.split_once('/').unwrap_or((path, ""));
    let (bucket, object) = (plain(bucket), plain(object));
    let verb = match (method, object.is_empty()) {
        ("GET", true) => "list",
        ("GET" | "HEAD", _) => "get",
        ("PUT", _) => "insert",
        _ => "delete",
    };
    let action = format!("xml.objects.{verb}");
    let query = query_pairs(parts.uri.query());
    let reply = access.with(|world, now| {
        let fate = world.faults.on_call("gcp", &action);
        let asked = Asked { method, bucket, object, query, header: &header, body, now };
        let reply = match &fate {
            Some(CallFate::Fail { code, message, status }) => refused(&Trouble::new(*status, code, message)),
            Some(CallFate::LoseAnswer) | None => {
                let caller = Caller::identify(&parts.headers).map_err(Trouble::from);
                let answered = caller.and_then(|caller| route(world, &caller, &asked));
                answered.unwrap_or_else(|trouble| refused(&trouble))
            }
        };
        (fate != Some(CallFate::LoseAnswer)).then_some(reply)
    })?;
    Ok(reply.map(|reply| written(reply, method == "HEAD")))
}

fn route(world: &mut World, caller: &Caller, asked: &Asked<'_>) -> Result<Reply, Trouble> {
    let unknown = |what: &str| Trouble::new(400, "InvalidArgument", format!("The sandbox does not take {what} here."));
    if let Some(other) = asked.query.keys().find(|name| !QUERIES.contains(&name.as_str())) {
        return Err(unknown(other));
    }
    for other in ["if-match", "if-none-match", "x-goog-copy-source", "x-goog-if-metageneration-match"] {
        if (asked.header)(other).is_some() {
            return Err(unknown(other));
        }
    }
    let demand = Demand::read((asked.header)("x-goog-if-generation-match").as_deref())?;
    let (bucket, object) = (asked.bucket.as_str(), asked.object.as_str());
    match (asked.method, object.is_empty()) {
        ("GET", true) if asked.query.get("list-type").map(String::as_str) == Some("2") => listed(world, caller, asked),
        ("GET" | "HEAD", false) => {
            let found = bucket::open(world, caller, bucket, "storage.objects.get")?;
            let generation = asked.query.get("generation").map(String::as_str);
            let version = bucket::version(found, object, generation)?;
            demand.meets(Some(version))?;
            let part = range::asked((asked.header)("range").as_deref(), version.size);
            let part =
                part.map_err(|_| Trouble::new(416, "InvalidRange", "The requested range cannot be satisfied."))?;
            let body = world.read_blob(&version.blob).map_err(|error| Refusal::Broken(error.to_string()))?;
            let mut reply = Reply { status: 200, headers: headers(version), body };
            if let Some(part) = part {
                let described = HeaderValue::from_str(&range::described(&part, version.size));
                reply.status = 206;
                reply.headers.extend(described.ok().map(|described| (CONTENT_RANGE, described)));
                reply.body = reply.body.get(part).unwrap_or_default().to_vec();
            }
            Ok(reply)
        }
        ("PUT", false) => {
            let kind = (asked.header)("content-type").unwrap_or_else(|| "application/octet-stream".to_owned());
            let content = Content { name: object, kind: &kind, bytes: asked.body };
            let made = bucket::put(world, caller, bucket, content, demand, asked.now)?;
            Ok(Reply { status: 200, headers: headers(&made), body: Vec::new() })
        }
        ("DELETE", false) => {
            bucket::remove(world, caller, bucket, object, demand)?;
            Ok(Reply { status: 204, ..Reply::default() })
        }
        (method, _) => Err(unknown(method)),
    }
}

/// What is said of an object. Its ETag is of its bytes, not of the write.
fn headers(version: &Version) -> Vec<(HeaderName, HeaderValue)> {
    let at = DateTimePrinter::new().timestamp_to_rfc9110_string(&version.written).unwrap_or_default();
    let own = [(ETAG, tag(version)), (LAST_MODIFIED, at)];
    let own = own.into_iter().filter_map(|(name, value)| Some((name, HeaderValue::from_str(&value).ok()?)));
    own.chain(described(version)).collect()
}

fn tag(version: &Version) -> String {
    format!("\"{}\"", version.md5)
}

fn listed(world: &World, caller: &Caller, asked: &Asked<'_>) -> Result<Reply, Trouble> {
    let of = |name: &str| asked.query.get(name).map(String::as_str).unwrap_or_default();
    let most = of("max-keys").parse().unwrap_or(PAGE).clamp(1, PAGE);
    let bucket = bucket::open(world, caller, &asked.bucket, "storage.objects.list")?;
    let after = of("continuation-token").max(of("start-after"));
    let all = bucket.live(of("prefix"), after);
    let page = all.get(..most).unwrap_or(&all);
    let mut xml = Xml::new();
    xml.root("ListBucketResult", NAMESPACE, |xml| {
        xml.text("Name", &asked.bucket);
        xml.text("Prefix", of("prefix"));
        xml.text("KeyCount", page.len());
        xml.text("IsTruncated", page.len() < all.len());
        if let (true, Some((last, _))) = (page.len() < all.len(), page.last()) {
            xml.text("NextContinuationToken", last);
        }
        for (name, version) in page {
            xml.inside("Contents", |xml| {
                xml.text("Key", name);
                xml.text("Generation", version.generation);
                xml.text("MetaGeneration", 1);
                xml.text("LastModified", time(version.written));
                xml.text("ETag", tag(version));
                xml.text("Size", version.size);
            });
        }
    });
    Ok(Reply { status: 200, headers: vec![(CONTENT_TYPE, document())], body: xml.into_bytes() })
}

fn document() -> HeaderValue {
    HeaderValue::from_static("application/xml; charset=UTF-8")
}

fn refused(trouble: &Trouble) -> Reply {
    let mut xml = Xml::new();
    xml.document("Error", |xml| {
        xml.text("Code", &trouble.code);
        xml.text("Message", &trouble.message);
    });
    Reply { status: trouble.status, headers: vec![(CONTENT_TYPE, document())], body: xml.into_bytes() }
}

fn written(reply: Reply, headers_only: bool) -> Response<s3s::Body> {
    let length = HeaderValue::from(reply.body.len());
    let body = if headers_only { Vec::new() } else { reply.body };
    let mut response = Response::new(s3s::Body::from(body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::BAD_REQUEST);
    response.headers_mut().extend(reply.headers);
    if headers_only {
        response.headers_mut().insert(CONTENT_LENGTH, length);
    }
    response
}
