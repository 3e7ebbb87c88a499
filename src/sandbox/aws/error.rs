//! An error as AWS's query services answer it.

use jiff::Timestamp;

use crate::sandbox::xml::Xml;

/// An error with its HTTP status and the code that clients act on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// The code, such as `ValidationError`.
    pub code: String,
    /// The message for people.
    pub message: String,
}

impl ApiError {
    /// An error with any code.
    pub fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into() }
    }

    /// `ValidationError`, the code of nearly everything that a query service refuses.
    pub fn validation(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationError", message)
    }

    /// `ValidationError` in the words that AWS's frameworks use for a parameter that breaks its model.
    pub fn constraint(value: &str, parameter: &str, constraint: &str) -> Self {
        Self::validation(format!(
            "1 validation error detected: Value '{value}' at '{parameter}' failed to satisfy constraint: {constraint}"
        ))
    }

    /// `AccessDenied`.
    pub fn access_denied(message: impl Into<String>) -> Self {
        Self::new(403, "AccessDenied", message)
    }

    /// The error's document.
    pub fn to_xml(&self, namespace: &str, request_id: &str) -> Vec<u8> {
        let mut xml = Xml::new();
        xml.root("ErrorResponse", namespace, |xml| {
            xml.inside("Error", |xml| {
                let kind = if self.status < 500 { "Sender" } else { "Receiver" };
                xml.text("Type", kind);
                xml.text("Code", &self.code);
                xml.text("Message", &self.message);
            });
            xml.text("RequestId", request_id);
        });
        xml.into_bytes()
    }
}

/// A time as the query services write it: UTC, to the millisecond.
pub fn iso8601(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
