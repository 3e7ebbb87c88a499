//! What a cloud knows about its resources, asked by the diff. Each cloud implements it beside its renderer.

use super::change::Action;
use super::consequence::Impact;
use super::field_path::FieldPath;
use super::meaning::{Meaning, Referred};
use super::resource::Resource;

/// One difference between two meanings of the same resource.
#[derive(Clone, Copy, Debug)]
pub struct Edit<'a> {
    /// The resource before.
    pub before: &'a Resource,
    /// The resource after.
    pub after: &'a Resource,
    /// The place of the difference.
    pub path: &'a FieldPath,
    /// The value before; none where it is new.
    pub was: Option<&'a Meaning>,
    /// The value after; none where it is removed.
    pub is: Option<&'a Meaning>,
}

/// What becomes of a resource that leaves the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// Whether it stays in the cloud.
    pub kept: bool,
    /// What that does.
    pub impact: Impact,
}

/// Whether the value of a reference changes with what it refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Movement {
    /// It stays what it is.
    Stays,
    /// It may change: only the cloud knows.
    MayMove,
    /// It changes.
    Moves,
}

/// A cloud's knowledge of its resource types. Pure: the same question has the same answer, whichever thread asks.
pub trait Knowledge: Sync {
    /// The meaning of a resource's properties.
    fn meaning(&self, resource: &Resource) -> Meaning;

    /// What changing one property does.
    fn field(&self, edit: &Edit<'_>) -> Impact;

    /// What changing something outside the properties does, such as a deletion policy; none where it does nothing to the resource.
    fn attribute(&self, name: &str, before: &Resource, after: &Resource) -> Option<Impact>;

    /// What giving the same id to a resource of another type does.
    fn kind(&self, before: &Resource, after: &Resource) -> Impact;

    /// What replacing a resource does to what it holds.
    fn replacement(&self, before: &Resource, after: &Resource) -> Impact;

    /// What taking a resource out of the document does.
    fn removal(&self, resource: &Resource) -> Removal;

    /// Whether any reference to a resource may have another value after that resource was replaced or updated; where none may, nothing
    /// that refers to it is looked at. Unless a cloud knows of updates that give another value, only a replacement does.
    fn stirs(&self, target: &Resource, action: Action) -> bool {
        let _ = target;
        action == Action::Replace
    }

    /// Whether a reference to a resource has another value after that resource was replaced or updated.
    fn moves(&self, target: &Resource, action: Action, reference: &Referred) -> Movement;
}
