//! What exists in the simulated cloud, whoever made it.
//!
//! A stack only knows the resources that it made; the inventory is the cloud itself. It's what a second stack's resource
//! collides with, what somebody edits behind the stack's back (drift), and what is left when a stack retains a resource.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Where a resource lives.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The account, project or subscription.
    pub account: String,
    /// The region, or `global`.
    pub region: String,
}

/// A resource that exists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Physical {
    /// Its type, in the cloud's own words.
    pub kind: String,
    /// What the cloud calls it; unique per type and place.
    pub id: String,
    /// Where it is.
    pub place: Place,
    /// Its properties as they are now, which needn't be as its stack left them.
    pub properties: Map<String, Value>,
    /// What the cloud made up for it: ARNs, endpoints, ids.
    pub attributes: Map<String, Value>,
    /// The stack that manages it; none once it's retained.
    pub owner: Option<Owner>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed, by its stack or by hand.
    pub updated: Timestamp,
}

/// Who manages a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The stack's identity.
    pub stack: String,
    /// The resource's name in the stack.
    pub logical_id: String,
}

/// The key of a resource in the inventory.
pub fn key(place: &Place, kind: &str, id: &str) -> String {
    format!("{}/{}/{kind}/{id}", place.account, place.region)
}

impl Physical {
    /// Its key in the inventory.
    pub fn key(&self) -> String {
        key(&self.place, &self.kind, &self.id)
    }
}
