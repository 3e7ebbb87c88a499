//! What a change does to the thing it changes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The effect of a change, from harmless to final. The order is the order of severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
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
    /// The word for it, as it stands in every output: `in-place`, `data-loss` …
    pub fn word(self) -> &'static str {
        match self {
            Consequence::InPlace => "in-place",
            Consequence::Interruption => "interruption",
            Consequence::Replacement => "replacement",
            Consequence::DataLoss => "data-loss",
            Consequence::Irreversible => "irreversible",
        }
    }

    /// Whether the change has to be approved by name before it is applied.
    pub fn needs_approval(self) -> bool {
        self >= Consequence::DataLoss
    }
}

/// A consequence with the reason for it, as the knowledge of a cloud gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

impl Impact {
    /// An impact that happens whenever the change is carried out.
    pub fn certain(consequence: Consequence, why: impl Into<String>, source: impl Into<String>) -> Impact {
        Impact { consequence, certain: true, why: why.into(), source: source.into() }
    }

    /// An impact that the cloud decides on only when it carries the change out.
    pub fn possible(consequence: Consequence, why: impl Into<String>, source: impl Into<String>) -> Impact {
        Impact { certain: false, ..Impact::certain(consequence, why, source) }
    }
}
