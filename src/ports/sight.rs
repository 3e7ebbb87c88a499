//! How what a stack has made is, beyond what the cloud's engine says of it: what a gate looks at after a deployment.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;

use super::cloud::CloudError;

/// How something is that takes its time to get well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// As it should be.
    Well,
    /// Not yet; it may get there by itself.
    Settling(String),
    /// It won't get there by itself.
    Sick(String),
}

/// A service or database, and how it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The resource's id in the document.
    pub id: String,
    /// Its native type.
    pub kind: String,
    /// How it is.
    pub condition: Condition,
}

/// An alarm that rings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ringing {
    /// The resource's id in the document.
    pub id: String,
    /// Since when, on the cloud's clock, where it tells.
    pub since: Option<Timestamp>,
    /// Why, in the cloud's words.
    pub why: String,
}

/// What an address on the internet answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Its headers, by names in small letters; of several of one name the last.
    pub headers: BTreeMap<String, String>,
    /// The beginning of its body.
    pub body: String,
}

impl Answer {
    /// What it shows at a JSON pointer of its body, or in a header.
    pub fn shows(&self, place: &str) -> Option<String> {
        if !place.starts_with('/') {
            return self.headers.get(&place.to_ascii_lowercase()).cloned();
        }
        let body: serde_json::Value = serde_json::from_str(&self.body).ok()?;
        body.pointer(place)?.as_str().map(str::to_owned)
    }
}

/// Looks at what a stack has made. Only reads. An error means that it could not be asked, and never that something is sick.
#[async_trait]
pub trait Sight: Send + Sync {
    /// How the stack's services and databases are, ordered by id.
    async fn condition(&self, stack: &str) -> Result<Vec<Seen>, CloudError>;

    /// The stack's own alarms that ring now, ordered by id.
    ///
    /// # Errors
    /// [`CloudError::NotFound`] where one of them is gone: an alarm that isn't there can't ring.
    async fn ringing(&self, stack: &str) -> Result<Vec<Ringing>, CloudError>;

    /// What an address answers, from where this runs.
    ///
    /// # Errors
    /// [`CloudError::Unavailable`] where it can't be reached from here.
    async fn answer(&self, url: &str) -> Result<Answer, CloudError>;

    /// How fast the cloud's own time goes: 1 everywhere but in the sandbox, where a tenth means that its hour takes six minutes.
    async fn pace(&self) -> f64;
}
