//! An error as Resource Manager answers it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// An error with its HTTP status and the code that clients act on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ArmError {
    /// The HTTP status.
    pub status: u16,
    /// The code, such as `ResourceGroupNotFound`.
    pub code: String,
    /// The message for people.
    pub message: String,
    /// What led to it.
    pub details: Vec<ArmError>,
}

impl ArmError {
    /// An error with any code.
    pub fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into(), details: Vec::new() }
    }

    /// A request that can't be meant.
    pub fn bad_request(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(400, code, message)
    }

    /// `InvalidTemplate`, the code of what is wrong with a template as such.
    pub fn template(message: impl std::fmt::Display) -> Self {
        Self::new(400, "InvalidTemplate", format!("Deployment template validation failed: '{message}'."))
    }

    /// The same with what led to it.
    pub fn because(mut self, details: Vec<ArmError>) -> Self {
        self.details = details;
        self
    }

    /// What stands under `error` in an answer.
    pub fn to_json(&self) -> Value {
        let mut error = json!({ "code": self.code, "message": self.message });
        if !self.details.is_empty() {
            error["details"] = self.details.iter().map(ArmError::to_json).collect();
        }
        error
    }
}
