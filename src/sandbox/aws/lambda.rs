//! Lambda's own API, as far as a deployment runs a function through it. Source: Lambda API reference, GetFunctionConfiguration,
//! UpdateFunctionCode, Invoke.
//!
//! The sandbox runs no code: an invocation answers null, unless a fault says what it answers. One whose input has a `limit` is taken for a
//! part of a longer job: it answers how much is left, in five such parts, and then begins anew.

pub mod alias;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::caller::Caller;
use super::error::ApiError;
use crate::sandbox::engine::inventory::{self, Physical, Place};
use crate::sandbox::faults::Invoked;
use crate::sandbox::registry::{respond, set};
use crate::sandbox::world::World;

/// What stands before the name of a function.
const FUNCTIONS: &str = "/2015-03-31/functions/";

/// The most that a log's tail holds, bytes.
const TAIL: usize = 4096;

/// Whether this is Lambda's.
pub fn is_asked(path: &str) -> bool {
    path.starts_with(FUNCTIONS)
}

/// A function's name, and what of it is asked for.
fn read(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix(FUNCTIONS)?.split_once('/')
}

/// The action, by which faults name it.
pub fn action(parts: &Parts) -> &'static str {
    match (parts.method.as_str(), read(parts.uri.path())) {
        ("PUT", Some((_, "code"))) => "UpdateFunctionCode",
        ("GET", Some((_, "configuration"))) => "GetFunctionConfiguration",
        ("POST", Some((_, "invocations"))) => "Invoke",
        _ => alias::action(&parts.method, parts.uri.path()).unwrap_or("Other"),
    }
}

/// Answers a request.
///
/// # Errors
/// As Lambda answers them.
pub fn answer(
    world: &mut World,
    caller: &Caller,
    parts: &Parts,
    body: &[u8],
    now: Timestamp,
) -> Result<Response<s3s::Body>, ApiError> {
    if let Some(action) = alias::action(&parts.method, parts.uri.path()) {
        let input = if body.is_empty() { Some(json!({})) } else { serde_json::from_slice(body).ok() };
        let input =
            input.ok_or_else(|| ApiError::new(400, "InvalidRequestContentException", "Could not parse body"))?;
        let content = alias::call(world, caller, action, parts.uri.path(), &input, now)?;
        return Ok(respond(StatusCode::OK, content.to_string().into_bytes()));
    }
    let unknown = || ApiError::new(404, "ResourceNotFoundException", "The sandbox has no such action of lambda.");
    let (asked, thing) = read(parts.uri.path()).ok_or_else(unknown)?;
    let asked = asked.replace("%3A", ":").replace("%3a", ":");
    let (name, alias) = asked.split_once(':').map_or((asked.as_str(), None), |(name, alias)| (name, Some(alias)));
    let place = Place { account: caller.account.clone(), region: caller.region.clone() };
    let key = inventory::key(&place, "AWS::Lambda::Function", name);
    let Some(function) = world.resources.get(&key).cloned() else {
        let arn = format!("arn:aws:lambda:{}:{}:function:{name}", caller.region, caller.account);
        return Err(ApiError::new(404, "ResourceNotFoundException", format!("Function not found: {arn}")));
    };
    if let Some(alias) = alias {
        let arn = format!("arn:aws:lambda:{}:{}:function:{name}:{alias}", caller.region, caller.account);
        let there = world.resources.get(&inventory::key(&place, "AWS::Lambda::Alias", &arn)).is_some();
        if !there || thing != "invocations" {
            return Err(ApiError::new(404, "ResourceNotFoundException", format!("Function not found: {arn}")));
        }
    }
    match (parts.method.as_str(), thing) {
        ("GET", "configuration") => Ok(configuration(&function)),
        ("PUT", "code") => {
            let given: Value = serde_json::from_slice(body).unwrap_or_default();
            let code = code(world, caller, &given)?;
            if let Some(function) = world.resources.edit(&key) {
                function.properties.insert("Code".to_owned(), Value::Object(code));
                function.updated = now;
            }
            Ok(configuration(&function))
        }
        ("POST", "invocations") => {
            let input = if body.is_empty() { Some(Value::Null) } else { serde_json::from_slice(body).ok() };
            let input = input.ok_or_else(|| {
                ApiError::new(400, "InvalidRequestContentException", "Could not parse request body into json")
            })?;
            Ok(invoked(world, &function, parts, &input))
        }
        _ => Err(unknown()),
    }
}

/// The code that a request names, where it is there.
fn code(world: &World, caller: &Caller, given: &Value) -> Result<Map<String, Value>, ApiError> {
    let text = |name: &str| given[name].as_str().unwrap_or_default().to_owned();
    let (bucket, key) = (text("S3Bucket"), text("S3Key"));
    let found = world.buckets.get(&bucket).filter(|bucket| bucket.account == caller.account);
    let wrong = |message: String| ApiError::new(400, "InvalidParameterValueException", message);
    let found = found.ok_or_else(|| {
        wrong(format!("Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist: {bucket}"))
    })?;
    if found.current(&key).is_none() {
        return Err(wrong("Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.".to_owned()));
    }
    Ok(Map::from_iter([("S3Bucket".to_owned(), json!(bucket)), ("S3Key".to_owned(), json!(key))]))
}

fn configuration(function: &Physical) -> Response<s3s::Body> {
    let property = |name: &str| function.properties.get(name).cloned().unwrap_or_default();
    let content = json!({
        "FunctionName": function.id,
        "FunctionArn": function.attributes.get("Arn").cloned().unwrap_or_default(),
        "Runtime": property("Runtime"),
        "Handler": property("Handler"),
        "Role": property("Role"),
        "MemorySize": property("MemorySize"),
        "Timeout": property("Timeout"),
        "Version": "$LATEST",
        "State": "Active",
        "LastUpdateStatus": "Successful",
    });
    respond(StatusCode::OK, content.to_string().into_bytes())
}

/// In how many parts a job is done that its caller bounds by `limit`.
const PARTS: u64 = 5;
/// Where a function keeps how much of such a job is left; no template can ask for it.
const LEFT: &str = "(left)";

/// What an invocation answers that nothing is scripted for.
fn unscripted(world: &mut World, function: &Physical, input: &Value) -> Value {
    let Some(limit) = input.get("limit").and_then(Value::as_u64) else { return Value::Null };
    let before = function.attributes.get(LEFT).and_then(Value::as_u64).filter(|left| *left > 0);
    let left = before.unwrap_or(limit.saturating_mul(PARTS)).saturating_sub(limit);
    if let Some(function) = world.resources.edit(&function.key()) {
        function.attributes.insert(LEFT.to_owned(), json!(left));
    }
    json!({"processed": limit, "remaining": left})
}

fn invoked(world: &mut World, function: &Physical, parts: &Parts, input: &Value) -> Response<s3s::Body> {
    let owner = function.owner.clone();
    let stack = owner.as_ref().and_then(|owner| world.stacks.get(&owner.stack)).map(|stack| stack.name.clone());
    let logical_id = owner.map(|owner| owner.logical_id).unwrap_or_default();
    let scripted = world.faults.on_invocation(stack.as_deref().unwrap_or_default(), &logical_id);
    let Invoked { answer, error, log } =
        scripted.unwrap_or_else(|| Invoked { answer: unscripted(world, function, input), ..Invoked::default() });
    let payload = match &error {
        Some(message) => json!({ "errorType": "Unhandled", "errorMessage": message }),
        None => answer,
    };
    let mut response = respond(StatusCode::OK, payload.to_string().into_bytes());
    set(&mut response, "x-amz-executed-version", "$LATEST");
    if error.is_some() {
        set(&mut response, "x-amz-function-error", "Unhandled");
    }
    let wants_log = parts.headers.get("x-amz-log-type").is_some_and(|kind| kind == "Tail");
    if wants_log {
        let from = log.len().saturating_sub(TAIL);
        set(&mut response, "x-amz-log-result", &STANDARD.encode(log.as_bytes().get(from..).unwrap_or_default()));
    }
    response
}
