//! An answer before it is written: status, headers of long-running operations, body.

use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

use super::error::ArmError;

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The body; null for none.
    pub body: Value,
    /// The operation that the request began, to be asked how far it is.
    pub operation: Option<String>,
}

/// Seconds after which a client that waits is to ask again, in the cloud's own time.
const ASK_AGAIN: f64 = 15.0;

/// What a request was addressed to.
#[derive(Clone, Copy, Debug)]
pub struct Address<'a> {
    /// The address that the client uses.
    pub base: &'a str,
    /// The subscription.
    pub subscription: &'a str,
    /// The version of the interface.
    pub version: &'a str,
}

impl Reply {
    /// An answer that is all there is to say.
    pub fn new(status: u16, body: Value) -> Self {
        Self { status, body, operation: None }
    }

    /// An answer to what goes on.
    pub fn begun(status: u16, body: Value, operation: String) -> Self {
        Self { status, body, operation: Some(operation) }
    }

    /// As it goes over the wire.
    pub fn written(self, address: &Address<'_>, request: &str, pace: f64) -> Response<s3s::Body> {
        let Address { base, subscription, version } = address;
        let text = if self.body.is_null() { String::new() } else { self.body.to_string() };
        let mut response = Response::new(s3s::Body::from(text));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        let mut set = |name: &'static str, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        };
        set("x-ms-request-id", request);
        if let Some(operation) = &self.operation {
            let at = format!("{base}/subscriptions/{subscription}/providers/Microsoft.Resources/locations/global");
            set(
                "azure-asyncoperation",
                &format!("{at}/deploymentStackOperationStatus/{operation}?api-version={version}"),
            );
            set("location", &format!("{at}/deploymentStackOperationResults/{operation}?api-version={version}"));
            set("retry-after", &(ASK_AGAIN * pace).floor().to_string());
        }
        response
    }

    /// A refusal.
    pub fn refused(error: &ArmError) -> Self {
        Self::new(error.status, json!({ "error": error.to_json() }))
    }
}
