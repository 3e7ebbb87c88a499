//! Which version of a workload takes its calls: what can be switched in seconds, without the stack.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A workload's version that takes its calls.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Serving {
    /// The id, in the document, of what leads calls to a version.
    pub id: String,
    /// The same in the cloud.
    pub resource: String,
    /// The version in the cloud.
    pub version: String,
}

/// What has to be switched for the earlier versions to serve again, of what is there both then and now.
pub fn switches(then: &[Serving], now: &[Serving]) -> Vec<Serving> {
    let there = |old: &&Serving| {
        let found = now.iter().find(|one| one.id == old.id && one.resource == old.resource);
        found.is_some_and(|one| one.version != old.version)
    };
    then.iter().filter(there).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn serving(id: &str, resource: &str, version: &str) -> Serving {
        Serving { id: id.into(), resource: resource.into(), version: version.into() }
    }

    #[test]
    fn only_what_is_the_same_and_at_another_version_is_switched() {
        let then = [serving("A", "a", "1"), serving("B", "b", "1"), serving("C", "c", "1"), serving("D", "d", "1")];
        let now = [serving("A", "a", "2"), serving("B", "b", "1"), serving("C", "replaced", "1")];
        assert_eq!(switches(&then, &now), [serving("A", "a", "1")]);
    }
}
