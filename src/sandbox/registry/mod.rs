//! Registries of container images: the protocol that the clouds share, and what lies in them. Who may, and what a registry's own words
//! are, each cloud says in its own folder.

pub mod content;
pub mod protocol;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::access::{Access, query_pairs};
use crate::sandbox::error::SandboxError;
use crate::sandbox::faults::CallFate;
use crate::sandbox::world::World;

/// Why a registry says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The status.
    pub status: StatusCode,
    /// Its code (OCI distribution specification, "Error Codes").
    pub code: &'static str,
    /// What is said to people.
    pub message: String,
    /// How one logs in, as the header `WWW-Authenticate` has it; none where that would not help.
    pub challenge: Option<String>,
}

impl Refusal {
    /// A refusal.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Refusal { status, code, message: message.into(), challenge: None }
    }

    /// The same with how one logs in.
    pub fn logging_in(self, challenge: impl Into<String>) -> Self {
        Refusal { challenge: Some(challenge.into()), ..self }
    }

    /// What the sandbox itself could not do.
    pub fn broken(error: &SandboxError) -> Self {
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "UNKNOWN", error.to_string())
    }

    /// As it is answered.
    pub fn answer(self) -> Response<s3s::Body> {
        let mut response = failed(self.status.as_u16(), self.code, &self.message);
        if let Some(challenge) = &self.challenge {
            set(&mut response, "www-authenticate", challenge);
        }
        response
    }
}

/// A refusal in the form that all registries share (OCI distribution specification, "Error Codes").
pub fn failed(status: u16, code: &str, message: &str) -> Response<s3s::Body> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    answered(status, &json!({ "errors": [{ "code": code, "message": message }] }))
}

/// An answer in JSON.
pub fn answered(status: StatusCode, content: &Value) -> Response<s3s::Body> {
    let mut response = respond(status, content.to_string().into_bytes());
    set(&mut response, CONTENT_TYPE.as_str(), "application/json; charset=utf-8");
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
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
        response.headers_mut().insert(name, value);
    }
}

/// Answers a request as faults let it, by which `service` and `action` name it; none where the answer is lost on purpose, or nobody is
/// there to give one.
///
/// # Errors
/// When the state can't be written.
#[expect(clippy::disallowed_methods, reason = "a scripted delay is real time: the client's patience is what is tried")]
pub async fn under_faults(
    access: &Arc<Access>,
    service: &str,
    action: &str,
    act: impl FnOnce(&mut World, Timestamp) -> Option<Response<s3s::Body>>,
) -> Result<Option<Response<s3s::Body>>, SandboxError> {
    let (fate, late) =
        access.with(|world, _| (world.faults.on_call(service, action), world.faults.delay(service, action)))?;
    if late > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(late)).await;
    }
    if let Some(CallFate::Fail { code, message, status }) = &fate {
        return Ok(Some(failed(*status, code, message)));
    }
    let response = access.with(act)?;
    Ok(response.filter(|_| fate != Some(CallFate::LoseAnswer)))
}

/// The host that a request is for, without its port: the address's own, as those say it who take this for their way to the internet.
pub fn host(parts: &Parts) -> Option<&str> {
    let named = || parts.headers.get("host").and_then(|value| value.to_str().ok());
    let host = parts.uri.host().or_else(named)?;
    Some(host.rsplit_once(':').map_or(host, |(host, _)| host))
}

/// What a client shows to log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Nothing.
    Nothing,
    /// A token.
    Bearer(String),
    /// A name and a password.
    Basic(String, String),
}

impl Shown {
    /// What a request shows.
    pub fn read(parts: &Parts) -> Self {
        let given = parts.headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
        if let Some(token) = given.strip_prefix("Bearer ") {
            return Shown::Bearer(token.to_owned());
        }
        let basic = given.strip_prefix("Basic ").and_then(|pair| {
            let pair = STANDARD.decode(pair.trim()).ok()?;
            let pair = String::from_utf8(pair).ok()?;
            let (name, password) = pair.split_once(':')?;
            Some(Shown::Basic(name.to_owned(), password.to_owned()))
        });
        basic.unwrap_or(Shown::Nothing)
    }
}

/// Every value of a name in a query or a form: scopes are said several times.
pub fn scopes(pairs: &str) -> Vec<String> {
    let all = pairs.split('&').filter(|pair| pair.starts_with("scope="));
    let one = |pair: &str| query_pairs(Some(pair)).remove("scope").unwrap_or_default();
    let each = all.flat_map(|pair| one(pair).split(' ').map(str::to_owned).collect::<Vec<_>>());
    each.filter(|scope| !scope.is_empty()).collect()
}

/// Whether one of the scopes of a token lets it do something with a repository (Docker registry, "Token scope documentation").
pub fn covers(scopes: &[String], repository: &str, deed: &str) -> bool {
    scopes.iter().any(|scope| {
        let parts = scope.strip_prefix("repository:").and_then(|rest| rest.rsplit_once(':'));
        parts.is_some_and(|(name, deeds)| name == repository && deeds.split(',').any(|one| one == deed || one == "*"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_lets_its_bearer_do_what_its_scopes_name() {
        let asked = scopes("service=x&scope=repository%3Ashop%2Fui%3Apull%2Cpush&scope=repository%3Aother%3Apull");
        assert!(covers(&asked, "shop/ui", "push") && covers(&asked, "other", "pull"));
        assert!(!covers(&asked, "other", "push") && !covers(&asked, "ui", "pull"));
        assert_eq!(scopes("scope=repository:a:pull+repository:b:push"), ["repository:a:pull", "repository:b:push"]);
    }
}
