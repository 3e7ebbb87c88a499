//! What the binary can be told to be.

use std::{fmt, str::FromStr};

use serde::Serialize;

/// What one process does. The binary is told by its argument or, as a Lambda function, by its handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Answers operators and probes over HTTP.
    Api,
    /// Fetches a forecast and lays it on the grid.
    Ingest,
    /// Brings the database's schema up to date.
    Migrate,
    /// Scores parcels and drafts what to say to their owners.
    Propose,
    /// Builds crew routes.
    Route,
    /// Hands leads and routes to the customer system.
    Crm,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Api, Self::Crm, Self::Ingest, Self::Migrate, Self::Propose, Self::Route];

    /// The word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Ingest => "ingest",
            Self::Migrate => "migrate",
            Self::Propose => "propose",
            Self::Route => "route",
            Self::Crm => "crm",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The word is no role.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is no role: say api, crm, ingest, migrate, propose or route")]
pub struct NoRole(String);

impl FromStr for Role {
    type Err = NoRole;

    fn from_str(text: &str) -> Result<Self, NoRole> {
        Self::ALL.into_iter().find(|role| role.name() == text).ok_or_else(|| NoRole(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::Role;

    #[test]
    fn every_role_is_told_by_its_own_name() {
        for role in Role::ALL {
            assert_eq!(role.name().parse(), Ok(role));
        }
        assert!("streamlit".parse::<Role>().unwrap_err().to_string().contains("migrate"));
    }
}
