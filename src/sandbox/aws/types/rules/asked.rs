//! A request to a service, as the rules look at it.

use serde_json::{Map, Value};

use crate::sandbox::aws::cloudformation::evaluate::scalar_text;
use crate::sandbox::aws::types::identity::Subject;
use crate::sandbox::aws::types::lifecycle::place_of;
use crate::sandbox::aws::types::protection::handler;
use crate::sandbox::engine::inventory::{self, Physical};
use crate::sandbox::world::World;

/// A resource that is to be made or changed.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The world as it is.
    pub world: &'a World,
    /// Whose resource it is.
    pub subject: &'a Subject,
    /// The properties that it is to have.
    pub properties: &'a Map<String, Value>,
    /// Its id, when it's changed.
    pub own_id: Option<&'a str>,
}

impl<'a> Asked<'a> {
    /// The type.
    pub fn kind(&self) -> &'a str {
        &self.subject.kind
    }

    /// The service in the type's name.
    pub fn service(&self) -> &'a str {
        self.kind().split("::").nth(1).unwrap_or_default()
    }

    /// The account.
    pub fn account(&self) -> &'a str {
        &self.subject.place.account
    }

    /// The region.
    pub fn region(&self) -> &'a str {
        &self.subject.place.region
    }

    /// The value at a dotted path.
    pub fn value(&self, path: &str) -> Option<&'a Value> {
        let (first, rest) = path.split_once('.').unwrap_or((path, ""));
        let value = self.properties.get(first)?;
        if rest.is_empty() { Some(value) } else { value.pointer(&format!("/{}", rest.replace('.', "/"))) }
    }

    /// The text at a dotted path; numbers and truth values count as text.
    pub fn text(&self, path: &str) -> Option<String> {
        self.value(path).and_then(scalar_text)
    }

    /// The number at a dotted path.
    pub fn number(&self, path: &str) -> Option<f64> {
        self.text(path)?.parse().ok()
    }

    /// Whether the value at a dotted path is true.
    pub fn is_true(&self, path: &str) -> bool {
        self.text(path).as_deref() == Some("true")
    }

    /// The items of the list at a dotted path.
    pub fn list(&self, path: &str) -> &'a [Value] {
        self.value(path).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    /// The texts of the list at a dotted path.
    pub fn texts(&self, path: &str) -> Vec<String> {
        self.list(path).iter().filter_map(scalar_text).collect()
    }

    /// An existing resource of the same account and region by its id.
    pub fn find(&self, kind: &str, id: &str) -> Option<&'a Physical> {
        self.world.resources.get(&inventory::key(&place_of(kind, &self.subject.place), kind, id))
    }

    /// The existing resources of a type in the same account and region, without the one that is asked for itself.
    pub fn others(&self, kind: &str) -> impl Iterator<Item = &'a Physical> + use<'a> {
        let place = place_of(kind, &self.subject.place);
        let own = self.own_id.filter(|_| kind == self.kind());
        self.world
            .resources
            .range(&format!("{}/{}/{kind}/", place.account, place.region))
            .map(|(_, resource)| resource)
            .filter(move |resource| own != Some(resource.id.as_str()))
    }

    /// A refusal of the service's.
    pub fn refuse(&self, message: &str, code: &str) -> Option<String> {
        Some(handler(&format!("{message} (Service: {}, Status Code: 400)", self.service()), code))
    }

    /// A refusal because of a wrong parameter.
    pub fn invalid(&self, message: &str) -> Option<String> {
        self.refuse(message, "InvalidRequest")
    }
}

/// A property of an existing resource as text.
pub(super) fn property(resource: &Physical, path: &str) -> Option<String> {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let value = resource.properties.get(first)?;
    let value = if rest.is_empty() { value } else { value.pointer(&format!("/{}", rest.replace('.', "/")))? };
    scalar_text(value)
}
