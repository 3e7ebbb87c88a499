//! What services refuse that the schemas don't say. A file a service.

use serde_json::{Map, Value};

use super::identity::Subject;
use crate::sandbox::world::World;

/// Why the service refuses these properties, if it does.
pub fn refusal(_world: &World, _subject: &Subject, _properties: &Map<String, Value>) -> Option<String> {
    None
}
