//! Takes an HTTP request of a storage account's blobs to what it names. The account is the first part of the path, as in Azure's own
//! emulator: there are no host names here.

use std::collections::BTreeMap;
use std::sync::Arc;

use hyper::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, LAST_MODIFIED};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

use super::blob::{self, Blob, Demand, Place};
use super::caller::Caller;
use super::error::ArmError;
use crate::sandbox::access::{Access, query_pairs};
use crate::sandbox::error::SandboxError;
use crate::sandbox::faults::CallFate;
use crate::sandbox::range;
use crate::sandbox::world::World;
use crate::sandbox::xml::Xml;

/// The blobs of one page of a list, at most (Blob service REST API, List Blobs).
const PAGE: usize = 5000;

/// Whether a request is one of Blob Storage's: each names the version of the interface in this header.
pub fn is_addressed(parts: &Parts) -> bool {
    parts.headers.contains_key("x-ms-version")
}

/// A request, taken apart.
struct Asked<'a> {
    method: &'a str,
    place: Place<'a>,
    /// The blob's name; empty for the container itself.
    name: &'a str,
    query: BTreeMap<String, String>,
    header: &'a dyn Fn(&str) -> Option<String>,
    body: &'a [u8],
    now: Timestamp,
}

/// An answer before it is written.
#[derive(Default)]
struct Reply {
    status: u16,
    headers: Vec<(HeaderName, String)>,
    body: Vec<u8>,
}

/// Answers one request; none where the answer is lost on purpose.
///
/// # Errors
/// When the state can't be written.
pub fn answer(access: &Arc<Access>, parts: &Parts, body: &[u8]) -> Result<Option<Response<s3s::Body>>, SandboxError> {
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let query = query_pairs(parts.uri.query());
    let path = parts.uri.path();
    let mut words = path.trim_start_matches('/').splitn(3, '/');
    let mut word = || words.next().unwrap_or_default();
    let (place, name) = (Place { account: word(), container: word() }, word());
    let verb = match parts.method.as_str() {
        "GET" | "HEAD" => "read",
        "PUT" => "write",
        _ => "delete",
    };
    let action = format!("blobs/{verb}");
    let reply = access.with(|world, now| {
        let fate = world.faults.on_call("azure", &action);
        let asked = Asked { method: parts.method.as_str(), place, name, query, header: &header, body, now };
        let reply = match &fate {
            Some(CallFate::Fail { code, message, status }) => refused(&ArmError::new(*status, code, message)),
            Some(CallFate::LoseAnswer) | None => {
                let answered = Caller::identify(&parts.headers)
                    .and_then(|caller| blob::open(world, &caller.subscription, place))
                    .and_then(|()| route(world, &asked));
                answered.unwrap_or_else(|error| refused(&error))
            }
        };
        (fate != Some(CallFate::LoseAnswer)).then_some(reply)
    })?;
    Ok(reply.map(written))
}

fn route(world: &mut World, asked: &Asked<'_>) -> Result<Reply, ArmError> {
    if asked.name.contains('%') {
        return Err(ArmError::new(400, "InvalidUri", "The sandbox takes names of blobs that need no escapes."));
    }
    let of_container = asked.query.get("restype").map(String::as_str) == Some("container");
    let comp = asked.query.get("comp").map(String::as_str);
    match (asked.method, asked.name, comp) {
        ("GET", "", Some("list")) if of_container => Ok(listed(world, asked)),
        ("POST", "", Some("batch")) if of_container => batch(world, asked),
        ("GET" | "HEAD", name, None) if !name.is_empty() => {
            let found = blob::find(world, asked.place, name)?;
            let mut reply = Reply { status: 200, headers: described(found), body: Vec::new() };
            if asked.method == "GET" {
                let wanted = (asked.header)("x-ms-range").or_else(|| (asked.header)("range"));
                let part = range::asked(wanted.as_deref(), found.size).map_err(|_| {
                    ArmError::new(
                        416,
                        "InvalidRange",
                        "The range specified is invalid for the current size of the resource.",
                    )
                })?;
                let bytes = world.read_blob(&found.content);
                reply.body = bytes.map_err(|error| ArmError::new(500, "InternalError", error.to_string()))?;
                if let Some(part) = part {
                    reply.status = 206;
                    reply.headers.push((CONTENT_RANGE, range::described(&part, found.size)));
                    reply.body = reply.body.get(part).unwrap_or_default().to_vec();
                }
            } else {
                reply.headers.push((CONTENT_LENGTH, found.size.to_string()));
            }
            Ok(reply)
        }
        ("PUT", name, None) if !name.is_empty() => {
            if (asked.header)("x-ms-blob-type").as_deref() != Some("BlockBlob") {
                let message = "The value for one of the HTTP headers is not in the correct format: x-ms-blob-type.";
                return Err(ArmError::new(400, "InvalidHeaderValue", message));
            }
            let (absent, tag) = ((asked.header)("if-none-match"), (asked.header)("if-match"));
            let demand = match (absent.as_deref(), tag.as_deref()) {
                (Some("*"), _) => Demand::Absent,
                (_, Some(tag)) => Demand::Tag(tag),
                (_, None) => Demand::Any,
            };
            let made = blob::put(world, asked.place, name, asked.body, demand, asked.now)?;
            Ok(Reply { status: 201, headers: described(&made), body: Vec::new() })
        }
        ("DELETE", name, None) if !name.is_empty() => {
            blob::remove(world, asked.place, name)?;
            Ok(Reply { status: 202, ..Reply::default() })
        }
        _ => Err(ArmError::new(400, "UnsupportedQueryParameter", "The sandbox does not take this of Blob Storage.")),
    }
}

fn described(blob: &Blob) -> Vec<(HeaderName, String)> {
    vec![
        (ETAG, blob.tag.clone()),
        (LAST_MODIFIED, date(blob.modified)),
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (HeaderName::from_static("x-ms-blob-type"), "BlockBlob".to_owned()),
    ]
}

/// A time as HTTP has it.
fn date(time: Timestamp) -> String {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&time).unwrap_or_default()
}

fn listed(world: &World, asked: &Asked<'_>) -> Reply {
    let of = |name: &str| asked.query.get(name).map(String::as_str).unwrap_or_default();
    let most = of("maxresults").parse().unwrap_or(PAGE).clamp(1, PAGE);
    let all = blob::list(world, asked.place, of("prefix"), of("marker"));
    let next = if all.len() > most { all.get(most - 1).map(|(name, _)| *name) } else { None };
    let mut xml = Xml::new();
    xml.document("EnumerationResults", |xml| {
        xml.text("Prefix", of("prefix"));
        xml.inside("Blobs", |xml| {
            for (name, blob) in all.iter().take(most) {
                xml.inside("Blob", |xml| {
                    xml.text("Name", name);
                    xml.inside("Properties", |xml| {
                        xml.text("Last-Modified", date(blob.modified));
                        xml.text("Etag", blob.tag.trim_matches('"'));
                        xml.text("Content-Length", blob.size);
                        xml.text("Content-Type", "application/octet-stream");
                        xml.text("BlobType", "BlockBlob");
                    });
                });
            }
        });
        xml.text("NextMarker", next.unwrap_or_default());
    });
    Reply { status: 200, headers: vec![(CONTENT_TYPE, "application/xml".to_owned())], body: xml.into_bytes() }
}

/// Several deletions in one request (Blob service REST API, Blob Batch): a part of the answer for each, in their order.
fn batch(world: &mut World, asked: &Asked<'_>) -> Result<Reply, ArmError> {
    let text = String::from_utf8_lossy(asked.body);
    let inside = format!("/{}/", asked.place.container);
    let mut answers = String::new();
    for (number, line) in text.lines().filter(|line| line.ends_with(" HTTP/1.1")).enumerate() {
        let path = line.strip_prefix("DELETE ").and_then(|rest| rest.strip_suffix(" HTTP/1.1"));
        let Some((_, name)) = path.and_then(|path| path.split_once(&inside)) else {
            return Err(ArmError::new(
                400,
                "InvalidInput",
                "The sandbox takes deletions of this container's blobs here.",
            ));
        };
        let said = match blob::remove(world, asked.place, name) {
            Ok(()) => "202 Accepted\r\nx-ms-delete-type-permanent: true\r\n".to_owned(),
            Err(error) => format!("{} {}\r\nx-ms-error-code: {}\r\n", error.status, error.message, error.code),
        };
        answers.push_str(&format!(
            "--batchresponse\r\nContent-Type: application/http\r\nContent-ID: {number}\r\n\r\nHTTP/1.1 {said}\r\n"
        ));
    }
    answers.push_str("--batchresponse--");
    let kind = "multipart/mixed; boundary=batchresponse".to_owned();
    Ok(Reply { status: 202, headers: vec![(CONTENT_TYPE, kind)], body: answers.into_bytes() })
}

fn refused(error: &ArmError) -> Reply {
    let mut xml = Xml::new();
    xml.document("Error", |xml| {
        xml.text("Code", &error.code);
        xml.text("Message", &error.message);
    });
    let code = (HeaderName::from_static("x-ms-error-code"), error.code.clone());
    let kind = (CONTENT_TYPE, "application/xml".to_owned());
    Reply { status: error.status, headers: vec![code, kind], body: xml.into_bytes() }
}

fn written(reply: Reply) -> Response<s3s::Body> {
    let mut response = Response::new(s3s::Body::from(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::BAD_REQUEST);
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
