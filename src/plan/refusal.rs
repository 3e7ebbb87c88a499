//! What the cloud is known to refuse of a plan, so that it is said before anything is begun and not half-way.

use serde::{Deserialize, Serialize};

/// A change that the cloud would refuse.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Refusal {
    /// The resource's id.
    pub resource: String,
    /// What the cloud refuses, and why.
    pub why: String,
    /// What lets it through.
    pub remedy: String,
}
