//! What a Prometheus that stands in a target's network asks of whom, and when somebody is told, as data. It knows no file format; clouds
//! fill it, a view writes it.

use std::collections::BTreeMap;

/// How often everybody is asked, seconds (the example of Prometheus' own documentation, "Getting started").
pub const EVERY: u64 = 15;

/// What a Prometheus does in a target's network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scrape {
    /// Who is asked.
    pub jobs: Vec<Job>,
    /// When somebody is told.
    pub rules: Vec<Rule>,
    /// How far each alarm of the target is among the rules, in the order of their names.
    pub alarms: Vec<Covered>,
    /// What is asked by nobody, with why.
    pub unasked: Vec<(String, String)>,
    /// Where a machine stands from which the target lets it ask, as a part of a sentence; none where it lets nobody but its own workloads.
    pub stands: Option<String>,
}

/// A component that is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its name, which is that of the series' label `job`.
    pub name: String,
    /// The component.
    pub component: String,
    /// Who is asked, and how that is found.
    pub asked: Asked,
}

/// Who is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Each copy of a service.
    Copies {
        /// The path.
        path: String,
        /// What finds the copies.
        discovery: Discovery,
    },
    /// The servers of a database, by an exporter each.
    Database {
        /// The database inside that the exporters connect to.
        holds: String,
        /// The port on which the servers listen.
        port: u16,
        /// The one that takes writes, then its replicas.
        servers: Vec<Server>,
    },
    /// A cache, by an exporter.
    Cache {
        /// The port on which it listens.
        port: u16,
        /// Where it listens.
        host: Variable,
        /// The command that tells the certificate of the authority that the cache's own is from; none where everybody knows it.
        authority: Option<String>,
    },
}

/// A server of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// What it is to the database: [`PRIMARY`] or [`REPLICA`].
    pub role: &'static str,
    /// Where it listens.
    pub host: Variable,
}

/// The value of the label `role` of a database's server that takes writes.
pub const PRIMARY: &str = "primary";
/// The value of the label `role` of a replica.
pub const REPLICA: &str = "replica";

/// What is known only once the target stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The variable that holds it.
    pub name: String,
    /// The command of the cloud's client that tells it.
    pub command: String,
}

/// What finds the copies of a service, over and over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovery {
    /// The container's image.
    pub image: &'static str,
    /// What its commands are given.
    pub variables: Vec<Variable>,
    /// Settings of the client, by their variables.
    pub settings: BTreeMap<&'static str, String>,
    /// What a shell runs; it prints a list of targets as Prometheus reads them from a file.
    pub script: String,
    /// What the machine has to be allowed.
    pub needs: &'static str,
}

/// When somebody is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// What is true then, in PromQL.
    pub expression: String,
    /// How long it has to be, seconds.
    pub wait: u64,
    /// Labels beside those of the target.
    pub labels: BTreeMap<&'static str, String>,
    /// What it means, in one line.
    pub summary: String,
    /// What to do.
    pub description: String,
    /// Whether the value of the expression is the measurement, and worth telling.
    pub valued: bool,
}

/// How far an alarm is among the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Covered {
    /// The alarm's name.
    pub alarm: String,
    /// How.
    pub how: Coverage,
}

/// How far an alarm is among the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// Prometheus measures the same.
    Same,
    /// It measures something near: what differs.
    Near(String),
    /// It doesn't: why.
    Not(String),
}
