//! A store of container images.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::units::Time;

/// A store of container images: encrypted, its tags never moved, scanned when pushed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Registry {
    /// How many images are kept; the oldest go first.
    #[serde(default = "thirty")]
    #[schemars(range(min = 5, max = 1000))]
    pub keep_images: u32,
    /// How long an image without a tag is kept.
    #[serde(default = "two_weeks")]
    pub keep_untagged: Time,
}

fn thirty() -> u32 {
    30
}

fn two_weeks() -> Time {
    Time::days(14)
}
