//! What a change does to the thing it changes.

use serde::{Deserialize, Serialize};

/// The effect of a change, from harmless to final. The order is the order of severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Consequence {
    /// The resource is changed where it is and goes on working.
    InPlace,
    /// The resource is changed where it is and doesn't serve for a while.
    Interruption,
    /// A new resource takes the place of the old one; its address or identity may change.
    Replacement,
    /// Data that the resource holds is gone afterwards, unless it is restored from a copy.
    DataLoss,
    /// Nothing brings the earlier state back, not even a copy.
    Irreversible,
}

impl Consequence {
    /// Whether the change has to be approved by name before it is applied.
    pub fn needs_approval(self) -> bool {
        self >= Consequence::DataLoss
    }
}

/// A consequence with the reason for it, as the knowledge of a cloud gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impact {
    /// What the change does.
    pub consequence: Consequence,
    /// False where the cloud decides only when it carries the change out.
    pub certain: bool,
    /// Why, in words for the person who reads the plan.
    pub why: String,
    /// Where that knowledge comes from: a schema's create-only list, a page of documentation.
    pub source: String,
}
