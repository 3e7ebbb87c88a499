//! Protection: locks on what holds data, which Azure then refuses to delete, whoever asks.

use serde_json::json;

use super::draft::Draft;
use super::id::Id;

/// Keeps a resource from being deleted until the lock is taken away.
pub(super) fn lock(draft: &mut Draft<'_>, component: &str, over: &Id) {
    let id = Id::new("Microsoft.Authorization/locks", "protected");
    let notes = "Protected by the environment file: take the protection away there, deploy, then delete.";
    draft.add_over(component, over, &id, json!({ "properties": { "level": "CanNotDelete", "notes": notes } }));
}
