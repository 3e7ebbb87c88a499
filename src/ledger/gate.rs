//! What a deployment has to show after the cloud says that it is done, and what was seen. An intent carries it, so that a run
//! that was interrupted is judged by the same.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::plan::rollout::Rollout;

/// What has to be seen. Times are seconds of the cloud's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// How long services and databases may take until they are well.
    pub well_within: u64,
    /// The services and databases that are looked at, by their ids in the document; all of the stack's where none is named.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub only: BTreeSet<String>,
    /// The services whose new version is watched while the old one can take its requests back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rollouts: Vec<Rollout>,
    /// How long no alarm of the stack may begin to ring.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarms_quiet: Option<u64>,
    /// The path that has to answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<Health>,
    /// Why it is not taken back by itself where it isn't well: what going back would lose, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub one_way: Vec<String>,
}

/// A path that has to answer with the status 200.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// The component that answers, such as `service.web`.
    pub of: String,
    /// The stack's output that holds its address.
    pub output: String,
    /// The path.
    pub path: String,
    /// How long it may take until it answers.
    pub within: u64,
    /// The build that has to answer; none where any may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<Build>,
}

/// The digits of a digest.
const DIGITS: usize = 64;

/// The build that has to answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// Its digest, as hexadecimal digits.
    pub digest: String,
    /// Where the answer shows it: a JSON pointer, or a header's name.
    pub shown: String,
}

/// The digest that stands in a text, such as a file's name or an image's address.
pub fn digest_in(text: &str) -> Option<&str> {
    text.split(|one: char| !one.is_ascii_hexdigit()).find(|part| part.len() == DIGITS)
}

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Judgement {
    /// All that had to be.
    Well,
    /// Something isn't as it has to be.
    Unwell {
        /// What, a line each.
        reasons: Vec<String>,
    },
    /// It could not be asked, so nobody knows.
    NotAsked {
        /// Why.
        why: String,
    },
}
