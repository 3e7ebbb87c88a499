//! What may not be done otherwise than asked, whatever the cloud.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reference::Kind;
use super::text::{TextError, written_as_text};

/// How far a cloud may depart from what is asked. Without a word here, landfall renders what comes nearest and says so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Portability {
    /// Components and fields that have to be exactly as asked, such as `database.main.replicas`: a cloud that can only come
    /// near is an error, not a warning.
    pub must: Vec<Demand>,
}

/// The parts of a stack that have no name of their own.
const UNNAMED: [&str; 4] = ["domain", "logs", "network", "protection"];

const DEMAND: &str = "a component or a field of one, such as database.main or database.main.replicas";

/// A component or a field that has to be exactly as asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Demand {
    text: String,
    path: Vec<String>,
}

impl Demand {
    /// The keys from the top of the environment file: `["databases", "main", "replicas"]` for `database.main.replicas`.
    pub fn path(&self) -> &[String] {
        &self.path
    }

    /// Whether something at a path of the environment file is a part of it, or it is a part of that.
    pub fn concerns(&self, path: &[String]) -> bool {
        self.path.starts_with(path) && path.len() > 1 || path.starts_with(&self.path)
    }
}

impl FromStr for Demand {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let wrong = || TextError::new(text, DEMAND);
        let parts: Vec<&str> = text.split('.').collect();
        let first = *parts.first().ok_or_else(wrong)?;
        let section = match Kind::ALL.into_iter().find(|kind| kind.word() == first) {
            Some(kind) if parts.len() > 1 => kind.section(),
            None if UNNAMED.contains(&first) => first,
            Some(_) | None => return Err(wrong()),
        };
        let sound = |part: &&str| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        };
        if !parts.iter().all(sound) {
            return Err(wrong());
        }
        let rest = parts.iter().skip(1).map(|part| (*part).to_owned());
        Ok(Self { text: text.to_owned(), path: std::iter::once(section.to_owned()).chain(rest).collect() })
    }
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

written_as_text!(
    Demand,
    name: "Demand",
    pattern: r"^((domain|logs|network|protection)|(alarm|artifact|bucket|budget|cache|cost-anomaly|dashboard|database|function|queue|registry|schedule|secret|service|topic)\.[a-z](-?[a-z0-9]){0,39})(\.[a-z0-9-]+)*$",
    expects: "a component or a field of one, such as database.main or database.main.replicas"
);

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Vec<String> {
        text.split('.').map(str::to_owned).collect()
    }

    #[test]
    fn a_demand_leads_to_its_place_in_the_file() {
        let demand: Demand = "database.main.replicas".parse().unwrap();
        assert_eq!(demand.path(), path("databases.main.replicas"));
        assert_eq!("network.flow-logs".parse::<Demand>().unwrap().path(), path("network.flow-logs"));
        for wrong in ["database", "colour.main", "database..x", "", "database.main.Size"] {
            assert!(wrong.parse::<Demand>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_field_concerns_its_component_and_what_is_in_it_but_not_its_neighbours() {
        let demand: Demand = "database.main.storage".parse().unwrap();
        assert!(demand.concerns(&path("databases.main.storage.iops")));
        assert!(demand.concerns(&path("databases.main")));
        assert!(!demand.concerns(&path("databases.main.replicas")));
        assert!(!demand.concerns(&path("databases")));
    }
}
