//! Which versions of the database's schema a build works with.
//!
//! A migration belongs to a build and has a number. It may be made so that builds before it live on beside it (it only adds),
//! or so that they don't. From that follows, for any two builds, whether the older one can come back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Versions of the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SchemaRange {
    /// The oldest that this build works with.
    pub least: u64,
    /// The newest that it knows: where its own migrations lead.
    pub newest: u64,
    /// The oldest build, by the newest version that it knew, which still works once the schema is at this build's `newest`.
    pub works_from: u64,
}

/// Why a build doesn't work with a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// The schema lacks what the build uses.
    #[error("the schema is at version {found}, and the build needs {least}: run its migrations first")]
    TooOld {
        /// Where the schema is.
        found: u64,
        /// What the build needs.
        least: u64,
    },
    /// A later migration took away or changed what the build uses.
    #[error(
        "the schema is at version {found}, which works with builds that know version {works_from} or later, and this one knows {knows}"
    )]
    TakenAway {
        /// Where the schema is.
        found: u64,
        /// The oldest that it works with.
        works_from: u64,
        /// The newest that the build knows.
        knows: u64,
    },
}

impl SchemaRange {
    /// Whether a build with this range works once the schema has been brought to where `installed` leads: what has to hold
    /// before a rollback.
    ///
    /// # Errors
    /// Why it doesn't.
    pub fn works_after(&self, installed: &SchemaRange) -> Result<(), Misfit> {
        if installed.newest < self.least {
            return Err(Misfit::TooOld { found: installed.newest, least: self.least });
        }
        if self.newest < installed.works_from {
            return Err(Misfit::TakenAway {
                found: installed.newest,
                works_from: installed.works_from,
                knows: self.newest,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn build(newest: u64, works_from: u64) -> SchemaRange {
        SchemaRange { least: newest, newest, works_from }
    }

    #[test]
    fn a_build_comes_back_where_later_migrations_only_added() {
        let (third, fifth) = (build(3, 1), build(5, 3));
        assert_eq!(third.works_after(&fifth), Ok(()));
        assert_eq!(fifth.works_after(&fifth), Ok(()));
    }

    #[test]
    fn a_build_does_not_come_back_where_something_was_taken_away() {
        let misfit = build(3, 1).works_after(&build(5, 4)).unwrap_err();
        assert_eq!(misfit, Misfit::TakenAway { found: 5, works_from: 4, knows: 3 });
    }

    #[test]
    fn a_build_does_not_go_ahead_of_its_migrations() {
        let misfit = build(5, 4).works_after(&build(3, 1)).unwrap_err();
        assert_eq!(misfit, Misfit::TooOld { found: 3, least: 5 });
    }
}
