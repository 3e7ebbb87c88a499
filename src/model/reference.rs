//! References from one component to another, such as `database.main`.

use std::fmt;
use std::str::FromStr;

use super::name::Name;
use super::text::{TextError, written_as_text};

/// The kinds of component that have names and can be referred to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A set of metrics under watch.
    Alarm,
    /// An address at which a function answers.
    Api,
    /// A built workload.
    Artifact,
    /// An object store.
    Bucket,
    /// A spending limit.
    Budget,
    /// An in-memory store.
    Cache,
    /// A watch for unusual spending.
    CostAnomaly,
    /// A page of graphs.
    Dashboard,
    /// A relational database.
    Database,
    /// Code that runs on an event.
    Function,
    /// A message queue.
    Queue,
    /// A store of container images.
    Registry,
    /// A clock that runs something.
    Schedule,
    /// A value that nobody may read in passing.
    Secret,
    /// A long-running container.
    Service,
    /// A plain value that workloads read.
    Setting,
    /// Files of a bucket, served to the world.
    Site,
    /// A channel of notifications.
    Topic,
}

impl Kind {
    /// Every kind, in alphabetical order.
    pub const ALL: [Kind; 18] = [
        Kind::Alarm,
        Kind::Api,
        Kind::Artifact,
        Kind::Bucket,
        Kind::Budget,
        Kind::Cache,
        Kind::CostAnomaly,
        Kind::Dashboard,
        Kind::Database,
        Kind::Function,
        Kind::Queue,
        Kind::Registry,
        Kind::Schedule,
        Kind::Secret,
        Kind::Service,
        Kind::Setting,
        Kind::Site,
        Kind::Topic,
    ];

    /// The word used in references: `database` in `database.main`.
    pub const fn word(self) -> &'static str {
        match self {
            Kind::Alarm => "alarm",
            Kind::Api => "api",
            Kind::Artifact => "artifact",
            Kind::Bucket => "bucket",
            Kind::Budget => "budget",
            Kind::Cache => "cache",
            Kind::CostAnomaly => "cost-anomaly",
            Kind::Dashboard => "dashboard",
            Kind::Database => "database",
            Kind::Function => "function",
            Kind::Queue => "queue",
            Kind::Registry => "registry",
            Kind::Schedule => "schedule",
            Kind::Secret => "secret",
            Kind::Service => "service",
            Kind::Setting => "setting",
            Kind::Site => "site",
            Kind::Topic => "topic",
        }
    }

    /// The key of the environment file under which components of this kind stand: `databases`.
    pub const fn section(self) -> &'static str {
        match self {
            Kind::Alarm => "alarms",
            Kind::Api => "apis",
            Kind::Artifact => "artifacts",
            Kind::Bucket => "buckets",
            Kind::Budget => "budgets",
            Kind::Cache => "caches",
            Kind::CostAnomaly => "cost-anomalies",
            Kind::Dashboard => "dashboards",
            Kind::Database => "databases",
            Kind::Function => "functions",
            Kind::Queue => "queues",
            Kind::Registry => "registries",
            Kind::Schedule => "schedules",
            Kind::Secret => "secrets",
            Kind::Service => "services",
            Kind::Setting => "settings",
            Kind::Site => "sites",
            Kind::Topic => "topics",
        }
    }
}

const REFERENCE: &str = "a reference to a component, kind and name, such as database.main";

/// A component by kind and name, written `database.main`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// What it is.
    pub kind: Kind,
    /// Which one.
    pub name: Name,
}

impl Reference {
    /// The component of that kind and name.
    pub fn new(kind: Kind, name: &Name) -> Self {
        Self { kind, name: name.clone() }
    }

    /// Where the component stands in the environment file.
    pub fn path(&self) -> [String; 2] {
        [self.kind.section().to_owned(), self.name.to_string()]
    }
}

impl FromStr for Reference {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let wrong = || TextError::new(text, REFERENCE);
        let (word, name) = text.split_once('.').ok_or_else(wrong)?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.word() == word).ok_or_else(wrong)?;
        let name = name.parse().map_err(|_| wrong())?;
        Ok(Self { kind, name })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.kind.word(), self.name)
    }
}

written_as_text!(
    Reference,
    name: "Reference",
    pattern: r"^(alarm|api|artifact|bucket|budget|cache|cost-anomaly|dashboard|database|function|queue|registry|schedule|secret|service|setting|site|topic)\.[a-z](-?[a-z0-9]){0,39}$",
    expects: "a reference to a component, kind and name, such as database.main"
);

const ATTRIBUTE: &str = "an attribute of a component, such as database.main.host";

/// Something that a component gives to others, written `database.main.host`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attribute {
    /// Whose it is.
    pub of: Reference,
    /// Which of its attributes.
    pub name: AttributeName,
}

/// The attributes that components give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttributeName {
    /// The host name to connect to: databases and caches.
    Host,
    /// The host name for reads only: databases and caches; the host itself where nothing else serves reads, so that an
    /// environment without replicas needs no other variables.
    ReaderHost,
    /// The TCP port: databases and caches.
    Port,
    /// The initial database's name: databases.
    Database,
    /// The name as the cloud knows it: buckets, functions, queues, topics, registries; of a setting the path.
    Name,
    /// The address to call: APIs, queues, services and sites.
    Url,
    /// The cloud's own identifier of it: everything.
    Id,
}

impl AttributeName {
    /// Every attribute.
    pub const ALL: [AttributeName; 7] = [
        AttributeName::Host,
        AttributeName::ReaderHost,
        AttributeName::Port,
        AttributeName::Database,
        AttributeName::Name,
        AttributeName::Url,
        AttributeName::Id,
    ];

    /// The word used after the reference.
    pub const fn word(self) -> &'static str {
        match self {
            AttributeName::Host => "host",
            AttributeName::ReaderHost => "reader-host",
            AttributeName::Port => "port",
            AttributeName::Database => "database",
            AttributeName::Name => "name",
            AttributeName::Url => "url",
            AttributeName::Id => "id",
        }
    }

    /// Whether components of that kind give it.
    pub const fn given_by(self, kind: Kind) -> bool {
        match self {
            AttributeName::Host | AttributeName::ReaderHost | AttributeName::Port => {
                matches!(kind, Kind::Database | Kind::Cache)
            }
            AttributeName::Database => matches!(kind, Kind::Database),
            AttributeName::Name => {
                matches!(
                    kind,
                    Kind::Bucket | Kind::Function | Kind::Queue | Kind::Topic | Kind::Registry | Kind::Setting
                )
            }
            AttributeName::Url => {
                matches!(kind, Kind::Api | Kind::Queue | Kind::Service | Kind::Site | Kind::Registry)
            }
            AttributeName::Id => matches!(
                kind,
                Kind::Bucket
                    | Kind::Database
                    | Kind::Function
                    | Kind::Queue
                    | Kind::Secret
                    | Kind::Service
                    | Kind::Setting
                    | Kind::Topic
                    | Kind::Registry
            ),
        }
    }
}

impl FromStr for Attribute {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let wrong = || TextError::new(text, ATTRIBUTE);
        let (of, word) = text.rsplit_once('.').ok_or_else(wrong)?;
        let of = of.parse().map_err(|_| wrong())?;
        let name = AttributeName::ALL.into_iter().find(|name| name.word() == word).ok_or_else(wrong)?;
        Ok(Self { of, name })
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.of, self.name.word())
    }
}

written_as_text!(
    Attribute,
    name: "Attribute",
    pattern: r"^(api|bucket|cache|database|function|queue|registry|secret|service|setting|site|topic)\.[a-z](-?[a-z0-9]){0,39}\.(host|reader-host|port|database|name|url|id)$",
    expects: "an attribute of a component (host, reader-host, port, database, name, url, id), such as database.main.host"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_reads_back_from_its_word() {
        for kind in Kind::ALL {
            let text = format!("{}.main", kind.word());
            assert_eq!(text.parse::<Reference>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn an_attribute_names_component_and_property() {
        let attribute: Attribute = "database.main.reader-host".parse().unwrap();
        assert_eq!(attribute.of.to_string(), "database.main");
        assert_eq!(attribute.name, AttributeName::ReaderHost);
        assert!("database.main".parse::<Attribute>().is_err());
        assert!("database.main.colour".parse::<Attribute>().is_err());
    }
}
