//! Takes an HTTP request to the service that it's signed for.
#![expect(clippy::disallowed_methods, reason = "a scripted delay is real time: the client's patience is what is tried")]

use std::sync::Arc;

use bytes::Bytes;
use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode};
use s3s::service::S3Service;
use serde_json::{Value, json};

use super::caller::{Caller, PARTITION, Scope};
use super::error::ApiError;
use super::query::Query;
use super::s3::body::unframe;
use super::s3::policy;
use super::{cbor, cloudformation, cloudwatch, ecr, ecs, lambda, rds, route53, secrets_manager, ssm, sts};
use crate::sandbox::access::{Access, query_pairs};
use crate::sandbox::error::SandboxError;
use crate::sandbox::faults::CallFate;
use crate::sandbox::registry;
use crate::sandbox::registry::protocol::{self, Asked};
use crate::sandbox::world::World;
use crate::sandbox::xml::Xml;

/// What becomes of a request.
pub enum Answer {
    /// This is answered.
    Given(Response<s3s::Body>),
    /// It was carried out and the answer is lost: the connection closes.
    Lost,
}

/// Answers one request.
///
/// # Errors
/// When the state can't be written.
pub async fn answer(access: &Arc<Access>, s3: &S3Service, parts: Parts, body: Bytes) -> Result<Answer, SandboxError> {
    let pairs = query_pairs(parts.uri.query());
    let scope = Scope::read(&parts.headers, &pairs);
    let is_form = parts.method == Method::POST
        && parts
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let service = scope.as_ref().map(|scope| scope.service.clone()).unwrap_or_default();
    if protocol::is_asked(parts.uri.path()) {
        return registry_answer(access, &parts, &body).await;
    }
    if service == "lambda" && lambda::is_asked(parts.uri.path()) {
        return lambda_answer(access, scope, &parts, &body).await;
    }
    if service == "route53" {
        return route53_answer(access, scope, &parts, &body).await;
    }
    if let Some(rpc) = Rpc::of(&parts) {
        let host = parts.headers.get(HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
        return rpc_answer(access, &rpc, &service, scope, &body, host).await;
    }
    let by_query = is_form
        || pairs.contains_key("Action")
        || matches!(service.as_str(), "cloudformation" | "monitoring" | "rds" | "sts");
    if !by_query {
        return s3_answer(access, s3, parts, body, scope).await;
    }
    let query = if parts.method == Method::POST { Query::parse(&body) } else { Ok(Query::from(pairs)) };
    let request_id = access.with(|world, _| world.ids.uuid())?;
    let namespace = match service.as_str() {
        "monitoring" => cloudwatch::NAMESPACE,
        "rds" => rds::NAMESPACE,
        "sts" => sts::NAMESPACE,
        _ => cloudformation::actions::NAMESPACE,
    };
    let identified = scope.and_then(|scope| query.map(|query| (scope, query)));
    let (scope, query) = match identified {
        Ok(found) => found,
        Err(error) => return Ok(Answer::Given(refusal(&error, namespace, &request_id))),
    };
    let action = query.text("Action").unwrap_or_default().to_owned();
    let fate = fate(access, &service, &action).await?;
    if let Some(CallFate::Fail { code, message, status }) = &fate {
        let error = ApiError::new(*status, code, message);
        return Ok(Answer::Given(refusal(&error, namespace, &request_id)));
    }
    let outcome = access.with(|world, now| {
        let caller = Caller::identify(scope, &world.sessions, now)?;
        match service.as_str() {
            "monitoring" => cloudwatch::call(world, &caller, &action, &query),
            "rds" => rds::call(world, &caller, &action, &query, now),
            "sts" => sts::call(world, &caller, &action, &query, now),
            "cloudformation" => cloudformation::actions::call(world, &caller, &action, &query, now),
            other => Err(ApiError::new(
                400,
                "UnknownService",
                format!("The sandbox has no service {other}: it has {SERVICES}"),
            )),
        }
    })?;
    if fate == Some(CallFate::LoseAnswer) {
        return Ok(Answer::Lost);
    }
    Ok(Answer::Given(match outcome {
        Ok(content) => success(&action, namespace, content, &request_id),
        Err(error) => refusal(&error, namespace, &request_id),
    }))
}

/// The services, as signatures name them.
const SERVICES: &str = "cloudformation, ecr, ecs, lambda, monitoring, rds, route53, s3, secretsmanager, ssm and sts";

/// A request of a protocol that names its action outside the body.
enum Rpc {
    /// AWS's JSON protocol 1.1: the action stands in a header.
    Json(String),
    /// Smithy RPC v2 with CBOR: the action stands in the path.
    Cbor(String),
}

impl Rpc {
    fn of(parts: &Parts) -> Option<Rpc> {
        let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        if header("smithy-protocol") == Some("rpc-v2-cbor") {
            return Some(Rpc::Cbor(parts.uri.path().to_owned()));
        }
        header("x-amz-target").map(|target| Rpc::Json(target.to_owned()))
    }

    /// The action, as far as it is the service's.
    fn action(&self, service: &str) -> Option<&str> {
        match (self, service) {
            (Rpc::Json(target), "ecr") => target.strip_prefix(ecr::TARGET)?.strip_prefix('.'),
            (Rpc::Json(target), "ecs") => target.strip_prefix(ecs::TARGET)?.strip_prefix('.'),
            (Rpc::Json(target), "secretsmanager") => target.strip_prefix(secrets_manager::TARGET)?.strip_prefix('.'),
            (Rpc::Json(target), "ssm") => target.strip_prefix(ssm::TARGET)?.strip_prefix('.'),
            (Rpc::Cbor(path), "monitoring") => path.strip_prefix(cloudwatch::PATH),
            (Rpc::Json(_) | Rpc::Cbor(_), _) => None,
        }
    }

    fn read(&self, body: &[u8]) -> Result<Value, ApiError> {
        let read = match self {
            Rpc::Json(_) if body.is_empty() => Some(json!({})),
            Rpc::Json(_) => serde_json::from_slice(body).ok(),
            Rpc::Cbor(_) => cbor::read(body),
        };
        read.filter(Value::is_object).ok_or_else(|| ApiError::new(400, "SerializationException", ""))
    }

    fn write(&self, status: u16, content: &Value, request_id: &str) -> Response<s3s::Body> {
        let (kind, bytes) = match self {
            Rpc::Json(_) => ("application/x-amz-json-1.1", content.to_string().into_bytes()),
            Rpc::Cbor(_) => ("application/cbor", cbor::write(content, cloudwatch::is_time)),
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = document(status, bytes, request_id);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        if matches!(self, Rpc::Cbor(_)) {
            headers.insert("smithy-protocol", HeaderValue::from_static("rpc-v2-cbor"));
        }
        response
    }

    fn refuse(&self, error: &ApiError, request_id: &str) -> Response<s3s::Body> {
        let content = json!({"__type": error.code, "message": error.message});
        self.write(error.status, &content, request_id)
    }
}

/// Answers one request of a protocol that names its action outside the body.
async fn rpc_answer(
    access: &Arc<Access>,
    rpc: &Rpc,
    service: &str,
    scope: Result<Scope, ApiError>,
    body: &[u8],
    host: &str,
) -> Result<Answer, SandboxError> {
    let request_id = access.with(|world, _| world.ids.uuid())?;
    let Some(action) = rpc.action(service) else {
        let message = format!("The sandbox has no such action of {service}: it has {SERVICES}");
        let error = ApiError::new(400, "UnknownOperationException", message);
        return Ok(Answer::Given(rpc.refuse(&error, &request_id)));
    };
    let fate = fate(access, service, action).await?;
    if let Some(CallFate::Fail { code, message, status }) = &fate {
        let error = ApiError::new(*status, code, message);
        return Ok(Answer::Given(rpc.refuse(&error, &request_id)));
    }
    let outcome = access.with(|world, now| {
        let caller = Caller::identify(scope?, &world.sessions, now)?;
        let input = rpc.read(body)?;
        match (rpc, service) {
            (Rpc::Json(_), "ecr") => ecr::call(&caller, action, host, now),
            (Rpc::Json(_), "secretsmanager") => secrets_manager::call(world, &caller, action, &input, now),
            (Rpc::Json(_), "ssm") => ssm::call(world, &caller, action, &input, now),
            (Rpc::Json(_), _) => ecs::call(world, &caller, action, &input, now),
            (Rpc::Cbor(_), _) => cloudwatch::call_rpc(world, &caller, action, &input),
        }
    })?;
    if fate_is_lost(&fate) {
        return Ok(Answer::Lost);
    }
    Ok(Answer::Given(match outcome {
        Ok(content) => rpc.write(200, &content, &request_id),
        Err(error) => rpc.refuse(&error, &request_id),
    }))
}

/// Answers one request to the registries of images.
async fn registry_answer(access: &Arc<Access>, parts: &Parts, body: &[u8]) -> Result<Answer, SandboxError> {
    let fate = fate(access, "ecr", ecr::registry::action(parts)).await?;
    if let Some(CallFate::Fail { code, message, status }) = &fate {
        return Ok(Answer::Given(registry::failed(*status, code, message)));
    }
    let response = access.with(|world, now| ecr::registry::answer(world, Asked { parts, body, now }))?;
    if fate_is_lost(&fate) { Ok(Answer::Lost) } else { Ok(Answer::Given(response)) }
}

/// Answers one request to Lambda, whose actions are paths.
async fn lambda_answer(
    access: &Arc<Access>,
    scope: Result<Scope, ApiError>,
    parts: &Parts,
    body: &[u8],
) -> Result<Answer, SandboxError> {
    let refused = |error: &ApiError| {
        let content = json!({"Type": "User", "Message": error.message});
        let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = registry::respond(status, content.to_string().into_bytes());
        registry::set(&mut response, "x-amzn-errortype", &error.code);
        Answer::Given(response)
    };
    let fate = fate(access, "lambda", lambda::action(parts)).await?;
    if let Some(CallFate::Fail { code, message, status }) = &fate {
        return Ok(refused(&ApiError::new(*status, code, message)));
    }
    let outcome = access.with(|world, now| {
        let caller = Caller::identify(scope?, &world.sessions, now)?;
        lambda::answer(world, &caller, parts, body, now)
    })?;
    if fate_is_lost(&fate) {
        return Ok(Answer::Lost);
    }
    Ok(outcome.map_or_else(|error| refused(&error), Answer::Given))
}

/// Answers one request to Route 53, whose actions are paths.
async fn route53_answer(
    access: &Arc<Access>,
    scope: Result<Scope, ApiError>,
    parts: &Parts,
    body: &[u8],
) -> Result<Answer, SandboxError> {
    let request_id = access.with(|world, _| world.ids.uuid())?;
    let refused = |error: &ApiError| Answer::Given(refusal(error, route53::NAMESPACE, &request_id));
    let fate = fate(access, "route53", route53::action(parts)).await?;
    if let Some(CallFate::Fail { code, message, status }) = &fate {
        return Ok(refused(&ApiError::new(*status, code, message)));
    }
    let outcome = access.with(|world, now| {
        let caller = Caller::identify(scope?, &world.sessions, now)?;
        route53::answer(world, &caller, parts, body, now)
    })?;
    if fate_is_lost(&fate) {
        return Ok(Answer::Lost);
    }
    Ok(outcome.map_or_else(|error| refused(&error), Answer::Given))
}

/// What is scripted for this call; waits where a delay is.
async fn fate(access: &Arc<Access>, service: &str, action: &str) -> Result<Option<CallFate>, SandboxError> {
    let (fate, late) =
        access.with(|world, _| (world.faults.on_call(service, action), world.faults.delay(service, action)))?;
    if late > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(late)).await;
    }
    Ok(fate)
}

fn success(action: &str, namespace: &str, content: Xml, request_id: &str) -> Response<s3s::Body> {
    let mut xml = Xml::new();
    xml.root(&format!("{action}Response"), namespace, |xml| {
        xml.inside(&format!("{action}Result"), |xml| xml.append(content));
        xml.inside("ResponseMetadata", |xml| xml.text("RequestId", request_id));
    });
    document(StatusCode::OK, xml.into_bytes(), request_id)
}

fn refusal(error: &ApiError, namespace: &str, request_id: &str) -> Response<s3s::Body> {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
    document(status, error.to_xml(namespace, request_id), request_id)
}

fn document(status: StatusCode, bytes: Vec<u8>, request_id: &str) -> Response<s3s::Body> {
    let mut response = Response::new(s3s::Body::from(bytes));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert("x-amzn-requestid", value);
    }
    response
}

async fn s3_answer(
    access: &Arc<Access>,
    s3: &S3Service,
    mut parts: Parts,
    body: Bytes,
    scope: Result<Scope, ApiError>,
) -> Result<Answer, SandboxError> {
    let action = s3_action(&parts);
    let fate = fate(access, "s3", action).await?;
    if let Some(CallFate::Fail { code, message, status }) = fate {
        return Ok(Answer::Given(s3_refusal(status, &code, &message)));
    }
    let caller = match scope {
        Ok(scope) => access.with(|world, now| Caller::identify(scope, &world.sessions, now))?,
        Err(error) => Err(error),
    };
    let caller = match caller {
        Ok(caller) => caller,
        Err(error) => {
            let (code, message) = match error.code.as_str() {
                "MissingAuthenticationToken" => ("AccessDenied", "Access Denied"),
                "InvalidClientTokenId" => {
                    ("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
                }
                "ExpiredToken" => ("ExpiredToken", "The provided token has expired."),
                other => (other, error.message.as_str()),
            };
            let status = if code == "ExpiredToken" { 400 } else { error.status };
            return Ok(Answer::Given(s3_refusal(status, code, message)));
        }
    };
    // The signature has served its purpose: it isn't verified, so `s3s` must not see it.
    parts.headers.remove("authorization");
    parts.headers.remove("x-amz-security-token");
    unsign(&mut parts);
    let Some(body) = plain_body(&mut parts, body) else {
        return Ok(Answer::Given(s3_refusal(400, "IncompleteBody", "The request body terminated unexpectedly")));
    };
    parts.extensions.insert(access.with(|world, _| let_in(world, caller, &parts, action))?);
    let request = Request::from_parts(parts, s3s::Body::from(body));
    let response = match s3.call(request).await {
        Ok(response) => response,
        Err(error) => s3_refusal(500, "InternalError", &format!("{error:?}")),
    };
    if fate_is_lost(&fate) { Ok(Answer::Lost) } else { Ok(Answer::Given(response)) }
}

/// The caller, as one of the owner's where the bucket's policy lets another account do this.
fn let_in(world: &World, caller: Caller, parts: &Parts, action: &str) -> Caller {
    let path = parts.uri.path().trim_matches('/');
    let name = path.split('/').next().unwrap_or_default();
    let permission = policy::permission(action, parts.uri.query().unwrap_or_default());
    match (world.buckets.get(name), permission) {
        (Some(bucket), Some(permission))
            if policy::admits(bucket, &caller.account, permission, &format!("arn:{PARTITION}:s3:::{path}")) =>
        {
            Caller { account: bucket.account.clone(), ..caller }
        }
        _ => caller,
    }
}

fn fate_is_lost(fate: &Option<CallFate>) -> bool {
    *fate == Some(CallFate::LoseAnswer)
}

/// Takes the signature out of a presigned address.
fn unsign(parts: &mut Parts) {
    let Some(query) = parts.uri.query() else { return };
    if !query.contains("X-Amz-Credential") {
        return;
    }
    let kept: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("X-Amz-")).collect();
    let path = parts.uri.path();
    let address = if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) };
    if let Ok(uri) = address.parse() {
        parts.uri = uri;
    }
}

/// The body without the framing of a signed stream; the checksum that trails it becomes a header.
fn plain_body(parts: &mut Parts, body: Bytes) -> Option<Bytes> {
    let hash = parts.headers.remove("x-amz-content-sha256");
    let framed = hash.as_ref().and_then(|hash| hash.to_str().ok()).is_some_and(|hash| hash.starts_with("STREAMING-"));
    if !framed {
        return Some(body);
    }
    let unframed = unframe(&body)?;
    parts.headers.remove("x-amz-decoded-content-length");
    parts.headers.remove("x-amz-trailer");
    let encoding = parts.headers.remove(CONTENT_ENCODING);
    let encoding = encoding.as_ref().and_then(|value| value.to_str().ok()).unwrap_or_default();
    let rest: Vec<&str> = encoding.split(',').map(str::trim).filter(|part| *part != "aws-chunked").collect();
    if let Some(value) = Some(rest.join(",")).filter(|rest| !rest.is_empty()).and_then(|rest| rest.parse().ok()) {
        parts.headers.insert(CONTENT_ENCODING, value);
    }
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(unframed.content.len()));
    for (name, value) in &unframed.trailers {
        let name = hyper::header::HeaderName::from_bytes(name.as_bytes()).ok();
        if let (Some(name), Ok(value)) = (name, HeaderValue::from_str(value))
            && name.as_str().starts_with("x-amz-checksum-")
        {
            parts.headers.insert(name, value);
        }
    }
    Some(Bytes::from(unframed.content))
}

/// The name of an S3 action, for the faults that mean it; those that aren't told apart share the name of the method.
fn s3_action(parts: &Parts) -> &'static str {
    let path = parts.uri.path().trim_matches('/');
    let query = parts.uri.query().unwrap_or_default();
    let on_object = path.contains('/');
    let plain = query.is_empty() || query.starts_with("x-id=");
    match (parts.method.as_str(), on_object) {
        ("PUT", true) if plain => "PutObject",
        ("GET", true) if plain || query.contains("versionId=") => "GetObject",
        ("HEAD", true) => "HeadObject",
        ("DELETE", true) => "DeleteObject",
        ("PUT", false) if plain => "CreateBucket",
        ("HEAD", false) => "HeadBucket",
        ("DELETE", false) if plain => "DeleteBucket",
        ("GET", false) if query.contains("list-type") => "ListObjectsV2",
        ("GET", false) if query.contains("versioning") => "GetBucketVersioning",
        ("PUT", _) => "Put",
        ("GET", _) => "Get",
        _ => "Other",
    }
}

fn s3_refusal(status: u16, code: &str, message: &str) -> Response<s3s::Body> {
    let mut xml = Xml::new();
    xml.document("Error", |xml| {
        xml.text("Code", code);
        xml.text("Message", message);
    });
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = Response::new(s3s::Body::from(xml.into_bytes()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    response
}
