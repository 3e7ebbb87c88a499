//! Long-running operations: what a client that waits is told (AIP-151).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::deployment::time;
use super::error::GoogleError;
use crate::sandbox::world::World;

/// An operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LongRunning {
    /// Its whole name.
    pub name: String,
    /// What it works on.
    pub target: String,
    /// What it does: `create`, `update`, `delete`, `lock`, `unlock`.
    pub verb: String,
    /// Who asks twice with this is given the same operation.
    pub request: Option<String>,
    /// When it began.
    pub created: Timestamp,
    /// When it is over, where that is known.
    pub until: Option<Timestamp>,
    /// How it ended.
    pub outcome: Option<Outcome>,
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// With this.
    Done(Value),
    /// With an error.
    Failed(GoogleError),
}

impl LongRunning {
    /// As it is answered.
    pub fn to_json(&self, now: Timestamp) -> Value {
        let over = self.until.is_some_and(|until| until <= now) && self.outcome.is_some();
        let mut metadata = json!({
            "@type": "type.googleapis.com/google.cloud.config.v1.OperationMetadata",
            "createTime": time(self.created),
            "target": self.target,
            "verb": self.verb,
            "apiVersion": "v1",
        });
        if let Some(until) = self.until.filter(|_| over) {
            metadata["endTime"] = json!(time(until));
        }
        let mut shown = json!({ "name": self.name, "metadata": metadata, "done": over });
        match self.outcome.as_ref().filter(|_| over) {
            Some(Outcome::Done(response)) => {
                let kind = if self.target.contains("/previews/") { "Preview" } else { "Deployment" };
                let mut response = response.clone();
                response["@type"] = json!(format!("type.googleapis.com/google.cloud.config.v1.{kind}"));
                shown["response"] = response;
            }
            Some(Outcome::Failed(error)) => shown["error"] = error.to_status(),
            None => {}
        }
        shown
    }
}

/// The operation that was begun with this request before.
///
/// # Errors
/// `INVALID_ARGUMENT` for what is no UUID, and for one that was used for something else.
pub fn begun_before(
    world: &World,
    request: Option<&String>,
    target: &str,
    verb: &str,
) -> Result<Option<LongRunning>, GoogleError> {
    let Some(request) = request else { return Ok(None) };
    let read = uuid::Uuid::parse_str(request).ok().filter(|id| !id.is_nil());
    if read.is_none() {
        return Err(GoogleError::invalid(format!("request_id '{request}' is not a valid UUID")));
    }
    let found = world.gcp_operations.iter().map(|(_, one)| one).find(|one| one.request.as_ref() == Some(request));
    match found {
        Some(found) if found.target == target && found.verb == verb => Ok(Some(found.clone())),
        Some(_) => Err(GoogleError::invalid(format!("request_id '{request}' was used for another request"))),
        None => Ok(None),
    }
}

/// Begins an operation; gives its name.
pub fn begin(
    world: &mut World,
    (parent, target): (&str, &str),
    verb: &str,
    request: Option<&String>,
    now: Timestamp,
) -> LongRunning {
    let digits = world.ids.hex(16);
    let operation = LongRunning {
        name: format!("{parent}/operations/operation-{}-{digits}", now.as_millisecond()),
        target: target.to_owned(),
        verb: verb.to_owned(),
        request: request.cloned(),
        created: now,
        until: None,
        outcome: None,
    };
    world.gcp_operations.put(operation.name.clone(), operation.clone());
    operation
}

/// Ends an operation.
pub fn end(world: &mut World, name: &str, at: Timestamp, outcome: Outcome) {
    if let Some(operation) = world.gcp_operations.edit(name) {
        operation.until = Some(at);
        operation.outcome = Some(outcome);
    }
}
