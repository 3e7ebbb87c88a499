//! How many deployments of an environment stay ready to be brought back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many deployments of an environment stay ready to be brought back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Releases {
    /// The last so many deployments that differ from each other, the one that serves among them: `landfall release prune` takes nothing
    /// away that any of them needs.
    #[schemars(range(min = 2, max = 1000))]
    pub keep: u32,
}

impl Default for Releases {
    fn default() -> Self {
        Releases { keep: 5 }
    }
}
