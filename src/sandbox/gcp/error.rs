//! An error as Google's interfaces answer it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// An error with its HTTP status and the word that clients act on (AIP-193).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{word}: {message}")]
pub struct GoogleError {
    /// The HTTP status.
    pub status: u16,
    /// The word, such as `NOT_FOUND`.
    pub word: String,
    /// The message for people.
    pub message: String,
}

impl GoogleError {
    /// An error with any word.
    pub fn new(status: u16, word: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, word: word.into(), message: message.into() }
    }

    /// `INVALID_ARGUMENT`.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "INVALID_ARGUMENT", message)
    }

    /// `NOT_FOUND`.
    pub fn missing(name: &str) -> Self {
        Self::new(404, "NOT_FOUND", format!("Resource '{name}' was not found"))
    }

    /// `FAILED_PRECONDITION`.
    pub fn precondition(message: impl Into<String>) -> Self {
        Self::new(400, "FAILED_PRECONDITION", message)
    }

    /// As it is answered. Cloud Storage's clients read `errors` too.
    pub fn to_json(&self) -> Value {
        json!({ "error": {
            "code": self.status,
            "message": self.message,
            "status": self.word,
            "errors": [{ "message": self.message, "domain": "global", "reason": self.word }],
        }})
    }

    /// As the status of an operation: a code of gRPC.
    pub fn to_status(&self) -> Value {
        let code = match self.word.as_str() {
            "INVALID_ARGUMENT" => 3,
            "NOT_FOUND" => 5,
            "ALREADY_EXISTS" => 6,
            "PERMISSION_DENIED" => 7,
            "FAILED_PRECONDITION" => 9,
            "ABORTED" => 10,
            _ => 13,
        };
        json!({ "code": code, "message": self.message })
    }
}
